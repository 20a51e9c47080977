package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
)

// syntheticHealth is what the overview tells of a synchronization's synthetic absence.
type syntheticHealth struct {
	Name  string
	Watch *struct {
		OK          bool
		At          time.Time
		DelayMillis int64
		Reason      string
	}
}

// waitSynthetic waits until the overview tells of synthetic absences as check wishes.
func (p *Product) waitSynthetic(t *testing.T, what string, check func(map[string]syntheticHealth) error) {
	t.Helper()
	eventuallyWithin(t, 4*timeout, what, func() error {
		var overview struct{ Synchronizations []syntheticHealth }
		if err := p.Admin(http.MethodGet, "/api/v1/overview", nil, http.StatusOK, &overview); err != nil {
			return err
		}
		all := map[string]syntheticHealth{}
		for _, one := range overview.Synchronizations {
			all[one.Name] = one
		}
		return check(all)
	})
}

// Synthetic absences on the three calendars: written, read and removed, told with their
// delay on the overview and in the metrics; one that cannot be is told with its reason.
// A process killed after it wrote one leaves nothing for long, and a comparison and a
// removal count none.
func TestSyntheticAbsences(t *testing.T) {
	t.Parallel()
	mailboxes := map[string]string{}
	for _, who := range documented {
		mailboxes["demo-"+who.provider.word] = who.email
	}
	p, world := NewCompanyProduct(t, func(settings string) string {
		for name, email := range mailboxes {
			line := "{name: " + name + ", "
			settings = strings.Replace(settings, line, line+"watch: {mailbox: "+email+"}, ", 1)
		}
		return settings
	})
	p.Start()
	p.waitSynthetic(t, "all three went well", func(all map[string]syntheticHealth) error {
		for name := range mailboxes {
			if watch := all[name].Watch; watch == nil || !watch.OK || watch.DelayMillis <= 0 {
				return fmt.Errorf("%s: %+v", name, watch)
			}
		}
		return nil
	})
	if left := world.marked(t); left != 0 {
		t.Errorf("%d events are left", left)
	}
	p.metric(t, `figgosync_watch_ok{synchronization="demo-google"} 1`, `figgosync_watch_delay_seconds{synchronization="demo-exchange"} `)
	p.waitSchedule(t, "daily-check-connection-demo-google")
	p.waitSchedule(t, "daily-check-source-demo")

	world.Break(t, fault{Target: "google", Match: "^DELETE .*/events/", Status: new(http.StatusServiceUnavailable), Times: forever})
	p.triggerSchedule(t, "watch-demo-google")
	eventually(t, "one is written", func() error {
		if there := world.marked(t); there != 1 {
			return fmt.Errorf("%d events", there)
		}
		return nil
	})
	p.Kill()
	world.Mend(t)
	began := time.Now()
	p.Start()
	p.waitSynthetic(t, "the one that was left is removed", func(all map[string]syntheticHealth) error {
		if watch := all["demo-google"].Watch; watch == nil || !watch.OK || watch.At.Before(began) {
			return fmt.Errorf("%+v", watch)
		}
		return nil
	})
	if left := world.marked(t); left != 0 {
		t.Errorf("%d events are left after a kill", left)
	}

	p.rewrite(t, "watch: {mailbox: "+mailboxes["demo-exchange"]+"}", "watch: {mailbox: nobody-at-all@example.com}")
	p.triggerSchedule(t, "watch-demo-exchange")
	p.waitSynthetic(t, "a mailbox that is not there is told", func(all map[string]syntheticHealth) error {
		if watch := all["demo-exchange"].Watch; watch == nil || watch.OK || watch.Reason != "mailbox-missing" {
			return fmt.Errorf("%+v", watch)
		}
		return nil
	})
	p.metric(t, `figgosync_watch_ok{synchronization="demo-exchange"} 0`)
}

// A daily check that fails is told as the last check of its connection; it writes nothing.
func TestDailyCheck(t *testing.T) {
	t.Parallel()
	p, world := NewCompanyProduct(t)
	p.Start()
	p.waitSchedule(t, "daily-check-connection-demo-exchange")
	for _, id := range []string{"daily-check-connection-demo-exchange", "daily-check-source-demo"} {
		p.triggerSchedule(t, id)
	}
	c := p.temporal(t)
	eventuallyWithin(t, 2*timeout, "both checks went well", func() error {
		answer, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{
			Query: "WorkflowType = 'DailyCheck' AND ExecutionStatus = 'Completed'",
		})
		if err == nil && answer.GetCount() != 2 {
			err = fmt.Errorf("%d have ended", answer.GetCount())
		}
		return err
	})
	if written := world.marked(t); written != 0 {
		t.Errorf("%d events were written", written)
	}
}

// metric waits until /metrics has these parts.
func (p *Product) metric(t *testing.T, parts ...string) {
	t.Helper()
	eventually(t, "the metrics tell of it", func() error {
		response, err := httpClient.Get(p.URL("/metrics"))
		if err != nil {
			return err
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		for _, part := range parts {
			if err == nil && !strings.Contains(string(text), part) {
				err = fmt.Errorf("%s is missing", part)
			}
		}
		return err
	})
}

func (p *Product) waitSchedule(t *testing.T, id string) {
	t.Helper()
	c := p.temporal(t)
	eventually(t, "there is a schedule "+id, func() error {
		_, err := c.WorkflowService().DescribeSchedule(t.Context(), &workflowservice.DescribeScheduleRequest{
			Namespace: "default", ScheduleId: id,
		})
		return err
	})
}

func (p *Product) triggerSchedule(t *testing.T, id string) {
	t.Helper()
	handle := p.temporal(t).ScheduleClient().GetHandle(t.Context(), id)
	if err := handle.Trigger(t.Context(), client.ScheduleTriggerOptions{}); err != nil {
		t.Fatal(err)
	}
}
