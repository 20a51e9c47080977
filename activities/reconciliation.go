package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/reconcile"
	"github.com/figgosync/figgosync/workflows"
)

// PlanReconciliation completes a reconciliation's input by the settings. Input that
// cannot work is a non-retryable error that says what to do instead.
func (a *Activities) PlanReconciliation(ctx context.Context,
	input workflows.ReconciliationInput) (workflows.ReconciliationPlan, error) {
	synchronization, err := a.namedSynchronization(ctx, input.Synchronization, `{"synchronization":"NAME"}`)
	if err != nil {
		return workflows.ReconciliationPlan{}, err
	}
	switch {
	case synchronization.Paused:
		return workflows.ReconciliationPlan{},
			wrongInput("the synchronization %q is paused: nothing says what its calendars should show; resume it first",
				input.Synchronization)
	case !input.From.IsZero() && !input.To.IsZero() && input.To.Before(input.From):
		return workflows.ReconciliationPlan{},
			wrongInput("the last day, %s, is before the first, %s", input.To, input.From)
	}
	return workflows.ReconciliationPlan{
		Source: synchronization.Source, LegalEntities: synchronization.LegalEntities, From: input.From, To: input.To,
		Limits: limitsOf(synchronization),
	}, nil
}

// CompareMailboxes compares the mailboxes of a legal entity's people with what Figgo
// says, and has what differs repaired where it is asked to. Whatever cannot be read
// whole is an error or a trouble: nothing is concluded from a part. An attempt that
// follows one that was cut off goes on with the mailboxes that were not found right.
func (a *Activities) CompareMailboxes(ctx context.Context,
	request workflows.CompareRequest) (workflows.CompareResult, error) {
	c := &comparison{Activities: a, request: request, wanted: map[string][]string{},
		absences: map[string]expected{}, unknown: map[string]bool{}, right: rightBefore(ctx)}
	defer beat(ctx, c.heartbeat)()
	for _, step := range []func(context.Context) error{c.open, c.readAbsences, c.readOwners, c.compare, c.checkNotEmpty,
		c.noticeChangedPeople, c.confirmSurplus, c.respectOwners, c.countByRule} {
		err := step(ctx)
		if errors.Is(err, errEmpty) {
			return workflows.CompareResult{Trouble: trouble(ReasonSourceEmpty, calendars.ScopeConnection)}, nil
		}
		if errors.Is(err, errReading) {
			trouble, retry := readingError(err)
			return workflows.CompareResult{Trouble: trouble}, retry
		}
		if err != nil {
			_, retry := translate(err)
			return workflows.CompareResult{}, retry
		}
	}
	result := c.result()
	if !request.Repair {
		return result, nil
	}
	if c.deletions() > request.AtMost.Deletions || c.changes() > request.AtMost.Changes {
		result.TooMany = true
		return result, nil
	}
	return result, c.repair(ctx)
}

// ReasonSourceEmpty says that Figgo lists no absence at all of a legal entity in whose
// people's calendars there are some.
const ReasonSourceEmpty = "source-empty"

// errReading marks what went wrong in reading Figgo.
var errReading = errors.New("read Figgo")

// expected is an absence as Figgo tells it, and the mailbox it belongs to, "" for none.
type expected struct {
	listed  workflows.Listed
	mailbox string
	// target is what it should show, nil for nothing.
	target *workflows.Target
	// left tells that it shows nothing because its owner has left.
	left bool
}

// difference is one, and in whose mailbox.
type difference struct {
	reconcile.Difference
	owner workflows.Owner
}

// comparison is one legal entity's.
type comparison struct {
	*Activities
	request workflows.CompareRequest
	systems []system
	policy  absence.Policy
	// policyFor is the policy for an employee.
	policyFor func(employee string) absence.Policy
	reader    figgo.Reader
	readAt    time.Time

	absences map[string]expected
	owners   []workflows.Owner

	mu          sync.Mutex
	wanted      map[string][]string // absences by mailbox
	counts      workflows.ReconciliationCounts
	differences []difference
	byRule      []workflows.RuleCounts
	// unknown are absences of which nobody can tell what they should look like.
	unknown map[string]bool
	// left are those that owners made and the policy respects.
	left  []difference
	right rightMailboxes
}

