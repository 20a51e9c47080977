// Package windowszones translates between IANA time-zone names and the ids
// Windows, Exchange and Microsoft Graph use for them.
//
// The table is Unicode CLDR's windowsZones (48.2) with the aliases of the BCP 47
// time-zone keys, so that old and new IANA names ("Asia/Calcutta",
// "Asia/Kolkata") are both known. It is embedded: no network, no registry.
package windowszones

import (
	_ "embed"
	"strings"
	"sync"
)

// windowszones.tsv has one line a Windows zone: its id, a tab, then its IANA
// names separated by spaces, CLDR's default (territory 001) first.
//
//go:embed windowszones.tsv
var table string

type tables struct{ toWindows, toIANA map[string]string }

var load = sync.OnceValue(func() tables {
	t := tables{toWindows: map[string]string{}, toIANA: map[string]string{}}
	for line := range strings.Lines(table) {
		windows, names, _ := strings.Cut(strings.TrimSpace(line), "\t")
		for i, name := range strings.Fields(names) {
			if i == 0 {
				t.toIANA[windows] = name
			}
			t.toWindows[name] = windows
		}
	}
	return t
})

// FromIANA returns the Windows id of an IANA zone. ok is false for a zone CLDR
// does not map, such as Antarctica/Troll.
func FromIANA(name string) (windows string, ok bool) {
	windows, ok = load().toWindows[name]
	return windows, ok
}

// ToIANA returns CLDR's default IANA zone of a Windows id. Several IANA zones
// share one id, so ToIANA(FromIANA(z)) need not be z; its clocks agree with z's
// today.
func ToIANA(windows string) (name string, ok bool) {
	name, ok = load().toIANA[windows]
	return name, ok
}
