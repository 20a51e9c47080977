package desk

// Values are what a rehearsal types into figgosync's forms to reach one system.
type Values struct {
	// System is its name.
	System string
	Fields []Value
}

// Value is one field: Name is the key of its text, Value what is typed, or File the
// address of a file to upload.
type Value struct{ Name, Value, File string }

// Show has the page list values to copy. Call it before the handler is used.
func (d *Desk) Show(values []Values) { d.values = values }

// Link has the page lead to figgosync's own pages at that address, "" for nowhere.
// Call it before the handler is used.
func (d *Desk) Link(figgosync string) { d.figgosync = figgosync }
