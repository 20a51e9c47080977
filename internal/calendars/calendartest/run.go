package calendartest

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

// testCase is one row of the table "provider by case".
type testCase struct {
	name string
	// lacks tells what the harness lacks for this case, "" for nothing.
	lacks func(Harness) string
	// needs is what a complete harness must offer for it, or say why not.
	needs capability
	run   func(*stage)
}

// capability is something a system can do, and whether a harness offers it.
type capability struct {
	name string
	has  func(Harness) bool
}

// missing tells why the case cannot be run with the harness, "" when it can; fault
// says that a complete harness must not be silent about it.
func (c testCase) missing(h Harness) (why string, fault bool) {
	if c.lacks != nil {
		if lack := c.lacks(h); lack != "" {
			return lack, false
		}
	}
	switch {
	case c.needs.has == nil || c.needs.has(h):
		return "", false
	case h.NotOffered[c.needs.name] != "":
		return h.NotOffered[c.needs.name], false
	default:
		return c.needs.name, h.Complete
	}
}

func allCases() []testCase {
	return slices.Concat(lifeCases(), appearanceCases(), peopleCases(), ownerCases(), ruleCases(), listCases(),
		keyCases(), replyCases(),
		manyCases(), refusalCases(), breakerCases(), answerCases(), networkCases())
}

// Run puts the adapters that factory makes through all cases, each with a
// Harness of its own, and logs one line a case:
//
//	conformance | provider | case | ok
//
// The last column is ok, FAIL, or "not offered: " and what the system lacks.
func Run(t *testing.T, factory func(t *testing.T) Harness) {
	t.Helper()
	var table table
	t.Run("case", func(t *testing.T) {
		for _, c := range allCases() {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				h := factory(t)
				why, fault := c.missing(h)
				if fault {
					t.Errorf("the harness neither offers %q nor says why not", why)
				}
				if why != "" {
					table.add(h, c.name, "not offered: "+why)
					return
				}
				t.Cleanup(func() {
					outcome := "ok"
					if t.Failed() {
						outcome = "FAIL"
					}
					table.add(h, c.name, outcome)
				})
				s := newStage(t, factory, h)
				c.run(s)
				s.noOneWasInvited()
			})
		}
	})
	table.log(t)
}

type table struct {
	mu       sync.Mutex
	provider string
	outcomes map[string]string
}

func (ta *table) add(h Harness, name, outcome string) {
	ta.mu.Lock()
	defer ta.mu.Unlock()
	if ta.outcomes == nil {
		ta.outcomes = map[string]string{}
	}
	ta.provider, ta.outcomes[name] = string(h.Provider), outcome
}

func (ta *table) log(t *testing.T) {
	t.Helper()
	counts := map[string]int{}
	for _, c := range allCases() {
		outcome, ran := ta.outcomes[c.name]
		if !ran {
			continue // left out by -run
		}
		t.Logf("conformance | %s | %s | %s", ta.provider, c.name, outcome)
		kind, _, _ := strings.Cut(outcome, ":")
		counts[kind]++
	}
	t.Logf("conformance | %s | all %d cases | %d ok, %d FAIL, %d not offered",
		ta.provider, len(ta.outcomes), counts["ok"], counts["FAIL"], counts["not offered"])
}

// needsProxy is the lack of a system that is not reached by HTTP.
func needsProxy(h Harness) string {
	if h.Proxy == nil {
		return "it is not reached by HTTP"
	}
	return ""
}

func needs(name string, has func(Harness) bool) func(Harness) string {
	return func(h Harness) string {
		if has(h) {
			return ""
		}
		return name
	}
}

// allOf is the first lack of several.
func allOf(lacks ...func(Harness) string) func(Harness) string {
	return func(h Harness) string {
		for _, lack := range lacks {
			if text := lack(h); text != "" {
				return text
			}
		}
		return ""
	}
}
