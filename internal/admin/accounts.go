package admin

import (
	"context"
	"errors"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/settings"
)

// Account is one of Figgo's absence types.
type Account struct {
	ID, Name string
	// Category is "" where Figgo does not tell.
	Category string
	// Sensitive is whether it tells of somebody's health or the like by its name.
	Sensitive bool
}

// The reasons why Figgo does not list its absence types.
const (
	// ReasonAccountsUnreadable says that the key lacks the right.
	ReasonAccountsUnreadable = "accounts-unreadable"
	// ReasonAccountsUnlisted says that Figgo's legacy API has no list of them.
	ReasonAccountsUnlisted = "accounts-unlisted"
)

// Accounts returns Figgo's absence types by name; they may be an hour old. The error is a
// *SourceError where Figgo does not list them.
func (s *Service) Accounts(ctx context.Context, source string) ([]Account, error) {
	record, err := s.sourceRecord(ctx, source)
	if err != nil {
		return nil, err
	}
	return s.accountsOf(ctx, record.Value)
}

func (s *Service) accountsOf(ctx context.Context, source settings.Source) ([]Account, error) {
	ctx, cancel := context.WithTimeout(ctx, checkSourceTime)
	defer cancel()
	types, err := s.luccas.of(source).accounts.All(ctx)
	if err != nil && len(types) == 0 {
		return nil, accountsError(err)
	}
	all := make([]Account, len(types))
	for i, t := range types {
		all[i] = Account{ID: t.ID, Name: t.Name, Category: t.Category, Sensitive: absence.IsSensitive(t)}
	}
	return all, nil
}

func accountsError(err error) *SourceError {
	if errors.Is(err, errors.ErrUnsupported) {
		return &SourceError{Reason: ReasonAccountsUnlisted, Err: err}
	}
	failure := sourceError(err)
	if api := apiErrorOf(err); api != nil && (api.ScopeMissing() || api.NotFound()) {
		failure.Reason = ReasonAccountsUnreadable
	}
	return failure
}
