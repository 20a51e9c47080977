package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// ownReply is what a mailbox answers, as its owner sees it.
type ownReply struct {
	State    string    `json:"state"`
	From     time.Time `json:"from,omitzero"`
	Until    time.Time `json:"until,omitzero"`
	Inside   string    `json:"inside"`
	Outside  string    `json:"outside"`
	Plain    bool      `json:"plain"`
	Subject  string    `json:"subject"`
	Audience string    `json:"audience"`
	// ContactsOnly is Gmail's, and Language Exchange's.
	ContactsOnly bool   `json:"contactsOnly"`
	Language     string `json:"language"`
}

func (w *World) reply(t *testing.T, who person) (reply ownReply) {
	t.Helper()
	w.desk(t, http.MethodGet, "/sandbox/mailboxes/"+who.email+"/reply", nil, http.StatusOK, &reply)
	reply.From, reply.Until = reply.From.UTC(), reply.Until.UTC()
	if reply.State != "scheduled" { // systems make them up
		reply.From, reply.Until = time.Time{}, time.Time{}
	}
	return reply
}

func (w *World) setReply(t *testing.T, who person, reply ownReply) ownReply {
	t.Helper()
	w.desk(t, http.MethodPut, "/sandbox/mailboxes/"+who.email+"/reply", reply, http.StatusOK, nil)
	return w.reply(t, who)
}

// underWay is a leave that has begun and goes on for a week.
func underWay(who person) leave {
	l := leave{id: absenceID(), who: who}
	for i := -1; i < 7; i++ {
		date := time.Now().UTC().AddDate(0, 0, i).Format(time.DateOnly)
		if l.start == "" {
			l.start = date
		}
		l.end = date
		l.days = append(l.days, wholeDays(date)...)
	}
	return l
}

// html is a text as Exchange keeps what is written in Outlook.
func html(text string) string { return "<html>\n<body>\n" + text + "\n</body>\n</html>\n" }

func repliesOn(t *testing.T, p *Product, on bool) {
	t.Helper()
	for _, provider := range providers {
		p.Change(t, "/api/v1/synchronizations/demo-"+provider.word, func(body map[string]any) {
			policy := body["policy"].(map[string]any)
			policy["language"] = "en"
			policy["automaticReplies"] = map[string]any{
				"enabled": on, "inside": "Back on {back}", "outside": "Please wait until {back}", "audience": "everybody",
			}
		})
	}
}

func (w *World) waitReply(t *testing.T, p *Product, who person, what string, fits func(ownReply) bool) {
	t.Helper()
	eventually(t, who.provider.word+": "+what, func() error {
		if reply := w.reply(t, who); !fits(reply) {
			told, err := p.repliesOf(who)
			return fmt.Errorf("it answers %+v; figgosync says %s, %v", reply, told, err)
		}
		return nil
	})
}

func isOurs(r ownReply) bool {
	return r.State == "scheduled" && (strings.Contains(r.Inside, "Back on ") || strings.Contains(r.Inside, "Please wait until ")) &&
		!strings.Contains(r.Inside, "{") && r.Until.After(time.Now())
}

