package worker

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/figgosync/figgosync/internal/figgo/changes"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/sandbox/lucca"
)

// sources are settings that have nothing but sources.
type sources struct {
	settings.Store
	mu  sync.Mutex
	all map[string]settings.Source
}

func (s *sources) Source(_ context.Context, name string) (settings.Source, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	source, ok := s.all[name]
	if !ok {
		return settings.Source{}, fmt.Errorf("source %q: %w", name, settings.ErrNotFound)
	}
	return source, nil
}

func (s *sources) put(name string, change func(*settings.Source)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	source := s.all[name]
	change(&source)
	s.all[name] = source
}

// account is a Lucca account without a network, so that time can be made to pass.
type account struct {
	service *lucca.Service

	mu    sync.Mutex
	calls map[string]int // to the API, by path
	down  bool
}

func (a *account) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	a.calls[r.URL.Path]++
	down := a.down
	a.mu.Unlock()
	recorder := httptest.NewRecorder()
	if down {
		recorder.WriteHeader(http.StatusServiceUnavailable)
		return recorder.Result(), nil
	}
	a.service.Handler().ServeHTTP(recorder, r)
	return recorder.Result(), r.Context().Err()
}

// took returns the calls for employees since the last time.
func (a *account) took() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := a.calls["/lucca-api/employees"]
	clear(a.calls)
	return n
}

func (a *account) set(down bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = down
}

// stage is a worker's directories over one account, in a bubble of synctest.
type stage struct {
	*directories
	account *account
	sources *sources
	log     bytes.Buffer
}

func newStage(t *testing.T, employees int) *stage {
	t.Helper()
	s := &stage{
		sources: &sources{all: map[string]settings.Source{"acme": {
			Name: "acme", Host: "https://acme.ilucca.net", TokenURL: "https://acme.ilucca.net/connect/token", API: settings.APIv5, ClientID: "key", ClientSecret: "secret",
		}}},
		account: &account{
			service: lucca.New(lucca.Config{ClientID: "key", ClientSecret: "secret", Host: "https://acme.ilucca.net"}),
			calls:   map[string]int{},
		},
	}
	t.Cleanup(s.account.service.Close)
	s.account.service.AddLegalEntity(lucca.LegalEntity{ID: 1, Name: "Paris", Zone: "Europe/Paris"})
	for i := range employees {
		err := s.account.service.AddEmployee(lucca.Employee{ID: 100 + i, GivenName: "A", FamilyName: "B", LegalEntity: 1, Email: fmt.Sprintf("a.%d@example.com", i)})
		if err != nil {
			t.Fatal(err)
		}
	}
	s.directories = newDirectories(Options{Settings: s.sources, LuccaPerMinute: 40, Log: slog.New(slog.NewTextHandler(&s.log, nil))}, Outside{})
	s.directories.http = &http.Client{Transport: s.account}
	return s
}

func (s *stage) warm(t *testing.T) {
	t.Helper()
	directory, err := s.Directory(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := directory.Warm(t.Context(), []string{"1"}); err != nil {
		t.Fatal(err)
	}
	s.account.took()
}

func (s *stage) knows(t *testing.T, id string) bool {
	t.Helper()
	directory, err := s.Directory(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	_, known := directory.KnownAs(id, "")
	return known
}

func TestDirectoriesAreReadAgainTwiceADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, 150)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.keepFresh(ctx)
		}()
		s.warm(t)
		time.Sleep(8*time.Hour + 55*time.Minute)
		if n := s.account.took(); n != 0 {
			t.Errorf("%d calls too soon", n)
		}
		time.Sleep(7 * time.Hour)
		if n := s.account.took(); n != 2 {
			t.Errorf("%d calls for two pages", n)
		}
		// Days later all are known still, without a call for any of them.
		time.Sleep(5 * 24 * time.Hour)
		if n := s.account.took(); n < 2*7 || n > 2*14 {
			t.Errorf("%d calls in five days", n)
		}
		for _, id := range []string{"100", "249"} {
			if !s.knows(t, id) {
				t.Errorf("%s is not known any more", id)
			}
		}
		cancel()
		<-done
	})
}

func TestARefreshThatFailsIsTriedAgainAnHourLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, 3)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go s.keepFresh(ctx)
		s.warm(t)
		s.account.set(true)
		time.Sleep(16 * time.Hour)
		synctest.Wait()
		// At the latest after 15 hours, then five tries of each page.
		if tries := strings.Count(s.log.String(), "could not be read again"); tries < 1 || tries > 10 {
			t.Errorf("%d tries: %s", tries, s.log.String())
		}
		s.account.set(false)
		time.Sleep(2 * time.Hour)
		if s.account.took() == 0 {
			t.Error("not tried again")
		}
		time.Sleep(8 * time.Hour) // 26 h after the first reading
		if !s.knows(t, "100") {
			t.Error("the refresh did not help")
		}
	})
}

func TestASourceThatIsNoMoreIsNotReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, 3)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go s.keepFresh(ctx)
		s.warm(t)
		s.sources.mu.Lock()
		delete(s.sources.all, "acme")
		s.sources.mu.Unlock()
		time.Sleep(40 * time.Hour)
		s.mu.Lock()
		open := len(s.open)
		s.mu.Unlock()
		if n := s.account.took(); n != 0 || open != 0 {
			t.Errorf("%d calls, %d open", n, open)
		}
	})
}

// A source with other settings is another one: nothing is asked with the old key.
func TestASourceThatChanged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, 3)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go s.keepFresh(ctx)
		s.warm(t)
		s.sources.put("acme", func(source *settings.Source) { source.ClientSecret = "another" })
		time.Sleep(40 * time.Hour)
		if n := s.account.took(); n != 0 {
			t.Errorf("%d calls", n)
		}
	})
}

func TestAChangeOfAnEmployeeReachesTheDirectory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, 3)
		feed := changes.New(nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go feed.Follow(ctx, s.forget)
		s.warm(t)
		for source, employee := range map[string]string{"acme": "101", "unknown": "100"} {
			if err := feed.Publish(t.Context(), source, employee); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(31 * time.Second)
		if s.knows(t, "101") || !s.knows(t, "100") || !s.knows(t, "102") {
			t.Error("the wrong one was forgotten")
		}
		directory, err := s.Directory(t.Context(), "acme")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := directory.Lookup(t.Context(), "101", ""); err != nil || s.account.took() != 1 {
			t.Errorf("%v", err)
		}
		time.Sleep(time.Hour)
		if !s.knows(t, "101") {
			t.Error("an old change was followed again")
		}
	})
}
