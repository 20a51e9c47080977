package calendars

import (
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/record"
)

// System is one kind of calendar system. Everything that handles connections takes
// what it needs to know from here; only the adapter's own package knows more.
type System struct {
	// Provider is its name in settings, task queues and addresses.
	Provider Provider
	// New returns empty settings, a pointer to a struct with the tags of package
	// record.
	New func() Settings
	// Codes are those that its settings' Check reports besides those of package
	// record. Package web/texts has a text for each.
	Codes []string
}

// Settings are what one connection needs to reach its calendar system. What is
// optional about a calendar system are the small interfaces below, which its
// settings implement or not.
type Settings interface {
	record.Checked
	// Open makes the adapter; it talks to nobody. Settings that can never work are
	// a *Blocked of ScopeConnection, whose cause names the field and never its
	// value.
	Open(env Environment) (Adapter, error)
}

// CannotWork is the error of settings that can never work; err names the field and
// never its value.
func CannotWork(err error) error {
	return &Blocked{Reason: CredentialsRejected, Scope: ScopeConnection, Code: "bad-configuration", Err: err}
}

// Environment is what all adapters are given besides their settings.
type Environment struct {
	// MaxConcurrent bounds requests at once; 0 is the adapter's default.
	MaxConcurrent int
	// AllowInsecure accepts plain http and other addresses than the provider's, for
	// rehearsals.
	AllowInsecure bool
	// Transport wraps what requests go out through, such as with a policy about
	// addresses; nil leaves it as it is.
	Transport func(*http.Transport) *http.Transport
	// Allowed judges the addresses of connections that go through no transport; nil
	// allows all.
	Allowed func(netip.Addr) error
	// SignIns is what all processes that use the connection learn of its credentials; nil
	// where this is the only one.
	SignIns SignIns
	Logger  *slog.Logger
}

// Adapter is a calendar system reached with one connection. Close ends its
// connections.
type Adapter interface {
	Calendar
	Checker
	Limited
	Close()
}

// Alternatives is implemented by settings with several ways to sign in, of which
// one is used: a secret that is filled in takes the place of the others.
type Alternatives interface {
	// SecretAlternatives are the names of the secret fields, one of which is needed.
	SecretAlternatives() []string
}

// GivenUp are the names of the secrets that are not given and whose place another one,
// which is, takes. given tells of a secret by its name.
func GivenUp(settings Settings, given func(name string) bool) []string {
	alternatives, ok := settings.(Alternatives)
	if !ok || !slices.ContainsFunc(alternatives.SecretAlternatives(), given) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(alternatives.SecretAlternatives()), given)
}

// Availabilities is implemented by settings of systems that do not tell every
// availability from every other.
type Availabilities interface {
	// ShowsAs is what colleagues see of an availability.
	ShowsAs(absence.ShowAs) absence.ShowAs
}

// ShowsAs is what colleagues see of an availability in a provider's calendars: the
// same, unless its settings say otherwise.
func ShowsAs(provider Provider, value absence.ShowAs) absence.ShowAs {
	if of, ok := SettingsOf(provider).(Availabilities); ok {
		return of.ShowsAs(value)
	}
	return value
}

// Suiting is implemented by settings of systems that show less than all of an event,
// so that what they do not show makes no difference between events.
type Suiting interface {
	// Suit is the event without what the system does not show.
	Suit(absence.Event) absence.Event
}

// Suit is what a provider's calendars show of events.
func Suit(provider Provider, events []absence.Event) []absence.Event {
	of, ok := SettingsOf(provider).(Suiting)
	if !ok {
		return events
	}
	suited := make([]absence.Event, len(events))
	for i, event := range events {
		suited[i] = of.Suit(event)
	}
	return suited
}

// Located is implemented by settings of systems where one address may be two
// mailboxes: of another directory, or on another server.
type Located interface {
	// Where names what holds the mailboxes. It says nothing of how to sign in there.
	Where() string
}

// Where names what holds the mailboxes that settings lead to, "" where their addresses
// say all. The same connection may lead elsewhere after its settings were changed.
func Where(settings Settings) string {
	if of, ok := settings.(Located); ok {
		return of.Where()
	}
	return ""
}

// SharedIDs is implemented by settings of systems in which the events of an absence
// have the same ids in every mailbox, because the adapter chooses them.
type SharedIDs interface{ SharesIDs() }

// Kept names an event for Options.Keep. Its version tells it from the one of another
// mailbox where ids are shared; elsewhere the id says all, and the version would age
// by itself.
func Kept(provider Provider, id, version string) Placed {
	if _, shared := SettingsOf(provider).(SharedIDs); !shared {
		version = ""
	}
	return Placed{ID: id, Version: version}
}

// Described is implemented by settings that hold more to show than their fields.
type Described interface {
	// Describe returns further values, such as the end of a certificate or the
	// address of a service account: a pointer to a struct with the tags of package
	// record. None is a secret. Empty settings tell which there may be.
	Describe() any
}

// Expiring is implemented by settings with a secret that ends.
type Expiring interface {
	// Expires is when the first of them ends, in UTC; zero where that is not known.
	Expires() time.Time
}

// Consenting is implemented by settings of systems where an administrator gives
// consent on a page of the provider's.
type Consenting interface {
	// ConsentURL is the address of that page. The provider sends the browser back to
	// redirect, with state among its parameters.
	ConsentURL(redirect, state string) (string, error)
	// ConsentedBy tells whether an answer that names this tenant may be about these
	// settings.
	ConsentedBy(tenant string) bool
}

// Addressed is implemented by settings that hold addresses in other fields than
// those that are addresses, such as in a key file.
type Addressed interface {
	// Addresses returns those addresses by the names of their fields.
	Addresses() map[string]string
}

var registry struct {
	mu      sync.RWMutex
	systems []System
}

// Register adds calendar systems. It is called once for each, by package all and by
// tests, before settings are read; a provider registered twice panics.
func Register(systems ...System) {
	registry.mu.Lock()
	defer registry.mu.Unlock()
	for _, system := range systems {
		if slices.ContainsFunc(registry.systems, func(s System) bool { return s.Provider == system.Provider }) {
			panic("calendars: " + string(system.Provider) + " is registered twice")
		}
		registry.systems = append(registry.systems, system)
	}
}

// Systems lists the registered calendar systems in the order of their registration.
func Systems() []System {
	registry.mu.RLock()
	defer registry.mu.RUnlock()
	return slices.Clone(registry.systems)
}

// Providers lists their names.
func Providers() []Provider {
	var all []Provider
	for _, system := range Systems() {
		all = append(all, system.Provider)
	}
	return all
}

// SettingsOf returns empty settings for a provider, nil when it is not known.
func SettingsOf(provider Provider) Settings {
	for _, system := range Systems() {
		if system.Provider == provider {
			return system.New()
		}
	}
	return nil
}