// From Lucca's webhook to the mailbox and back, on the three calendars: what the person had
// is there again when the absence is cancelled, when the policy is switched off, and while
// theirs is on nothing is written.
func TestAutomaticReplies(t *testing.T) {
	t.Parallel()
	p, world := NewStoredProduct(t)
	p.Start()
	before := world.Hits(t, "mailboxSettings")
	off := oneDay(documented[0], day(1, 0))
	p.Send(t, off.approved())
	p.WaitStatus(t, off.id, "synced")
	if hits := world.Hits(t, "mailboxSettings"); hits != before {
		t.Errorf("%d requests about automatic replies, though nobody asked for any", hits-before)
	}
	repliesOn(t, p, true)
	leaves, own := map[string]leave{}, map[string]ownReply{}
	for _, who := range documented {
		mine := ownReply{State: "off", Inside: html("Mine"), Outside: html("Mine, outside"), Audience: "contacts"}
		if who.provider.word == "google" {
			mine = ownReply{State: "off", Inside: "Mine", Plain: true, Subject: "Away", Audience: "everybody"}
		}
		own[who.email] = world.setReply(t, who, mine)
		leaves[who.email] = underWay(who)
		p.Send(t, leaves[who.email].approved())
	}
	isOwn := func(who person) func(ownReply) bool {
		return func(r ownReply) bool { return r == own[who.email] }
	}
	for _, who := range documented {
		world.waitReply(t, p, who, "ours is scheduled", isOurs)
		p.Send(t, leaves[who.email].deleted())
		world.waitReply(t, p, who, "cancelled, theirs is back", isOwn(who))
	}
	for _, who := range documented {
		p.Send(t, underWay(who).approved())
		world.waitReply(t, p, who, "ours is scheduled again", isOurs)
	}
	repliesOn(t, p, false)
	for _, who := range documented {
		world.waitReply(t, p, who, "switched off, theirs is back", isOwn(who))
	}
	repliesOn(t, p, true)
	who := documented[0]
	own[who.email] = world.setReply(t, who, ownReply{State: "on", Inside: html("Always away"), Audience: "nobody"})
	alone := underWay(who)
	p.Send(t, alone.approved())
	eventually(t, "the story tells that theirs stays", func() error {
		told, err := p.Absence(alone.id, "en")
		if err != nil {
			return err
		}
		for _, line := range told.Story {
			if line.Event == "reply-left" {
				return nil
			}
		}
		return fmt.Errorf("%+v", told.Story)
	})
	if got := world.reply(t, who); got != own[who.email] {
		t.Errorf("it answers %+v", got)
	}
}

// refusedReplies are the connections that the overview says lack the grant.
func (p *Product) refusedReplies() (connections []string, err error) {
	var overview struct {
		Synchronizations []struct {
			RefusedReplies []struct{ Connection, Reason string }
		}
	}
	if err := p.Admin(http.MethodGet, "/api/v1/overview", nil, http.StatusOK, &overview); err != nil {
		return nil, err
	}
	for _, one := range overview.Synchronizations {
		for _, refused := range one.RefusedReplies {
			connections = append(connections, refused.Connection+" "+refused.Reason)
		}
	}
	return connections, nil
}

// repliesOf is how a person's automatic replies stand, as the API tells.
func (p *Product) repliesOf(who person) (answer string, err error) {
	var told json.RawMessage
	err = p.Admin(http.MethodGet, "/api/v1/auto-replies/demo/"+who.id, nil, http.StatusOK, &told)
	return string(told), err
}

// A grant that is missing never stops the calendar. The overview and the
// person's state tell of it, and no longer once it is there; nothing tells the person's own text.
func TestRefusedReplies(t *testing.T) {
	t.Parallel()
	p, world := NewStoredProduct(t)
	p.Start()
	who := documented[0]
	world.setReply(t, who, ownReply{State: "off", Inside: html("Own words"), Outside: html("Own words"), Audience: "contacts"})
	forbidden := http.StatusForbidden
	world.Break(t, fault{Target: "graph", Match: "mailboxSettings", Status: &forbidden, Times: forever, Body: `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`})
	repliesOn(t, p, true)
	l := underWay(who)
	p.Send(t, l.approved())
	p.WaitStatus(t, l.id, "synced")
	told := func(refused bool) error {
		connections, err := p.refusedReplies()
		state, failed := p.repliesOf(who)
		if err = errors.Join(err, failed); err != nil {
			return err
		}
		if (len(connections) == 1) != refused || strings.Contains(state, "auto-reply-not-granted") != refused ||
			strings.Contains(state, "standing") == refused {
			return fmt.Errorf("connections %v, state %s", connections, state)
		}
		if strings.Contains(state, "Own words") || strings.Contains(state, "Back on") {
			t.Errorf("a text is answered: %s", state)
		}
		return nil
	}
	eventually(t, "the missing grant is told", func() error { return told(true) })
	world.Mend(t)
	p.Change(t, "/api/v1/synchronizations/demo-office365", func(body map[string]any) {
		body["policy"].(map[string]any)["automaticReplies"].(map[string]any)["inside"] = "Back on {back}."
	})
	world.waitReply(t, p, who, "granted, ours is scheduled", isOurs)
	eventually(t, "the end is told", func() error { return told(false) })
}
