package pages

import (
	"net/http"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/web/texts"
)

// accountChoice is one of Lucca's absence types in a rule's list.
type accountChoice struct {
	// Value is what the rule names it by.
	Value, Name, Category string
	Sensitive, Chosen     bool
}

// accountList are the absence types that Lucca lists.
type accountList struct {
	accounts []admin.Account
	// Why says why there are none, "" where there are some.
	Why string
}

// accountsOf asks Lucca for its absence types, or takes what it told before. Where it does
// not tell them, they are typed.
func (s *site) accountsOf(r *http.Request, source string) accountList {
	if source == "" {
		return accountList{}
	}
	accounts, err := s.config.Admin.Accounts(r.Context(), source)
	failure := sourceFailure(err)
	if failure == nil {
		return accountList{accounts: accounts}
	}
	return accountList{Why: texts.ReasonFor(failure.Reason).What.In(s.loc(r).Lang)}
}

// choices are the types with those chosen that a rule names, and rest is what else it
// names: types that Lucca does not list, and categories.
func (l accountList) choices(named []string) (choices []accountChoice, rest []string) {
	taken := map[string]bool{}
	for _, account := range l.accounts {
		choice := accountChoice{
			Value: absence.AccountName + account.Name, Name: account.Name, Category: account.Category,
			Sensitive: account.Sensitive,
		}
		if strings.TrimSpace(account.Name) == "" {
			choice.Value, choice.Name = account.ID, account.ID
		}
		if slices.ContainsFunc(choices, func(other accountChoice) bool { return other.Value == choice.Value }) {
			continue // of one name: a rule by name is about both
		}
		for _, name := range named {
			if name == account.ID || strings.EqualFold(name, choice.Value) {
				choice.Chosen, choice.Value, taken[name] = true, name, true
			}
		}
		choices = append(choices, choice)
	}
	for _, name := range named {
		if !taken[name] {
			rest = append(rest, name)
		}
	}
	return choices, rest
}

// unlisted are the names among what a rule names that Lucca does not know: no absence will
// match them.
func (l accountList) unlisted(rest []string) string {
	if len(l.accounts) == 0 {
		return ""
	}
	var names []string
	for _, account := range rest {
		if name, is := strings.CutPrefix(account, absence.AccountName); is {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
