package ews_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
)

const (
	alice = `EX\alice`
	bob   = "bob@example.com"
)

func twoAccounts() map[string]string {
	return map[string]string{alice: "pâssword 1", bob: "other €"}
}

func yes(_ string, r request) answer { return wellBehaved(r) }

// Each mailbox names the account it must be reached as.
func TestManyRequestsAlwaysRunAsTheirOwnAccount(t *testing.T) {
	t.Parallel()
	for name, closeAfter := range map[string]func(int64) bool{
		"kept alive":      nil,
		"closed at times": func(n int64) bool { return n%7 == 0 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var wrong atomic.Int64
			s := newNTLMServer(t, &ntlmServer{passwords: twoAccounts(), closeAfter: closeAfter, serve: func(account string, r request) answer {
				want := map[bool]string{true: alice, false: bob}[strings.HasPrefix(r.mailbox, "alices-")]
				if account != want || r.header.Get("X-AnchorMailbox") != r.mailbox {
					wrong.Add(1)
				}
				return wellBehaved(r)
			}})
			const each, slots = 250, 8
			var group sync.WaitGroup
			for prefix, c := range map[string]*ews.Calendar{
				"alices-": s.calendar(t, alice, "pâssword 1", slots),
				"bobs-":   s.calendar(t, bob, "other €", slots),
			} {
				for i := range each {
					group.Go(func() {
						if err := oneCall(t, c, fmt.Sprintf("%s%d@example.com", prefix, i), i); err != nil {
							t.Errorf("%s%d: %v", prefix, i, err)
						}
					})
				}
			}
			group.Wait()
			if wrong.Load() != 0 {
				t.Errorf("%d requests ran as the wrong account", wrong.Load())
			}
			if s.served.Load() != 2*each+2 { // each Calendar reads its first event again
				t.Errorf("%d requests served", s.served.Load())
			}
			if handshakes := s.type3.Load(); closeAfter == nil && handshakes > 2*slots {
				t.Errorf("%d sign-ins for %d connections", handshakes, 2*slots)
			}
			t.Logf("%d requests, %d sign-ins, %d challenges", s.served.Load(), s.type3.Load(), s.refused.Load())
		})
	}
}

// oneCall does one of the four calls.
func oneCall(t *testing.T, c *ews.Calendar, mailbox string, i int) error {
	placed := calendars.Placed{Marker: marker, ID: "AAA=", Version: "CK1"}
	var err error
	switch i % 4 {
	case 0:
		_, err = c.Find(t.Context(), mailbox, key)
	case 1:
		_, err = c.Create(t.Context(), mailbox, marker, morning(), "")
	case 2:
		_, err = c.Update(t.Context(), mailbox, placed, morning())
	case 3:
		err = c.Delete(t.Context(), mailbox, placed)
	}
	return err
}

func TestWrongPasswordIsBlocked(t *testing.T) {
	t.Parallel()
	s := newNTLMServer(t, &ntlmServer{passwords: twoAccounts(), serve: yes})
	c := s.calendar(t, alice, "wrong", 1)
	_, err := c.Find(t.Context(), mailbox, key)
	if meaning(err) != connection+"credentials-rejected" || describe(err) != "*calendars.Blocked 401" {
		t.Error(err)
	}
	if s.type3.Load() != 1 || s.sawBasic.Load() {
		t.Errorf("%d sign-ins, Basic %t", s.type3.Load(), s.sawBasic.Load())
	}
	now := time.Now()
	c.SetClock(func() time.Time { return now })
	for _, wait := range []time.Duration{0, 29 * time.Minute} {
		now = now.Add(wait)
		if _, err := c.Find(t.Context(), mailbox, key); meaning(err) != connection+"credentials-rejected" || s.type3.Load() != 1 {
			t.Errorf("%v after the refusal: %v, %d sign-ins", wait, err, s.type3.Load())
		}
	}
	now = now.Add(2 * time.Minute)
	if _, err := c.Find(t.Context(), mailbox, key); meaning(err) != connection+"credentials-rejected" || s.type3.Load() != 2 {
		t.Errorf("half an hour after the refusal: %v, %d sign-ins", err, s.type3.Load())
	}
}

func TestRefusalAfterAGoodSignInIsTakenForThrottling(t *testing.T) {
	t.Parallel()
	s := newNTLMServer(t, &ntlmServer{passwords: twoAccounts(), serve: yes, closeAfter: func(int64) bool { return true }})
	c := s.calendar(t, alice, "pâssword 1", 1)
	if _, err := c.Find(t.Context(), mailbox, key); err != nil {
		t.Fatal(err)
	}
	s.onType3 = func(_ int64, w http.ResponseWriter) bool { s.refuse(w, ""); return true }
	if _, err := c.Find(t.Context(), mailbox, key); describe(err) != "*calendars.Temporary 401" {
		t.Error(err)
	}
	c.SetSignInGrace(time.Nanosecond)
	if _, err := c.Find(t.Context(), mailbox, key); describe(err) != "*calendars.Blocked 401" {
		t.Error(err)
	}
}

