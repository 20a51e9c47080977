package activities

import (
	"context"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/reconcile"
	"github.com/figgosync/figgosync/workflows"
)

// accountsTold bounds the accounts that are told of a rule.
const accountsTold = 3

// rulesOf are the rules behind the events of an absence, by their runs from 1, and at 0 that
// of the absence, of which there may be an event that is not to be.
func (c *comparison) rulesOf(ctx context.Context, request workflows.RouteRequest) ([]workflows.RuleCounts, error) {
	policy := c.policyFor(request.Employee)
	if len(policy.Rules) == 0 {
		return nil, nil
	}
	content, _, err := c.typed(ctx, request, policy)
	if err != nil {
		return nil, err
	}
	all := []workflows.RuleCounts{{}}
	if types := content.Types(); len(types) > 0 {
		all[0] = ruleAt(policy, policy.RuleOf(types[0]))
	}
	for _, rule := range absence.EventRules(content, policy) {
		all = append(all, ruleAt(policy, rule))
	}
	return all, nil
}

// ruleAt names the rule at a place of the policy, -1 for none.
func ruleAt(policy absence.Policy, place int) workflows.RuleCounts {
	if place < 0 {
		return workflows.RuleCounts{}
	}
	accounts := policy.Rules[place].Accounts
	told := min(len(accounts), accountsTold)
	return workflows.RuleCounts{Rule: place + 1, Accounts: accounts[:told], More: len(accounts) - told}
}

// countByRule counts the differences by the rules of their absences.
func (c *comparison) countByRule(ctx context.Context) error {
	for _, one := range c.differences {
		known, listed := c.absences[one.Absence]
		counts := workflows.RuleCounts{Unlisted: !listed}
		if listed {
			rules, err := c.rulesOf(ctx, routeRequest(c.request.Source, known.listed))
			if err != nil {
				return err
			}
			switch {
			case one.Run < len(rules):
				counts = rules[one.Run]
			case len(rules) > 0:
				counts = rules[0]
			}
		}
		if one.Kind == reconcile.Surplus || one.Kind == reconcile.Duplicate {
			counts.Deletions = 1
		} else {
			counts.Changes = 1
		}
		c.byRule = workflows.AddRule(c.byRule, counts)
	}
	return nil
}
