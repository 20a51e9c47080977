// Package figgosync is the root of the module; it holds the tests of the house
// itself. docs/architecture.md shows its rooms.
package figgosync
