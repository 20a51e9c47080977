package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/figgo/directory"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// ListOwners reads one page of the people of legal entities. People who have left are
// not among them: Figgo does not list them.
func (a *Activities) ListOwners(ctx context.Context, request workflows.OwnersRequest) (workflows.OwnersPage, error) {
	defer beat(ctx)()
	reader, err := a.Directories.Reader(ctx, request.Source)
	if err != nil {
		trouble, retry := readingError(err)
		return workflows.OwnersPage{Trouble: trouble}, retry
	}
	if request.Employee != "" {
		return a.oneOwner(ctx, request)
	}
	at, err := parseOwnersCursor(request.Cursor)
	if err != nil {
		return workflows.OwnersPage{}, err
	}
	some := request.LegalEntities[min(at.first, len(request.LegalEntities)):]
	some = some[:min(directory.EntitiesAtOnce, len(some))]
	listed, err := reader.EmployeesPage(ctx, at.cursor, strings.Join(some, ","))
	if err != nil {
		trouble, retry := readingError(err)
		return workflows.OwnersPage{Trouble: trouble}, retry
	}
	page := workflows.OwnersPage{Next: at.next(listed.Next, len(request.LegalEntities))}
	for _, record := range listed.Employees {
		mailbox, err := a.mailboxOf(ctx, request.Source, record.Employee)
		if err != nil {
			return workflows.OwnersPage{}, err
		}
		if mailbox != "" {
			page.Owners = append(page.Owners, workflows.Owner{Employee: record.Employee.ID, Mailbox: mailbox})
		}
	}
	return page, nil
}

// reach tells which synchronization has a legal entity, and its connections. Where none has
// it any more nothing writes for it; what was written may be wherever the source writes: the
// plan has no synchronization, and the connections of all of the source's, none where the
// source has none.
func (a *Activities) reach(ctx context.Context, source, legalEntity string) (workflows.RemovalPlan, error) {
	one, err := a.Settings.SynchronizationFor(ctx, source, legalEntity)
	of := []settings.Synchronization{one}
	if errors.Is(err, settings.ErrNotFound) {
		of, err = a.synchronizationsOf(ctx, source)
	}
	plan := workflows.RemovalPlan{Source: source, Synchronization: one.Name}
	if err != nil {
		return plan, fmt.Errorf("find the synchronization: %w", err)
	}
	for i, each := range of {
		first, others, err := a.connectionPlaces(ctx, each)
		if err != nil {
			return plan, err
		}
		if i == 0 {
			plan.Connection, plan.Provider = first.Connection, first.Provider
		}
		for _, place := range append([]workflows.Place{first}, others...) {
			if place.Connection != plan.Connection && !slices.Contains(plan.Others, place) {
				plan.Others = append(plan.Others, place)
			}
		}
	}
	return plan, nil
}

func (a *Activities) synchronizationsOf(ctx context.Context, source string) ([]settings.Synchronization, error) {
	all, err := a.Settings.Synchronizations(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the synchronizations: %w", err)
	}
	return slices.DeleteFunc(slices.Clone(all), func(one settings.Synchronization) bool {
		return one.Source != source
	}), nil
}

// mailboxOf is an employee's mailbox, "" where neither Figgo nor the settings have one.
func (a *Activities) mailboxOf(ctx context.Context, source string, employee figgo.Employee) (string, error) {
	synchronization, err := a.Settings.SynchronizationFor(ctx, source, employee.LegalEntity)
	if err == nil {
		return strings.ToLower(synchronization.Address(employee.ID, employee.Email)), nil
	}
	if !errors.Is(err, settings.ErrNotFound) {
		return "", fmt.Errorf("find the synchronization: %w", err)
	}
	all, err := a.synchronizationsOf(ctx, source)
	if err != nil {
		return "", err
	}
	address := employee.Email
	for _, one := range all { // the one that had them may still tell their address
		address = one.Address(employee.ID, address)
	}
	return strings.ToLower(address), nil
}

// oneOwner finds one employee, and the synchronization they are in.
func (a *Activities) oneOwner(ctx context.Context, request workflows.OwnersRequest) (workflows.OwnersPage, error) {
	found, err := a.FindEmployee(ctx, workflows.FindEmployeeRequest{Source: request.Source, Employee: request.Employee})
	if err != nil || found.Trouble != nil {
		return workflows.OwnersPage{Trouble: found.Trouble}, err
	}
	mailbox, err := a.mailboxOf(ctx, request.Source, figgo.Employee{
		ID: found.Employee.ID, Email: found.Employee.Email, LegalEntity: found.Employee.LegalEntity,
	})
	if err != nil {
		return workflows.OwnersPage{}, err
	}
	if mailbox == "" {
		return workflows.OwnersPage{Trouble: trouble(ReasonNoEmail, calendars.ScopeMailbox)}, nil
	}
	plan, err := a.reach(ctx, request.Source, found.Employee.LegalEntity)
	if err != nil {
		return workflows.OwnersPage{}, err
	}
	if plan.Connection == "" {
		return workflows.OwnersPage{Trouble: trouble(ReasonNoSynchronization, calendars.ScopeMailbox)}, nil
	}
	return workflows.OwnersPage{Owners: []workflows.Owner{{
		Employee: found.Employee.ID, Mailbox: mailbox, Synchronization: plan.Synchronization,
		Connection: plan.Connection, Provider: plan.Provider, Others: plan.Others,
	}}}, nil
}

// ownersCursor is where a list of people stands: the first legal entity of those that
// are asked for now, and the cursor among their people.
type ownersCursor struct {
	first  int
	cursor string
}

func parseOwnersCursor(text string) (at ownersCursor, err error) {
	if text == "" {
		return ownersCursor{}, nil
	}
	first, cursor, _ := strings.Cut(text, " ")
	at.first, err = strconv.Atoi(first)
	at.cursor = cursor
	return at, err
}

// next is the cursor of the next page, "" after the last one of legalEntities.
func (c ownersCursor) next(cursor string, legalEntities int) string {
	if cursor == "" {
		if c.first += directory.EntitiesAtOnce; c.first >= legalEntities {
			return ""
		}
	}
	return fmt.Sprintf("%d %s", c.first, cursor)
}
