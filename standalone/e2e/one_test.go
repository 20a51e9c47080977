package e2e_test

import "testing"

// One product lives through everything that does not end it; the tests differ in
// people or in dates. What it then wrote down must tell nobody's secrets.
func TestOneProduct(t *testing.T) {
	t.Parallel()
	traces := collectTraces(t)
	p, world := StartProduct(t, "--log-level", "debug", "--trace-endpoint", traces.URL, "--trace-share", "1")
	t.Run("absences", func(t *testing.T) {
		for name, test := range map[string]func(*testing.T, *Product, *World){
			"the documented leave":           theDocumentedLeave,
			"the documented half-days":       theDocumentedHalfDays,
			"half-days, hours and weekends":  everyShape,
			"a hole splits and heals":        aHole,
			"a hole of half-days":            aHoleOfHalfDays,
			"every order, twice and at once": everyOrder,
			"an old absence":                 anOldAbsence,
			"no mailbox yet":                 noMailboxYet,
			"systems in trouble":             systemsInTrouble,
			"by hand":                        byHand,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(t, p, world)
			})
		}
	})
	if t.Failed() {
		return
	}
	t.Run("workflows tell only ids", func(t *testing.T) { workflowsTellOnlyIDs(t, p, world) })
	p.Stop() // which sends the last traces
	t.Run("a change is one trace", func(t *testing.T) { changesAreTraces(t, traces) })
	t.Run("traces tell no secret", func(t *testing.T) { checkSecrets(t, world, "a trace", traces.text()) })
	t.Run("logs tell no secret", func(t *testing.T) { logsTellNoSecret(t, p, world) })
	t.Run("the database tells no secret", func(t *testing.T) { databaseTellsNoSecret(t, p, world) })
}