func (c *comparison) open(ctx context.Context) (err error) {
	synchronization, err := c.Settings.Synchronization(ctx, c.request.Synchronization)
	if err != nil {
		return fmt.Errorf("%w: %w", errReading, err)
	}
	c.policy, c.policyFor = synchronization.Policy, synchronization.PolicyFor
	connections, err := c.connectionsOf(ctx, synchronization.Connections())
	if err != nil {
		return fmt.Errorf("%w: %w", errReading, err)
	}
	for _, connection := range connections {
		calendar, err := c.Calendars.Calendar(ctx, connection.Name)
		if err != nil {
			return fmt.Errorf("open the connection: %w", err)
		}
		c.systems = append(c.systems, system{placeOf(connection, ""), calendar})
	}
	c.reader, err = c.Directories.Reader(ctx, c.request.Source)
	if err != nil {
		return fmt.Errorf("%w: %w", errReading, err)
	}
	return nil
}

// readAbsences reads all pages of the absences, and what each should look like where.
// An empty list is read once more: an answer that is empty by mistake need not cost the
// whole comparison.
func (c *comparison) readAbsences(ctx context.Context) error {
	c.readAt = time.Now().UTC()
	err := c.readPages(ctx)
	if err == nil && c.counts.Absences+c.counts.Blocked == 0 {
		err = c.readPages(ctx)
	}
	return err
}

// readPages reads the list from its first page to its last. One that changes under its
// cursor is an error: the whole is read again.
func (c *comparison) readPages(ctx context.Context) error {
	query := figgo.LeavesQuery{LegalEntity: c.request.LegalEntity, Since: c.request.From}
	for {
		page, err := c.reader.Leaves(ctx, query)
		if err != nil {
			return fmt.Errorf("%w: %w", errReading, err)
		}
		directory, err := c.Directories.Directory(ctx, c.request.Source)
		if err != nil {
			return fmt.Errorf("%w: %w", errReading, err)
		}
		if err := c.prepare(ctx, directory, c.request.LegalEntity, page.Notices); err != nil {
			return fmt.Errorf("%w: %w", errReading, err)
		}
		c.counts.Blocked += len(page.Skipped)
		for _, notice := range page.Notices {
			one := listedAbsence(directory, notice)
			one.Change.ReadAt = c.readAt
			if err := c.expect(ctx, one); err != nil {
				return err
			}
		}
		if query.Cursor = page.Next; page.Next == "" {
			return nil
		}
	}
}

// expect notes what one absence should look like. What is skipped or blocked on
// purpose is expected nowhere, but known: none of its events is surplus.
func (c *comparison) expect(ctx context.Context, one workflows.Listed) error {
	if first := one.Change.Absence.FirstDay(); first.IsZero() || c.request.To.Before(first) {
		return nil
	}
	route, err := c.routeNow(ctx, routeRequest(c.request.Source, one))
	if err != nil {
		return err
	}
	c.counts.Absences++
	if route.Trouble != nil && (route.Trouble.Reason == ReasonExcluded || route.Trouble.Reason == ReasonLeft) {
		c.absences[one.Absence] = expected{listed: one, left: route.Trouble.Reason == ReasonLeft}
		return nil
	}
	if route.Outcome != workflows.RouteWrite || !c.compares(route.Target) {
		c.block("absence", one.Absence, route.Trouble)
		c.absences[one.Absence] = expected{listed: one}
		return nil
	}
	mailbox := route.Target.Place.Mailbox
	c.absences[one.Absence] = expected{listed: one, mailbox: mailbox, target: route.Target}
	c.wanted[mailbox] = append(c.wanted[mailbox], one.Absence)
	return nil
}

// compares tells whether the target is shown in one of the systems that are compared.
func (c *comparison) compares(target *workflows.Target) bool {
	return slices.ContainsFunc(c.systems, func(in system) bool { return target.At(in.place.Connection) != nil })
}

// block counts what cannot be compared, and says why in the log.
func (c *comparison) block(what, id string, trouble *workflows.Trouble) {
	c.counts.Blocked++
	reason := "nowhere"
	if trouble != nil {
		reason = trouble.Reason
	}
	c.Log.Info("not compared", "source", c.request.Source, what, id, "reason", reason)
}

// checkNotEmpty refuses to believe that a legal entity has no absence at all while its
// calendars show some: an empty answer is the likelier.
func (c *comparison) checkNotEmpty(context.Context) error {
	if len(c.absences) == 0 && c.count(reconcile.Surplus) > 0 {
		return errEmpty
	}
	return nil
}

// errEmpty says that Figgo lists nothing where calendars show something.
var errEmpty = errors.New("no absence is listed by Figgo")

