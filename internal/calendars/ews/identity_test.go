package ews_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
)

// uidOf is the UID an event of the marker gets, as the server sees it.
func uidOf(m calendars.Marker) string { return ews.ChosenUID(m) }

// withUID is an item with a UID that was made on 1 June.
func withUID(id, run, uid string) string {
	return strings.Replace(item(id, "CK1", key.String(), run), `<t:ExtendedProperty>`,
		`<t:DateTimeCreated>2026-06-01T10:00:00+02:00</t:DateTimeCreated><t:UID>`+uid+`</t:UID><t:ExtendedProperty>`, 1)
}

func TestFindTellsOriginalsFromCopies(t *testing.T) {
	t.Parallel()
	ours, theirs := uidOf(marker), "040000008200E00074C5B7101A82E008AB"
	_, c := open(t, func(r request) answer {
		return success(r.operation, page(9, true,
			withUID("made", marker.BoundRunValue("f", ours), ours),
			withUID("other case", marker.BoundRunValue("f", ours), strings.ToUpper(ours)),
			withUID("copied", marker.BoundRunValue("f", ours), theirs),
			withUID("bound later", marker.BoundRunValue("f", theirs), strings.ToLower(theirs)),
			withUID("never bound", marker.RunValue("f"), theirs),
			item("no UID", "CK1", key.String(), marker.BoundRunValue("f", ours))))
	})
	found, err := c.Find(t.Context(), mailbox, key)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]calendars.Identity{}
	for _, placed := range found {
		got[placed.ID] = placed.Identity
	}
	want := map[string]calendars.Identity{
		"made": calendars.IdentityOwn, "other case": calendars.IdentityOwn, "copied": calendars.IdentityCopy,
		"bound later": calendars.IdentityOwn, "never bound": calendars.IdentityUnknown, "no UID": calendars.IdentityUnknown,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if at := found[0].CreatedAt; !at.Equal(time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("made at %v", at)
	}
}

var runWritten = regexp.MustCompile(`PropertyName="figgosyncRun" PropertyType="String"></t:ExtendedFieldURI><t:Value>([^<]*)`)

func TestTheMarkerIsBoundToTheEvent(t *testing.T) {
	t.Parallel()
	const theirs = "040000008200E00074C5B7101A82E008AB"
	fingerprint := calendars.Fingerprint(twoDays())
	for name, test := range map[string]struct {
		uid    string // what the server gives a new event
		writes []string
	}{
		"kept":     {uidOf(marker), []string{marker.BoundRunValue(fingerprint, uidOf(marker))}},
		"not told": {"", []string{marker.BoundRunValue(fingerprint, uidOf(marker))}},
		"replaced": {theirs, []string{marker.BoundRunValue(fingerprint, uidOf(marker)), marker.BoundRunValue(fingerprint, theirs), marker.RunValue(fingerprint)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, c := open(t, func(r request) answer {
				if r.operation == "GetItem" && test.uid != "" {
					return success(r.operation, items(withUID("AAA=", "1:x", test.uid)))
				}
				return wellBehaved(r)
			})
			for range len(test.writes)/2 + 1 { // the second creation knows what the first learnt
				if _, err := c.Create(t.Context(), mailbox, marker, twoDays(), ""); err != nil {
					t.Fatal(err)
				}
			}
			var got []string
			for _, r := range e.seen() {
				if written := runWritten.FindStringSubmatch(r.body); written != nil {
					got = append(got, written[1])
				}
			}
			if diff := cmp.Diff(test.writes, got); diff != "" {
				t.Errorf("%s: %s", e.operations(), diff)
			}
		})
	}
}

