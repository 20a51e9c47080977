package absence

import (
	"cmp"
	"slices"
	"strings"
)

// Undecided tells whether what is known of an absence type does not suffice to say how it
// is shown: an earlier rule names types by something that is not known of this one, or
// the rule would show what is not shown of sensitive types, and nobody can say whether it
// is one. Nothing of it may be written then, as a rule may forbid that.
func (p Policy) Undecided(t Type) bool {
	for _, rule := range p.Rules {
		switch {
		case rule.covers(t):
			return t.Name == "" && rule.Write != WriteNever && p.tellsIfNamed(rule)
		case rule.mayCover(t):
			return true
		}
	}
	return false
}

// mayCover tells whether the rule would be about the type if what is not known of it were
// what the rule says.
func (r Rule) mayCover(t Type) bool {
	return slices.ContainsFunc(r.Accounts, func(account string) bool {
		switch {
		case strings.HasPrefix(account, AccountName):
			return t.Name == ""
		case strings.HasPrefix(account, AccountCategory):
			return t.Category == ""
		default:
			return t.ID == ""
		}
	})
}

// WantsName tells whether the name of an absence type that has none makes a difference:
// to the rule, to the title, or to whether the type is sensitive.
func (p Policy) WantsName(t Type) bool {
	if t.Name != "" {
		return false
	}
	var rule Rule
	for _, one := range p.Rules {
		if one.covers(t) {
			rule = one
			break
		}
		if one.mayCover(t) && slices.ContainsFunc(one.Accounts, isName) {
			return true
		}
	}
	return rule.Write != WriteNever &&
		(holdsPlaceholder(p.titleOf(rule), PlaceholderType) || p.tellsIfNamed(rule))
}

func isName(account string) bool { return strings.HasPrefix(account, AccountName) }

// tellsIfNamed tells whether the rule shows what it would not show of a sensitive type.
func (p Policy) tellsIfNamed(r Rule) bool {
	return !p.ConfirmReveals && r.Sensitive == nil && len(p.tellingFields(r)) > 0
}

// Types are the absence types of the half-days, each once, in time order.
func (a Absence) Types() []Type {
	var all []Type
	for _, h := range slices.SortedStableFunc(slices.Values(a.HalfDays), compareHalfDays) {
		if t := a.typeOf(h); !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	return all
}

// Typed is the absence with what known tells of its types where they lack it.
func (a Absence) Typed(known func(Type) Type) Absence {
	own := known(Type{ID: a.Account, Name: a.AccountName, Category: a.Category})
	a.Account, a.AccountName, a.Category = own.ID, own.Name, own.Category
	a.HalfDays = slices.Clone(a.HalfDays)
	for i, h := range a.HalfDays {
		if h.Type != (Type{}) {
			a.HalfDays[i].Type = known(h.Type)
		}
	}
	return a
}

// Or is the type with what other tells of it where it lacks it. What is of another id is
// another type.
func (t Type) Or(other Type) Type {
	if t.ID == "" || t.ID != other.ID {
		return t
	}
	t.Name, t.Category = cmp.Or(t.Name, other.Name), cmp.Or(t.Category, other.Category)
	return t
}
