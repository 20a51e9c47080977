package pages

import "cmp"

// Source is how people call the source of a name.
func (v *view) Source(name string) string { return cmp.Or(v.titles().Sources[name], name) }

// Connection is how people call the connection of a name.
func (v *view) Connection(name string) string { return cmp.Or(v.titles().Connections[name], name) }

// Synchronization is how people call the synchronization of a name.
func (v *view) Synchronization(name string) string {
	return cmp.Or(v.titles().Synchronizations[name], name)
}
