package e2e_test

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/figgosync/figgosync/workflows"
)

// TestRecordReplies records the histories of automatic replies, and of an absence that
// tells of itself: refused, granted and given back; left alone; edited by the person.
func TestRecordReplies(t *testing.T) {
	if os.Getenv("FIGGOSYNC_RECORD") != "1" {
		t.Skip("nothing is recorded: set FIGGOSYNC_RECORD=1 to record new histories (make replay)")
	}
	p, world := NewStoredProduct(t)
	p.More = append(p.More, "--plain-payloads")
	p.Start()
	repliesOn(t, p, true)
	leaves := map[string]string{
		"replies-refused-then-granted": repliesRefused(t, p, world, documented[0]),
		"replies-left":                 repliesLeft(t, p, world, documented[1]),
		"replies-edited":               repliesEdited(t, p, world, documented[2]),
	}
	if t.Failed() {
		return
	}
	c := p.temporal(t)
	for i, name := range []string{"replies-refused-then-granted", "replies-left", "replies-edited"} {
		record(t, c, name, workflows.AutoRepliesID("demo", documented[i].id), "")
	}
	record(t, c, "replied-to", workflows.AbsenceID("demo", leaves["replies-refused-then-granted"]), "")
}

// repliesRefused ends with the person's own reply.
func repliesRefused(t *testing.T, p *Product, world *World, who person) string {
	t.Helper()
	world.setReply(t, who, ownReply{State: "off", Inside: html("Mine"), Outside: html("Mine"), Audience: "contacts"})
	world.Break(t, fault{
		Target: "graph", Match: "mailboxSettings", Status: new(http.StatusForbidden), Times: forever,
		Body: `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`,
	})
	l := underWay(who)
	p.Send(t, l.approved())
	p.waitReplies(t, who, "auto-reply-not-granted")
	world.Mend(t)
	p.Change(t, "/api/v1/synchronizations/demo-"+who.provider.word, func(body map[string]any) {
		body["policy"].(map[string]any)["automaticReplies"].(map[string]any)["inside"] = "Back on {back}."
	})
	world.waitReply(t, p, who, "ours is scheduled", isOurs)
	p.Send(t, l.deleted())
	world.waitReply(t, p, who, "theirs is back", func(r ownReply) bool { return strings.Contains(r.Inside, "Mine") })
	p.waitReplies(t, who, "")
	return l.id
}

// repliesLeft goes on: the person's own is on.
func repliesLeft(t *testing.T, p *Product, world *World, who person) string {
	t.Helper()
	world.setReply(t, who, ownReply{State: "on", Inside: html("Always away"), Audience: "nobody"})
	l := underWay(who)
	p.Send(t, l.approved())
	p.waitReplies(t, who, "reply-left")
	return l.id
}

// repliesEdited ends with what the person wrote meanwhile.
func repliesEdited(t *testing.T, p *Product, world *World, who person) string {
	t.Helper()
	l := underWay(who)
	p.Send(t, l.approved())
	world.waitReply(t, p, who, "ours is scheduled", isOurs)
	world.setReply(t, who, ownReply{State: "on", Inside: "Call me", Plain: true, Subject: "Away", Audience: "everybody"})
	p.Send(t, l.deleted())
	p.waitReplies(t, who, "")
	return l.id
}

// waitReplies waits until the state of a person's replies has a word, or, without one,
// until none are kept.
func (p *Product) waitReplies(t *testing.T, who person, word string) {
	t.Helper()
	eventually(t, "the replies of "+who.id+" tell "+word, func() error {
		state, err := p.repliesOf(who)
		if gone := err != nil && strings.Contains(err.Error(), "no-auto-replies"); word == "" && gone {
			return nil
		}
		if err == nil && (word == "" || !strings.Contains(state, word)) {
			err = errors.New(state)
		}
		return err
	})
}
