package figgo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/internal/absence"
)

// AccountReader reads the absence types of a Source, which Lucca calls leave accounts.
// Client and LegacyClient are.
type AccountReader interface {
	// Accounts returns all of them by name. Errors are *APIError; errors.ErrUnsupported
	// where Lucca documents no way to read them.
	Accounts(ctx context.Context) ([]absence.Type, error)
}

var (
	_ AccountReader = (*Client)(nil)
	_ AccountReader = (*LegacyClient)(nil)
)

// Accounts implements AccountReader with GET /lucca-api/leave-accounts, the address that
// references to leave accounts have
// (https://developers.lucca.fr/api-reference/latest/leaves/leave). They have no category
// there. The key needs leaves.readonly; it takes one call for a hundred of them.
func (c *Client) Accounts(ctx context.Context) ([]absence.Type, error) {
	list := v5List{
		tokens: c.leaveTokens, kind: lists, resource: "leave-accounts", limit: v5Limit,
		query: url.Values{"include": {"links,totalCount"}},
	}
	var all []absence.Type
	cursor := ""
	for range maxPages {
		page, err := c.page(ctx, list, cursor)
		if err != nil {
			return nil, err
		}
		for _, item := range page.items {
			item.required().mustBeObject()
			account := item.members("id", "name")
			all = append(all, absence.Type{ID: account.at("id").requiredID(), Name: account.at("name").name()})
		}
		if *page.answer.of.problem != nil {
			return nil, unreadable(list.resource, *page.answer.of.problem)
		}
		if cursor = page.next; cursor == "" {
			slices.SortFunc(all, CompareAccounts)
			return all, nil
		}
	}
	return nil, truncated(list.resource, "it has no end")
}

// Accounts is errors.ErrUnsupported: no page of Lucca's tells how to read accounts by
// the legacy API. Its lists and posts tell the name with each absence.
func (c *LegacyClient) Accounts(context.Context) ([]absence.Type, error) {
	return nil, fmt.Errorf("list the leave accounts by the legacy API: %w", errors.ErrUnsupported)
}

// CompareAccounts orders absence types as people look for them.
func CompareAccounts(a, b absence.Type) int {
	if order := strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)); order != 0 {
		return order
	}
	return compareIDs(a.ID, b.ID)
}
