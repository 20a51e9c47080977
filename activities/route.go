package activities

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// The reasons Route itself gives; calendars.Reason has the others.
const (
	ReasonUnknownSource     = "unknown-source"
	ReasonUnknownEmployee   = "unknown-employee"
	ReasonNoEmail           = "no-email"
	ReasonNoSynchronization = workflows.ReasonNoSynchronization
	ReasonPaused            = workflows.ReasonPaused
	ReasonExcluded          = workflows.ReasonExcluded
	ReasonBadSettings       = "bad-settings"
	ReasonLeft              = workflows.ReasonLeft
	// ReasonUnknownType says that the policy asks for what Figgo does not tell of the
	// absence's type: without it a rule would be followed that may not be meant.
	ReasonUnknownType = "unknown-absence-type"
)

// Route tells where an absence goes and how it looks there, from memory and
// local settings only. An employee or an absence type this process does not know is
// answered with RouteLookup. It fails only when the settings cannot be read.
func (a *Activities) Route(ctx context.Context, request workflows.RouteRequest) (workflows.Route, error) {
	timings, err := a.Settings.Timings(ctx)
	if err != nil {
		return workflows.Route{}, fmt.Errorf("read timings: %w", err)
	}
	route, err := a.route(ctx, request)
	route.Behaviour = workflows.NewestBehaviour
	route.Retry = workflows.RetryWaits{First: timings.BlockedRetry, Max: timings.BlockedRetryMax}
	return route, err
}

func (a *Activities) route(ctx context.Context, request workflows.RouteRequest) (workflows.Route, error) {
	employee, known, err := a.employee(ctx, request)
	switch {
	case errors.Is(err, settings.ErrNotFound):
		return blocked(ReasonUnknownSource, calendars.ScopeConnection), nil
	case err != nil:
		return workflows.Route{}, err
	case !known:
		return a.unknown(ctx, request)
	case employee.LegalEntity == "":
		// Nobody knows where they belong: that is no reason to remove anything.
		return blocked(ReasonUnknownLegalEntity, calendars.ScopeMailbox), nil
	}
	synchronization, err := a.Settings.SynchronizationFor(ctx, request.Source, employee.LegalEntity)
	if errors.Is(err, settings.ErrNotFound) {
		return skipped(ReasonNoSynchronization, employee), nil
	}
	if err != nil {
		return workflows.Route{}, fmt.Errorf("find the synchronization: %w", err)
	}
	return a.target(ctx, request, employee, synchronization)
}

// unknown is the Route of an owner who must be looked up, unless the synchronization
// that wanted the absence last is paused: then there is nothing to look up for.
func (a *Activities) unknown(ctx context.Context, request workflows.RouteRequest) (workflows.Route, error) {
	if request.Synchronization == "" {
		return workflows.Route{Outcome: workflows.RouteLookup}, nil
	}
	last, err := a.Settings.Synchronization(ctx, request.Synchronization)
	switch {
	case errors.Is(err, settings.ErrNotFound) || err == nil && !last.Paused:
		return workflows.Route{Outcome: workflows.RouteLookup}, nil
	case err != nil:
		return workflows.Route{}, fmt.Errorf("read the synchronization: %w", err)
	}
	return workflows.Route{
		Outcome: workflows.RouteSkip, Synchronization: last.Name,
		Trouble: trouble(ReasonPaused, calendars.ScopeConnection),
	}, nil
}

// employee prefers what the directory knows now to what the request brings: a
// look-up may have run in another process, back-fill some time ago.
func (a *Activities) employee(ctx context.Context, request workflows.RouteRequest) (figgo.Employee, bool, error) {
	directory, err := a.Directories.Directory(ctx, request.Source)
	if err != nil {
		return figgo.Employee{}, false, fmt.Errorf("open the directory: %w", err)
	}
	named := request.Employee != "" || request.Email != ""
	if employee, known := directory.KnownAs(request.Employee, request.Email); named && known {
		return employee, true, nil
	}
	if request.Known != nil {
		return figgo.Employee(*request.Known), true, nil
	}
	return figgo.Employee{}, false, nil
}

