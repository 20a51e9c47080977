package activities

import (
	"context"
	"errors"
	"fmt"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// ReasonSourceRejected says that Lucca refuses our integration key or that the
// key lacks a scope.
const ReasonSourceRejected = "source-rejected"

// ReasonSourceAddress says that our own rule refuses the address of a source: it is
// in a private network, or no server's.
const ReasonSourceAddress = "source-address-refused"

// FindEmployee asks Figgo who an employee is, and what it tells of absence types. Who is
// not named is the one that earlier runs of the absence told. Temporary trouble is an
// error that Temporal retries; an employee who does not exist, or a key that is refused,
// is an answer.
func (a *Activities) FindEmployee(ctx context.Context,
	request workflows.FindEmployeeRequest) (workflows.FindEmployeeResult, error) {
	directory, err := a.Directories.Directory(ctx, request.Source)
	if errors.Is(err, settings.ErrNotFound) {
		return workflows.FindEmployeeResult{Trouble: trouble(ReasonUnknownSource, calendars.ScopeConnection)}, nil
	}
	if err != nil {
		return workflows.FindEmployeeResult{}, fmt.Errorf("open the directory: %w", err)
	}
	defer beat(ctx)()
	if request.Employee == "" && request.Email == "" {
		if request.Employee, err = a.Owners.OwnerOf(ctx, request.Source, request.Absence); err != nil {
			return workflows.FindEmployeeResult{}, fmt.Errorf("find whose the absence was: %w", err)
		}
		if request.Employee == "" {
			return workflows.FindEmployeeResult{Trouble: trouble(ReasonUnknownEmployee, calendars.ScopeMailbox)}, nil
		}
	}
	employee, err := directory.Lookup(ctx, request.Employee, request.Email)
	if errors.Is(err, figgo.ErrNoEmployee) {
		return workflows.FindEmployeeResult{Trouble: trouble(ReasonUnknownEmployee, calendars.ScopeMailbox)}, nil
	}
	if err != nil {
		err = figgoError(err)
		blocking, retry := translate(err)
		a.reportTrouble(ctx, err, retry)
		return workflows.FindEmployeeResult{Trouble: blocking}, retry
	}
	types, err := a.lookUpTypes(ctx, request.Source, request.Accounts)
	if err != nil {
		_, retry := translate(err)
		a.reportTrouble(ctx, err, retry)
		return workflows.FindEmployeeResult{}, retry
	}
	known := workflows.Employee(employee)
	return workflows.FindEmployeeResult{Employee: &known, Types: types}, nil
}

// figgoError puts Lucca's errors into the port's words, so that there is one
// translation.
func figgoError(err error) error {
	api := (*figgo.APIError)(nil)
	if !errors.As(err, &api) {
		return err
	}
	if api.Temporary() {
		return &calendars.Temporary{RetryAfter: api.RetryAfter, Code: api.Code, Err: err}
	}
	reason := calendars.Reason(ReasonSourceRejected)
	if api.Code == figgo.CodeRefused {
		reason = ReasonSourceAddress
	}
	return &calendars.Blocked{Reason: reason, Scope: calendars.ScopeConnection, Code: api.Code, Err: err}
}
