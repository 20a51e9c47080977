package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/workflows"
)

// typed is the absence with what is known of its types: what the absence itself tells,
// what a look-up just told, and what this process knows. unknown are the ids of types
// that must be looked up first, because the policy makes a difference by their names.
func (a *Activities) typed(ctx context.Context, request workflows.RouteRequest,
	policy absence.Policy) (content absence.Absence, unknown []string, err error) {
	accounts, err := a.Directories.Accounts(ctx, request.Source)
	if err != nil {
		return absence.Absence{}, nil, fmt.Errorf("open the absence types: %w", err)
	}
	accounts.Learn(request.Absence.Types()...)
	accounts.Learn(request.Types...)
	content = request.Absence.Typed(func(t absence.Type) absence.Type {
		for _, told := range request.Types {
			t = t.Or(told)
		}
		known, _ := accounts.Known(t.ID)
		return t.Or(known)
	})
	for _, t := range content.Types() {
		told := func(other absence.Type) bool { return other.ID == t.ID }
		if t.ID == "" || !policy.WantsName(t) || slices.ContainsFunc(request.Types, told) {
			continue
		}
		if _, sure := accounts.Known(t.ID); !sure {
			unknown = append(unknown, t.ID)
		}
	}
	return content, unknown, nil
}

// lookUpTypes asks Figgo for absence types. What it does not tell, as to a key without
// the right, is missing: Route says what becomes of the absence then. The error is for
// what time will mend.
func (a *Activities) lookUpTypes(ctx context.Context, source string, ids []string) ([]absence.Type, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	accounts, err := a.Directories.Accounts(ctx, source)
	if err != nil {
		return nil, fmt.Errorf("open the absence types: %w", err)
	}
	types := make([]absence.Type, len(ids))
	for i, id := range ids {
		types[i], err = accounts.Lookup(ctx, id)
		if figgo.IsTemporary(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return nil, figgoError(err)
		}
		if err != nil {
			a.Log.Warn("Lucca does not tell the leave accounts", "source", source, "account", id, "error", err)
		}
		types[i].ID = id
	}
	return types, nil
}

// routeNow is Route for activities that may ask Figgo themselves.
func (a *Activities) routeNow(ctx context.Context, request workflows.RouteRequest) (workflows.Route, error) {
	route, err := a.Route(ctx, request)
	if err != nil || route.Outcome != workflows.RouteLookup || len(route.Accounts) == 0 {
		return route, err
	}
	if request.Types, err = a.lookUpTypes(ctx, request.Source, route.Accounts); err != nil {
		return workflows.Route{}, err
	}
	return a.Route(ctx, request)
}