func (a *Activities) target(ctx context.Context, request workflows.RouteRequest, employee figgo.Employee,
	s settings.Synchronization) (workflows.Route, error) {
	route := workflows.Route{LegalEntity: employee.LegalEntity, Synchronization: s.Name}
	connections, err := a.connectionsOf(ctx, a.places.order(request.Source, employee.ID, s.Connections()))
	if err != nil {
		return workflows.Route{}, err
	}
	mailbox := strings.ToLower(s.Address(employee.ID, employee.Email))
	switch {
	case s.Paused:
		return without(route, workflows.RouteSkip, ReasonPaused, calendars.ScopeConnection), nil
	case mailbox == "" && !s.Excludes(employee.ID):
		return without(route, workflows.RouteBlock, ReasonNoEmail, calendars.ScopeMailbox), nil
	case mailbox != "":
		// What is not to be written may still be to be removed.
		route.Target = targetAt(s, connections, mailbox)
	}
	if s.Excludes(employee.ID) {
		return without(route, workflows.RouteSkip, ReasonExcluded, calendars.ScopeMailbox), nil
	}
	policy := inLanguageOf(employee, s.PolicyFor(employee.ID))
	if employee.Left && policy.RemoveLeavers && !endedBefore(request.Absence, zoneOf(employee, s), a.now()) {
		return without(route, workflows.RouteSkip, ReasonLeft, calendars.ScopeMailbox), nil
	}
	if policy.AutomaticReplies.Enabled {
		route.RepliesTo = employee.ID
	}
	content, unknown, err := a.typed(ctx, request, policy)
	switch {
	case err != nil:
		return workflows.Route{}, err
	case len(unknown) > 0:
		route.Outcome, route.Accounts = workflows.RouteLookup, unknown
		return route, nil
	case slices.ContainsFunc(content.Types(), policy.Undecided):
		return without(route, workflows.RouteBlock, ReasonUnknownType, calendars.ScopeMailbox), nil
	}
	events, err := absence.Events(content, zoneOf(employee, s), policy)
	if err != nil {
		a.Log.Error("cannot compute events", "synchronization", s.Name, "employee", employee.ID, "error", err)
		return without(route, workflows.RouteBlock, ReasonBadSettings, calendars.ScopeConnection), nil
	}
	route.Outcome = workflows.RouteWrite
	show(route.Target, s, connections[0], events)
	for i := range route.Target.Others {
		show(&route.Target.Others[i], s, connections[i+1], events)
	}
	return route, nil
}

// endedBefore tells that the last day of an absence is over where its owner lives.
func endedBefore(one absence.Absence, zone string, now time.Time) bool {
	location, err := time.LoadLocation(zone)
	if err != nil {
		location = time.UTC
	}
	return one.LastDay().Before(absence.DateOf(now.In(location)))
}

// connectionsOf are the connections of these names, in their order.
func (a *Activities) connectionsOf(ctx context.Context, names []string) (all []settings.Connection, err error) {
	for _, name := range names {
		connection, err := a.Settings.Connection(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("read the connection: %w", err)
		}
		all = append(all, connection)
	}
	return all, nil
}

// placeOf is a mailbox behind a connection.
func placeOf(connection settings.Connection, mailbox string) workflows.Place {
	return workflows.Place{Connection: connection.Name, Provider: string(connection.Provider), Mailbox: mailbox}
}

// targetAt is the place alone, and the others where the mailbox may be.
func targetAt(s settings.Synchronization, connections []settings.Connection, mailbox string) *workflows.Target {
	var all []workflows.Target
	for _, connection := range connections {
		all = append(all, workflows.Target{Synchronization: s.Name, Place: placeOf(connection, mailbox)})
	}
	target := all[0]
	if len(all) > 1 {
		target.Others = all[1:]
	}
	return &target
}

// show says what a target shows.
func show(target *workflows.Target, s settings.Synchronization, connection settings.Connection,
	events []absence.Event) {
	target.Events = calendars.Suit(connection.Provider, events)
	target.Fingerprint = fingerprint(target.Place, calendars.Where(connection.System), target.Events)
	target.Respect = workflows.Respect{Edits: s.Policy.OwnerEdits == absence.RespectOwners,
		Deletes: s.Policy.OwnerDeletes == absence.RespectOwners}
}

// without is the Route of an absence that is not written, and why.
func without(
	route workflows.Route, outcome workflows.Outcome, reason string, scope calendars.Scope,
) workflows.Route {
	route.Outcome, route.Trouble = outcome, trouble(reason, scope)
	return route
}

func zoneOf(employee figgo.Employee, s settings.Synchronization) string {
	if employee.Zone != "" {
		return employee.Zone
	}
	return s.Zone
}

// fingerprint is equal for equal events at the same place, as long as the connection
// leads to the same mailboxes: where tells.
func fingerprint(place workflows.Place, where string, events []absence.Event) string {
	hash := sha256.New()
	fmt.Fprintf(hash, "%q %q %q", place.Connection, place.Mailbox, where)
	for _, event := range events {
		fmt.Fprintf(hash, " %s", calendars.Fingerprint(event))
	}
	return hex.EncodeToString(hash.Sum(nil)[:16])
}

func trouble(reason string, scope calendars.Scope) *workflows.Trouble {
	return &workflows.Trouble{Reason: reason, Scope: string(scope)}
}

func blocked(reason string, scope calendars.Scope) workflows.Route {
	return workflows.Route{Outcome: workflows.RouteBlock, Trouble: trouble(reason, scope)}
}

func skipped(reason string, employee figgo.Employee) workflows.Route {
	return workflows.Route{Outcome: workflows.RouteSkip, LegalEntity: employee.LegalEntity,
		Trouble: trouble(reason, calendars.ScopeConnection)}
}

// inLanguageOf is the policy in the employee's language, where Lucca tells it.
func inLanguageOf(employee figgo.Employee, policy absence.Policy) absence.Policy {
	policy.Language = cmp.Or(employee.Language, policy.Language)
	return policy
}