// A changed password must not be tried until the account is locked.
func TestTheThirdRefusalInARowIsNoThrottling(t *testing.T) {
	t.Parallel()
	s := newNTLMServer(t, &ntlmServer{passwords: twoAccounts(), serve: yes, closeAfter: func(int64) bool { return true }})
	c := s.calendar(t, alice, "pâssword 1", 1)
	ask := func() string {
		_, err := c.Find(t.Context(), mailbox, key)
		return describe(err)
	}
	if _, err := c.Find(t.Context(), mailbox, key); err != nil {
		t.Fatal(err)
	}
	s.onType3 = func(_ int64, w http.ResponseWriter) bool { s.refuse(w, ""); return true }
	for i, want := range []string{"*calendars.Temporary 401", "*calendars.Temporary 401", "*calendars.Blocked 401"} {
		if got := ask(); got != want {
			t.Errorf("refusal %d: %s, want %s", i+1, got, want)
		}
	}
	if n := s.type3.Load(); n != 4 {
		t.Errorf("%d sign-ins, want 4: one each", n)
	}
	s.onType3 = nil
	if got := ask(); got != "*calendars.Blocked 401" {
		t.Errorf("at once: %s", got)
	}
	c.SetClock(func() time.Time { return time.Now().Add(31 * time.Minute) })
	if _, err := c.Find(t.Context(), mailbox, key); err != nil {
		t.Errorf("with the right password again: %v", err)
	}
	s.onType3 = func(_ int64, w http.ResponseWriter) bool { s.refuse(w, ""); return true }
	if got := ask(); got != "*calendars.Temporary 401" {
		t.Errorf("the first refusal after a good sign-in: %s", got)
	}
}

// A handshake torn in the middle is begun again on a fresh connection; a create
// whose request may have arrived is not sent again.
func TestTornHandshakes(t *testing.T) {
	t.Parallel()
	closing := func(s *ntlmServer) func(int64, http.ResponseWriter) bool {
		return func(n int64, w http.ResponseWriter) bool {
			if n == 1 { // answers with a challenge, then ends the connection
				w.Header().Set("Connection", "close")
			}
			return false
		}
	}
	cutting := func(*ntlmServer) func(int64, http.ResponseWriter) bool {
		return func(n int64, w http.ResponseWriter) bool {
			if n == 1 {
				cut(w)
			}
			return n == 1
		}
	}
	for name, test := range map[string]struct {
		type1, type3   func(*ntlmServer) func(int64, http.ResponseWriter) bool
		find, creation string
	}{
		"closed after the challenge": {closing, nil, "", ""},
		"cut instead of a challenge": {cutting, nil, "", "*calendars.Temporary connection-closed"},
		"cut instead of an answer":   {nil, cutting, "", "*calendars.Temporary connection-closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, creating := range []bool{false, true} {
				s := &ntlmServer{passwords: twoAccounts(), serve: yes}
				if test.type1 != nil {
					s.onType1 = test.type1(s)
				}
				if test.type3 != nil {
					s.onType3 = test.type3(s)
				}
				c := newNTLMServer(t, s).calendar(t, alice, "pâssword 1", 1)
				call, want := 0, test.find
				if creating {
					call, want = 1, test.creation
				}
				if err := oneCall(t, c, mailbox, call); describe(err) != want {
					t.Errorf("creating %t: %v, want %q", creating, err, want)
				}
				if err := oneCall(t, c, mailbox, call); err != nil {
					t.Errorf("creating %t: not recovered: %v", creating, err)
				}
			}
		})
	}
}

// The next try after a 401 must not meet the connection of the first: it may
// be half signed in, or lead to the one broken server behind a load balancer.
func TestRefusedConnectionIsNotUsedAgain(t *testing.T) {
	t.Parallel()
	s := newNTLMServer(t, &ntlmServer{passwords: twoAccounts(), serve: yes, poisonFirst: true})
	c := s.calendar(t, alice, "pâssword 1", 1)
	if _, err := c.Find(t.Context(), mailbox, key); describe(err) != "*calendars.Blocked 401" {
		t.Error(err)
	}
	c.SetClock(func() time.Time { return time.Now().Add(31 * time.Minute) })
	if _, err := c.Find(t.Context(), mailbox, key); err != nil {
		t.Error(err)
	}
	if s.sockets.Load() != 2 {
		t.Errorf("%d connections", s.sockets.Load())
	}
}