// readOwners reads everybody of the legal entity: events may be left in the mailbox of
// somebody who has no absence any more.
func (c *comparison) readOwners(ctx context.Context) error {
	request := workflows.OwnersRequest{Source: c.request.Source, LegalEntities: []string{c.request.LegalEntity}}
	for {
		page, err := c.ListOwners(ctx, request)
		if err != nil {
			return err
		}
		if page.Trouble != nil {
			return fmt.Errorf("%w: %s", errReading, page.Trouble.Reason)
		}
		c.owners = append(c.owners, page.Owners...)
		if request.Cursor = page.Next; page.Next == "" {
			return nil
		}
	}
}

// compare looks into each mailbox once. One that cannot be opened is blocked, and
// counts as neither right nor wrong.
func (c *comparison) compare(ctx context.Context) error {
	group, groupCtx := errgroup.WithContext(calendars.WithBulk(ctx))
	group.SetLimit(previewsAtOnce)
	seen, before := map[string]bool{}, map[string]bool{}
	c.counts.Add(c.right.Counts)
	for _, employee := range c.right.Employees {
		before[employee] = true
	}
	for _, owner := range c.owners {
		if seen[owner.Mailbox] {
			continue
		}
		seen[owner.Mailbox] = true
		if before[owner.Employee] {
			continue
		}
		group.Go(func() error { return c.compareMailbox(groupCtx, owner) })
	}
	return group.Wait()
}

// confirmSurplus asks Figgo about the owner of each event that no absence of the list
// explains. Only what Figgo does not have at this second look either is surplus.
func (c *comparison) confirmSurplus(ctx context.Context) error {
	known := map[string]map[string]bool{} // by employee: their absences
	var left []difference
	for _, one := range c.differences {
		if _, listed := c.absences[one.Absence]; one.Kind != reconcile.Surplus || listed {
			left = append(left, one)
			continue
		}
		theirs, asked := known[one.owner.Employee]
		if !asked {
			var err error
			if theirs, err = c.absencesOf(ctx, one.owner.Employee); err != nil {
				return err
			}
			known[one.owner.Employee] = theirs
		}
		if !theirs[one.Absence] {
			left = append(left, one)
		}
	}
	c.differences = left
	return nil
}

func (c *comparison) absencesOf(ctx context.Context, employee string) (map[string]bool, error) {
	all := map[string]bool{}
	query := figgo.LeavesQuery{Employee: employee, Since: c.request.From}
	for {
		page, err := c.reader.Leaves(ctx, query)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errReading, err)
		}
		for _, notice := range page.Notices {
			all[notice.AbsenceID] = true
		}
		for _, skipped := range page.Skipped {
			all[skipped.ID] = true
		}
		if query.Cursor = page.Next; page.Next == "" {
			return all, nil
		}
	}
}

func (c *comparison) deletions() int {
	return c.count(reconcile.Surplus) + c.count(reconcile.Duplicate)
}

func (c *comparison) changes() int { return len(c.differences) - c.deletions() }

func (c *comparison) count(kind reconcile.Kind) (n int) {
	for _, one := range c.differences {
		if one.Kind == kind {
			n++
		}
	}
	return n
}

// foundAtMost bounds the list of differences in an answer.
const foundAtMost = 1000

func (c *comparison) result() workflows.CompareResult {
	slices.SortFunc(c.differences, func(a, b difference) int {
		return strings.Compare(a.Day+a.Absence+string(a.Kind), b.Day+b.Absence+string(b.Kind))
	})
	c.counts.Missing, c.counts.Edited = c.count(reconcile.Missing), c.count(reconcile.Edited)
	c.counts.Surplus, c.counts.Duplicate, c.counts.Misplaced = c.count(reconcile.Surplus), c.count(reconcile.Duplicate),
		c.count(reconcile.Misplaced)
	c.counts.Left = len(c.left)
	result := workflows.CompareResult{Counts: c.counts, ByRule: c.byRule}
	for _, one := range c.differences[:min(len(c.differences), foundAtMost)] {
		result.Differences = append(result.Differences, found(one, false))
	}
	for _, one := range c.left[:min(len(c.left), foundAtMost-len(result.Differences))] {
		result.Differences = append(result.Differences, found(one, true))
	}
	return result
}

func found(one difference, left bool) workflows.Found {
	return workflows.Found{Kind: string(one.Kind), Absence: one.Absence, Employee: one.owner.Employee, Day: one.Day,
		Left: left}
}
