package pages

import (
	"strings"

	"github.com/figgosync/figgosync/internal/settings"
)

// addressesText is how the form shows addresses.
func addressesText(addresses map[string]string) string {
	return strings.TrimSpace(settings.WriteAddresses(addresses))
}

// addressesIn are the addresses of the form: the lines that are there, and those of a file
// that was uploaded, which replace what is said of the same people. All lines are in the
// form then, the bad ones too, so that nothing is lost that somebody can mend.
func addressesIn(f *form) map[string]string {
	typed := f.Get("addresses")
	if file := f.uploaded("addressesFile", "", "addressesFile", func(b []byte) string { return string(b) }); file != "" {
		replaced, _ := settings.ReadAddresses(file)
		typed = strings.TrimSpace(without(typed, replaced) + strings.TrimSpace(settings.WithoutHeading(file)))
		f.Set("addresses", typed)
	}
	addresses, problems := settings.ReadAddresses(typed)
	f.Problems = append(f.Problems, problems...)
	if len(addresses) == 0 {
		return nil
	}
	return addresses
}

// without are the lines that are not about certain people.
func without(text string, people map[string]string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if one, _ := settings.ReadAddresses(line); !overlaps(one, people) {
			kept.WriteString(strings.TrimRight(line, "\n") + "\n")
		}
	}
	return kept.String()
}

func overlaps(a, b map[string]string) bool {
	for id := range a {
		if _, there := b[id]; there {
			return true
		}
	}
	return false
}
