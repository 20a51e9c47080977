package e2e_test

import (
	"net/http"
	"testing"
	"time"
)

// Rules by absence type, from webhooks to the three calendars: RTT is telework, sick leave
// is never written, and paid leave is out of office with a title of its own. Lucca's
// webhooks tell ids only, and the rules name names.
func TestRulesByType(t *testing.T) {
	t.Parallel()
	p, world := NewStoredProduct(t)
	p.Start()
	for _, provider := range providers {
		p.Change(t, "/api/v1/synchronizations/demo-"+provider.word, func(body map[string]any) {
			policy, _ := body["policy"].(map[string]any)
			policy["language"] = "en"
			policy["rules"] = []any{
				map[string]any{"accounts": []string{"name:Maladie"}, "write": "never"},
				map[string]any{"accounts": []string{"name:rtt"}, "telework": map[string]any{"place": "home"}},
				map[string]any{
					"accounts": []string{"name:Congés payés"}, "template": "{label} until {until}", "category": "Leave", "colour": "sage",
					"outOfOffice": map[string]any{"decline": "new"},
				},
			}
		})
	}
	for _, who := range documented {
		t.Run(who.provider.word, func(t *testing.T) {
			t.Parallel()
			byRules(t, world, who)
		})
	}
}

func byRules(t *testing.T, world *World, who person) {
	const week = 30
	enter := func(account string, weekday int) string {
		var made generated
		request := map[string]any{"employee": who.id, "startsOn": day(week, weekday), "account": account}
		world.desk(t, http.MethodPost, "/sandbox/leaves", request, http.StatusCreated, &made)
		return made.ID
	}
	approve := func(id string) {
		world.desk(t, http.MethodPost, "/sandbox/leaves/"+id+"/approve", nil, http.StatusOK, nil)
	}
	monday, err := time.Parse(time.DateOnly, day(week, 0))
	if err != nil {
		t.Fatal(err)
	}
	title := "Absent until " + monday.Format("2 January")
	telework := who.allDay(day(week, 2), day(week, 3), true)
	telework.Subject = "Working from home"
	telework.ShowAs = map[*provider]string{office365: "workingElsewhere", exchange: "WorkingElsewhere", google: "transparent"}[who.provider]
	if who.provider == google {
		telework.Kind = "workingLocation homeOffice"
	}

	approve(enter("Maladie", 1))
	approve(enter("RTT", 2))
	paid := enter("Congés payés", 0)
	pending := who.allDay(day(week, 0), day(week, 1), false)
	pending.Subject = title
	world.WaitEvents(t, who, day(week, 0), day(week, 4), pending, telework)

	approve(paid)
	approved := who.allDay(day(week, 0), day(week, 1), true)
	if who.provider == google {
		// An out-of-office event of Google's is never all-day.
		approved = who.timed(day(week, 0)+"T00:00", day(week, 1)+"T00:00", true)
		approved.Kind = "outOfOffice declineOnlyNewConflictingInvitations"
	}
	approved.Subject = title
	world.WaitEvents(t, who, day(week, 0), day(week, 4), approved, telework)

	world.desk(t, http.MethodDelete, "/sandbox/leaves/"+paid, nil, http.StatusOK, nil)
	world.WaitEvents(t, who, day(week, 0), day(week, 4), telework)
}
