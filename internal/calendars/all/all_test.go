package all_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/internal/calendars"
	_ "github.com/figgosync/figgosync/internal/calendars/all"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/calendars/google"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/internal/record"
)

const canary = "hunter2"

// Settings that can never work are Blocked for the connection with a reason, by every
// system and whichever field is wrong; nothing of what was typed is told.
func TestWhatCannotWorkIsBlocked(t *testing.T) {
	t.Parallel()
	for _, system := range calendars.Systems() {
		empty := system.New()
		names := []string{}
		for _, f := range record.Fields("", empty) {
			names = append(names, f.Name)
		}
		wrong := map[string]calendars.Settings{"": empty}
		for _, name := range names {
			one := system.New()
			for _, f := range record.Fields("", one) {
				if f.Name == name {
					_ = f.Set(canary)
				}
			}
			wrong[name] = one
		}
		for name, settings := range wrong {
			record.Defaults(settings)
			_, err := settings.Open(calendars.Environment{Allowed: func(netip.Addr) error { return nil }})
			blocked, ok := errors.AsType[*calendars.Blocked](err)
			if !ok || blocked.Scope != calendars.ScopeConnection || blocked.Reason == "" || blocked.Code == "" || blocked.Err == nil {
				t.Errorf("%s, %q: %#v", system.Provider, name, err)
				continue
			}
			if strings.Contains(err.Error(), canary) && name != "auth" && name != "minTls" { // choices are no secrets
				t.Errorf("%s, %q: %v", system.Provider, name, err)
			}
		}
	}
	if !slices.Equal(calendars.Providers(), []calendars.Provider{calendars.Office365, calendars.Exchange, calendars.Google}) {
		t.Error(calendars.Providers())
	}
}

func TestGivenUp(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		provider calendars.Provider
		given    []string
		want     []string
	}{
		"one of two":     {calendars.Office365, []string{"clientSecret"}, []string{"certificate"}},
		"the other":      {calendars.Office365, []string{"certificate", "certificatePassword"}, []string{"clientSecret"}},
		"none":           {calendars.Office365, []string{"proxyCredentials"}, nil},
		"both":           {calendars.Office365, []string{"clientSecret", "certificate"}, nil},
		"no alternative": {calendars.Google, []string{"key"}, nil},
	} {
		got := calendars.GivenUp(calendars.SettingsOf(test.provider), func(name string) bool { return slices.Contains(test.given, name) })
		if len(got) != len(test.want) || !slices.Equal(got, test.want) && len(test.want) > 0 {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// Other credentials lead to the same mailboxes, another directory or server to others.
func TestWhere(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		one, other calendars.Settings
		same       bool
	}{
		"another directory": {&graph.Settings{TenantID: "a.example"}, &graph.Settings{TenantID: "b.example"}, false},
		"another cloud": {&graph.Settings{GraphURL: "https://graph.microsoft.com/v1.0"},
			&graph.Settings{GraphURL: "https://graph.microsoft.us/v1.0"}, false},
		"another application": {&graph.Settings{TenantID: "a.example", ClientID: "1"},
			&graph.Settings{TenantID: "A.example", ClientID: "2", ClientSecret: "new"}, true},
		"another server": {&ews.Settings{URL: "https://one.example.com/ews/exchange.asmx"},
			&ews.Settings{URL: "https://two.example.com/ews/exchange.asmx"}, false},
		"another account": {&ews.Settings{URL: "https://one.example.com/EWS/Exchange.asmx", Username: "a"},
			&ews.Settings{URL: "https://One.example.com/ews/exchange.asmx", Username: "b", Password: "new"}, true},
		"another service account": {&google.Settings{Key: "a"}, &google.Settings{Key: "b"}, true},
		"no settings":             {nil, nil, true},
	} {
		if same := calendars.Where(test.one) == calendars.Where(test.other); same != test.same {
			t.Errorf("%s: the same: %t", name, same)
		}
	}
}

// Exchange's versions change without anybody's doing, and its ids name the mailbox, too.
func TestKeptEventsHaveAVersionWhereIDsAreShared(t *testing.T) {
	t.Parallel()
	for _, provider := range calendars.Providers() {
		want := calendars.Placed{ID: "id"}
		if provider == calendars.Google {
			want.Version = "version"
		}
		if got := calendars.Kept(provider, "id", "version"); got != want {
			t.Errorf("%s: %+v", provider, got)
		}
	}
}