// A proxy that never keeps a connection makes NTLM impossible, but it says
// nothing about the password.
func TestNoKeepAliveIsNotAWrongPassword(t *testing.T) {
	t.Parallel()
	s := &ntlmServer{passwords: twoAccounts(), serve: yes, onType1: func(_ int64, w http.ResponseWriter) bool {
		w.Header().Set("Connection", "close")
		return false
	}}
	c := newNTLMServer(t, s).calendar(t, alice, "pâssword 1", 1)
	if _, err := c.Find(t.Context(), mailbox, key); describe(err) != "*calendars.Temporary 401-connection-cut" {
		t.Error(err)
	}
}

func TestSignInThatCannotWork(t *testing.T) {
	t.Parallel()
	// NTLMSSP_NEGOTIATE_KEY_EXCH, which the library refuses.
	s := newNTLMServer(t, &ntlmServer{passwords: twoAccounts(), serve: yes, flags: 1 << 30})
	_, err := s.calendar(t, alice, "pâssword 1", 1).Find(t.Context(), mailbox, key)
	if describe(err) != "*calendars.Blocked 401-ntlm-challenge" {
		t.Error(err)
	}
	e, basic := open(t, func(request) answer {
		return answer{status: 401, header: http.Header{"Www-Authenticate": {`Basic realm="x"`}}}
	})
	if _, err := basic.Find(t.Context(), mailbox, key); describe(err) != "*calendars.Blocked 401" {
		t.Error(err)
	}
	if r := e.seen()[0]; r.header.Get("Authorization") == "" {
		t.Error("no credentials in Basic")
	}
}

// Whatever a server asks for, NTLM never sends the password.
func TestCredentialsNeverTravelAsBasic(t *testing.T) {
	t.Parallel()
	e := &exchange{respond: func(request) answer {
		return answer{status: 401, header: http.Header{"Www-Authenticate": {`Basic realm="x"`}}}
	}}
	url := serveOn(t, e)
	c, err := ews.New(ews.Config{URL: url, Username: alice, Password: "pâssword 1", AllowInsecure: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Find(t.Context(), mailbox, key); describe(err) != "*calendars.Blocked 401-ntlm-not-offered" {
		t.Error(err)
	}
	for _, r := range e.seen() {
		if r.header.Get("Authorization") != "" {
			t.Errorf("sent %q", r.header.Get("Authorization"))
		}
	}
}

// An answer over a connection that was signed in before says nothing of the password: as
// long as one such connection works, each new one would try a changed password for ever.
func TestAnAnswerOverAnOldConnectionIsNoSignIn(t *testing.T) {
	t.Parallel()
	s := newNTLMServer(t, &ntlmServer{passwords: twoAccounts(), serve: yes})
	c := s.calendar(t, alice, "pâssword 1", 2)
	for i, want := range []string{
		"", "*calendars.Temporary 401", "", "*calendars.Temporary 401", "", "*calendars.Blocked 401", "*calendars.Blocked 401", "*calendars.Blocked 401",
	} {
		if _, err := c.Find(t.Context(), mailbox, key); describe(err) != want { // the two connections take turns
			t.Errorf("call %d: %v, want %q", i+1, err, want)
		}
		s.onType3 = func(_ int64, w http.ResponseWriter) bool { s.refuse(w, ""); return true }
	}
	if n := s.type3.Load(); n != 4 {
		t.Errorf("%d sign-ins, want 4: the first, and 3 that were refused", n)
	}
}

// sharedState is what processes share, in memory.
type sharedState struct {
	mu    sync.Mutex
	state calendars.SignInState
}

func (s *sharedState) State(context.Context) (calendars.SignInState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, nil
}

func (s *sharedState) Update(_ context.Context, change func(*calendars.SignInState)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.state)
	return nil
}

// Half an hour after a refusal one process tries the password again, not each of them.
func TestOneProcessTriesAgain(t *testing.T) {
	t.Parallel()
	s := newNTLMServer(t, &ntlmServer{passwords: twoAccounts(), serve: yes})
	shared, now := &sharedState{}, time.Now()
	var all []*ews.Calendar
	for range 3 {
		c, err := ews.New(ews.Config{URL: s.url + "/ews/exchange.asmx", Username: alice, Password: "wrong", AllowInsecure: true, SignIns: shared})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		c.SetClock(func() time.Time { return now })
		all = append(all, c)
	}
	signIns := int64(0)
	for range 3 {
		signIns++
		for _, wait := range []time.Duration{0, 29 * time.Minute} {
			now = now.Add(wait)
			for _, c := range all {
				if _, err := c.Find(t.Context(), mailbox, key); meaning(err) != connection+"credentials-rejected" {
					t.Error(err)
				}
			}
		}
		if n := s.type3.Load(); n != signIns {
			t.Errorf("%d sign-ins of three processes, want %d", n, signIns)
		}
		now = now.Add(2 * time.Minute)
	}
}
