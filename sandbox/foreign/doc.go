// Package foreign holds clients of calendar systems that others wrote, and tries
// them on the sandbox: what they cannot do there, the sandbox imitates wrongly.
//
// They are fetched when they are not at hand. Their tests are skipped where that is
// not possible, and fail there when the environment variable CI is true.
package foreign
