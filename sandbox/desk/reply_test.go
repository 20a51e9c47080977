package desk_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheDeskSetsAutomaticRepliesAsOwner(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	const reply = "/sandbox/mailboxes/" + zurich + "/reply"
	first := o.call(200, http.MethodGet, reply, "").(map[string]any)
	want := map[string]any{"state": "off", "inside": "", "outside": "", "plain": false, "subject": "", "audience": "nobody", "contactsOnly": false, "language": ""}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("never set (-want +got):\n%s", diff)
	}
	set := o.call(200, http.MethodPut, reply, `{"state":"scheduled","from":"2026-12-18T18:00:00+01:00","until":"2027-01-04T07:00:00Z","inside":"<p>Mine</p>","outside":"","audience":"everybody"}`)
	want["state"], want["from"], want["until"], want["inside"], want["audience"] = "scheduled", "2026-12-18T17:00:00Z", "2027-01-04T07:00:00Z", "<p>Mine</p>", "everybody"
	for name, got := range map[string]any{"answered": set, "kept": o.call(200, http.MethodGet, reply, "")} {
		if diff := cmp.Diff(any(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	// It moves with the mailbox where that does, and not to Google.
	o.call(200, http.MethodPost, "/sandbox/mailboxes/"+zurich+"/move", `{"to":"office365"}`)
	if diff := cmp.Diff(any(want), o.call(200, http.MethodGet, reply, "")); diff != "" {
		t.Errorf("moved (-want +got):\n%s", diff)
	}
	o.call(200, http.MethodPost, "/sandbox/mailboxes/"+zurich+"/move", `{"to":"google"}`)
	if got := o.call(200, http.MethodGet, reply, "").(map[string]any); got["state"] != "off" || got["inside"] != "" {
		t.Errorf("at Google: %v", got)
	}
	o.call(200, http.MethodPut, reply, `{"state":"scheduled","until":"2027-01-04T07:00:00Z","inside":"Mine","plain":true,"subject":"Away","audience":"contacts","contactsOnly":true}`)
	for name, body := range map[string]string{
		"no state": `{"audience":"nobody"}`, "no audience": `{"state":"off"}`, "two texts": `{"state":"on","audience":"everybody","inside":"a","outside":"b"}`,
		"backwards": `{"state":"scheduled","from":"2027-01-04T07:00:00Z","until":"2026-12-18T17:00:00Z","audience":"nobody"}`,
		"contacts":  `{"state":"on","audience":"contacts","inside":"a"}`, "no such member": `{"status":"on"}`,
	} {
		if t.Run(name, func(*testing.T) { o.call(400, http.MethodPut, reply, body) }); t.Failed() {
			t.Errorf("at Google: %s", name)
		}
	}
	o.call(404, http.MethodGet, "/sandbox/mailboxes/nobody@example.com/reply", "")
	o.call(404, http.MethodPut, "/sandbox/mailboxes/nobody@example.com/reply", `{"state":"off","audience":"nobody"}`)
}