// Zones and IsAllDayEvent before the times, which an all-day item would stretch; the
// marker last; and nothing of the owner's.
func TestOrderOfAnUpdate(t *testing.T) {
	t.Parallel()
	e, c := open(t, wellBehaved)
	if _, err := c.Update(t.Context(), mailbox, calendars.Placed{Marker: marker, ID: "AAA=", Version: "CK1 u1"}, twoDays()); err != nil {
		t.Fatal(err)
	}
	body := e.seen()[0].body
	var got []string
	for _, found := range regexp.MustCompile(`<t:SetItemField><t:(?:FieldURI FieldURI|ExtendedFieldURI PropertySetId="[^"]*" PropertyName)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		got = append(got, found[1])
	}
	want := []string{
		"item:Subject", "item:Sensitivity", "calendar:LegacyFreeBusyStatus", "calendar:StartTimeZone", "calendar:EndTimeZone",
		"calendar:IsAllDayEvent", "calendar:Start", "calendar:End", "figgosyncRun",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if written := runWritten.FindStringSubmatch(body); written == nil || written[1] != marker.BoundRunValue(calendars.Fingerprint(twoDays()), "u1") {
		t.Errorf("%v", written)
	}
}

// One mailbox refused is not everybody's trouble once another one opened.
func TestOneRefusalIsOnePersons(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		refusal       answer
		before, after string
	}{
		"out of scope":  {soapFault("ErrorImpersonateUserDenied", ""), unclear + "consent-missing", person + "access-denied"},
		"impersonation": {soapFault("ErrorImpersonationFailed", ""), unclear + "consent-missing", unclear + "access-denied"},
		"forbidden":     {answer{status: http.StatusForbidden}, unclear + "consent-missing", unclear + "access-denied"},
	} {
		_, c := open(t, func(r request) answer {
			if r.mailbox == "leaver@example.com" {
				return test.refusal
			}
			return wellBehaved(r)
		})
		for i, want := range []string{test.before, test.after} {
			if _, err := c.Find(t.Context(), "leaver@example.com", key); meaning(err) != want {
				t.Errorf("%s, %d: %v, want %s", name, i, err, want)
			}
			if _, err := c.Find(t.Context(), mailbox, key); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestChallengesInOneField(t *testing.T) {
	t.Parallel()
	for field, want := range map[string][]string{
		`Negotiate, NTLM`: {"Negotiate", "NTLM"},
		`Basic realm="a, b", charset="UTF-8", NTLM`:       {`Basic realm="a, b", charset="UTF-8"`, "NTLM"},
		`NTLM TlRMTVNTUAAC==, Basic realm="x \", Bearer"`: {"NTLM TlRMTVNTUAAC==", `Basic realm="x \", Bearer"`},
		`Digest realm = "x" , nonce="y", Negotiate`:       {`Digest realm = "x", nonce="y"`, "Negotiate"},
		` , ,NTLM,`: {"NTLM"},
		// Names of schemes are case-insensitive (RFC 9110 11.1); several spaces may stand behind one.
		"negotiate,ntlm  TlRMTVNTUAAC==\t,nEgOtIaTe YII=": {"Negotiate", "NTLM TlRMTVNTUAAC==", "Negotiate YII="},
		"NTLM\tTlRMTVNTUAAC":                              {"NTLM TlRMTVNTUAAC"},
		`basic Realm="ntlm, x", NTLM`:                     {`Basic Realm="ntlm, x"`, "NTLM"},
		``:                                                nil,
	} {
		if diff := cmp.Diff(want, ews.Challenges(http.Header{"Www-Authenticate": {field}})); diff != "" {
			t.Errorf("%s: %s", field, diff)
		}
	}
}

func TestNTLMBehindOtherChallenges(t *testing.T) {
	t.Parallel()
	for _, offer := range [][]string{
		{`Basic realm="mail.example.com", NTLM`}, {"negotiate", "ntlm"}, {`Digest realm="a, ntlm", qop="auth,auth-int",  Ntlm`},
		{`Basic realm="NTLM, Negotiate"`, "Bearer", "negotiate ,  NTLM"},
	} {
		s := newNTLMServer(t, &ntlmServer{passwords: twoAccounts(), serve: yes, offer: offer})
		c := s.calendar(t, alice, "pâssword 1", 1)
		if _, err := c.Find(t.Context(), mailbox, key); err != nil {
			t.Errorf("%q: %v", offer, err)
		}
		if steps := c.Check(t.Context(), mailbox, false); !calendars.Passed(steps) {
			t.Errorf("%q: %+v", offer, steps)
		}
	}
}
