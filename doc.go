// Package figgosync is the root of the module; it holds the tests of the repository
// itself. docs/architecture.md shows its packages.
package figgosync
