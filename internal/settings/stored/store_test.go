package stored_test

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/stored"
)

func TestWhatIsPutIsRead(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		s, ctx := p.open(t), t.Context()
		fill(t, s)
		timings := settings.Timings{BlockedRetry: 90 * time.Second, BlockedRetryMax: 5 * time.Hour}
		if err := s.PutTimings(ctx, alice, timings); err != nil {
			t.Fatal(err)
		}
		// By this process and by another.
		for _, reader := range []*stored.Store{s, p.open(t)} {
			sources, _ := reader.Sources(ctx)
			equal(t, sources, []settings.Source{source("acme"), source("other")})
			connections, _ := reader.Connections(ctx)
			equal(t, connections, []settings.Connection{design("design"), exchange("factory"), office("office")})
			synchronizations, _ := reader.Synchronizations(ctx)
			equal(t, synchronizations, []settings.Synchronization{synchronization("main", "acme", "office", "1", "2")})
			got, _ := reader.Timings(ctx)
			equal(t, got, timings)
			one, err := reader.SynchronizationFor(ctx, "acme", "2")
			if err != nil || one.Name != "main" {
				t.Errorf("got %q, %v", one.Name, err)
			}
			for _, miss := range []func() error{
				func() error { _, err := reader.Source(ctx, "x"); return err },
				func() error { _, err := reader.Connection(ctx, "x"); return err },
				func() error { _, err := reader.Synchronization(ctx, "x"); return err },
				func() error { _, err := reader.SynchronizationFor(ctx, "other", "2"); return err },
				func() error { _, err := reader.SourceRecord(ctx, "x"); return err },
				func() error { _, err := reader.ConnectionRecord(ctx, "x"); return err },
				func() error { _, err := reader.SynchronizationRecord(ctx, "x"); return err },
			} {
				failed(t, miss(), settings.ErrNotFound)
			}
		}
	})
}

func TestInvisibleCharactersAreNotKept(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		s, ctx := p.open(t), t.Context()
		fill(t, s)
		server := exchange("hidden")
		server.System.(*ews.Settings).Username = "\ufeffEX\\service\u200b"
		_, err := s.PutConnection(ctx, alice, server, 0)
		failed(t, err, nil)
		got, err := s.Connection(ctx, "hidden")
		if name := got.System.(*ews.Settings).Username; err != nil || name != `EX\service` {
			t.Errorf("%q, %v", name, err)
		}
		sync := synchronization("second", "other", "hidden", "1\u200b")
		sync.Addresses = map[string]string{"416": "jane@\u200eexample.com"}
		_, err = s.PutSynchronization(ctx, alice, sync, 0)
		failed(t, err, nil)
		kept, err := s.SynchronizationFor(ctx, "other", "1")
		if err != nil || kept.Addresses["416"] != "jane@example.com" {
			t.Errorf("%q, %v", kept.Addresses, err)
		}
		if sync.Addresses["416"] != "jane@\u200eexample.com" {
			t.Error("the caller's own changed")
		}
	})
}

func TestReadersCannotChangeWhatOthersRead(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		s, ctx := p.open(t), t.Context()
		fill(t, s)
		value := office("mine")
		version(t, 1)(s.PutConnection(ctx, alice, value, 0))
		value.System.(*graph.Settings).ClientID = "changed"
		c, _ := s.Connection(ctx, "mine")
		c.System.(*graph.Settings).ClientID = "changed"
		record, _ := s.SynchronizationRecord(ctx, "main")
		record.Value.LegalEntities[0] = "changed"
		again, _ := s.Connection(ctx, "mine")
		equal(t, again, office("mine"))
		main, _ := s.Synchronization(ctx, "main")
		equal(t, main.LegalEntities, []string{"1", "2"})
	})
}

func TestVersions(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		s, ctx := p.open(t), t.Context()
		fill(t, s)
		changed := source("acme")
		changed.ClientID = "two"
		_, err := s.PutSource(ctx, alice, changed, 0)
		failed(t, err, settings.ErrExists)
		version(t, 2)(s.PutSource(ctx, alice, changed, 1))
		_, err = s.PutSource(ctx, alice, source("acme"), 1)
		failed(t, err, settings.ErrChanged)
		_, err = s.PutSource(ctx, alice, source("nobody"), 1)
		failed(t, err, settings.ErrChanged)
		// What changes nothing keeps the version and leaves no line.
		before, _ := s.Contents(ctx)
		version(t, 2)(s.PutSource(ctx, alice, changed, 2))
		after, _ := s.Contents(ctx)
		equal(t, after, before)
		lines, _ := s.Changes(ctx, settings.ChangesQuery{Kind: settings.KindSource, Name: "acme", Limit: 10})
		if len(lines) != 2 {
			t.Errorf("got %d lines", len(lines))
		}
		record, err := s.SourceRecord(ctx, "acme")
		if err != nil || record.Version != 2 || record.ChangedBy != alice || time.Since(record.ChangedAt) > time.Minute || record.ChangedAt.Location() != time.UTC {
			t.Errorf("got %+v, %v", record, err)
		}
	})
}

// Who still edits the source of before must not overwrite another of its name.
func TestANameThatIsUsedAgainGoesOnCounting(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		s, ctx := p.open(t), t.Context()
		version(t, 1)(s.PutSource(ctx, alice, source("acme"), 0))
		failed(t, s.RemoveSource(ctx, alice, "acme", 2), settings.ErrChanged)
		failed(t, s.RemoveSource(ctx, alice, "acme", 0), settings.ErrChanged)
		if err := s.RemoveSource(ctx, alice, "acme", 1); err != nil {
			t.Fatal(err)
		}
		err := s.RemoveSource(ctx, alice, "acme", 1)
		failed(t, err, settings.ErrChanged)
		failed(t, err, settings.ErrNotFound)
		version(t, 3)(s.PutSource(ctx, alice, source("acme"), 0))
		other := source("acme")
		other.ClientID = "two"
		_, err = s.PutSource(ctx, alice, other, 1)
		failed(t, err, settings.ErrChanged)
	})
}

// Two processes edit the same record: one wins each round, the other is told.
func TestConcurrentEditors(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		first := p.open(t)
		fill(t, first)
		stores, ctx := []*stored.Store{first, p.open(t)}, t.Context()
		var won [2]atomic.Int64
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				for range 5 {
					won[i%2].Add(increment(ctx, t, stores[i%2]))
				}
			})
		}
		group.Wait()
		for _, s := range stores {
			record, err := s.ConnectionRecord(ctx, "factory")
			total := won[0].Load() + won[1].Load()
			if err != nil || record.Value.MaxConcurrent != 3+int(total) || int64(record.Version) != 1+total || total == 0 {
				t.Errorf("%d won; got %d at version %d, %v", total, record.Value.MaxConcurrent, record.Version, err)
			}
		}
	})
}

// increment reads, adds one and writes, and returns how often that was done: 0
// when somebody else was faster.
func increment(ctx context.Context, t *testing.T, s *stored.Store) int64 {
	record, err := s.ConnectionRecord(ctx, "factory")
	if err != nil {
		t.Error(err)
		return 0
	}
	record.Value.MaxConcurrent++
	next, err := s.PutConnection(ctx, alice, record.Value, record.Version)
	if err != nil {
		failed(t, err, settings.ErrChanged)
		return 0
	}
	if next != record.Version+1 {
		t.Errorf("got %d after %d", next, record.Version)
	}
	return 1
}

func TestInvalidIsRefusedAsAWhole(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		s, ctx := p.open(t), t.Context()
		fill(t, s)
		bad := source("acme")
		bad.Host, bad.ClientID, bad.ClientSecret = "http://acme", "\u0000", ""
		_, err := s.PutSource(ctx, alice, bad, 1)
		equal(t, problems(t, err), map[string]string{"host": "not-https", "clientId": "control-characters", "clientSecret": "required"})
		_, err = s.PutSynchronization(ctx, alice, synchronization("new", "nobody", "nothing"), 0)
		equal(t, problems(t, err), map[string]string{"legalEntities": "required"})
		_, err = s.PutSynchronization(ctx, alice, synchronization("new", "nobody", "nothing", "9"), 0)
		equal(t, problems(t, err), map[string]string{"source": "unknown-source", "connection": "unknown-connection"})
		if err := s.PutTimings(ctx, alice, settings.Timings{}); err == nil {
			t.Error("timings of nothing were stored")
		}
		kept, _ := s.Source(ctx, "acme")
		equal(t, kept, source("acme"))
		// Where http is permitted, it is.
		bad.ClientID, bad.ClientSecret = "a", "b"
		version(t, 2)(p.open(t, stored.Options{AllowInsecureEndpoints: true}).PutSource(ctx, alice, bad, 1))
	})
}

func TestALegalEntityIsInOneActiveSynchronization(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		s, ctx := p.open(t), t.Context()
		fill(t, s)
		second := synchronization("second", "acme", "factory", "3", "2")
		_, err := s.PutSynchronization(ctx, alice, second, 0)
		invalid := problems(t, err)
		equal(t, invalid, map[string]string{"legalEntities.1": "legal-entity-taken"})
		second.Paused = true
		version(t, 1)(s.PutSynchronization(ctx, alice, second, 0))
		// The active one has it, whatever their names are.
		for id, want := range map[string]string{"1": "main", "2": "main", "3": "second"} {
			if got, err := s.SynchronizationFor(ctx, "acme", id); err != nil || got.Name != want {
				t.Errorf("%s is in %q, %v", id, got.Name, err)
			}
		}
		second.Paused = false
		_, err = s.PutSynchronization(ctx, alice, second, 1)
		equal(t, problems(t, err), map[string]string{"legalEntities.1": "legal-entity-taken"})
		// Another source has legal entities of its own.
		version(t, 1)(s.PutSynchronization(ctx, alice, synchronization("third", "other", "factory", "1"), 0))
	})
}

// Two processes activate synchronizations of one legal entity at the same time.
func TestOneOfTwoProcessesGetsTheLegalEntity(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		first := p.open(t)
		fill(t, first)
		stores, ctx := []*stored.Store{first, p.open(t)}, t.Context()
		for round := range 5 {
			var made atomic.Int64
			var group sync.WaitGroup
			for i, s := range stores {
				group.Go(func() {
					name := string(rune('a'+round)) + string(rune('0'+i))
					if _, err := s.PutSynchronization(ctx, alice, synchronization(name, "acme", "factory", "entity-"+name[:1]), 0); err == nil {
						made.Add(1)
					} else if problems(t, err)["legalEntities.0"] != "legal-entity-taken" {
						t.Error(err)
					}
				})
			}
			group.Wait()
			if made.Load() != 1 {
				t.Errorf("round %d: %d were made", round, made.Load())
			}
		}
	})
}

func TestWhatIsInUseStays(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		s, ctx := p.open(t), t.Context()
		fill(t, s)
		for _, err := range []error{s.RemoveSource(ctx, alice, "acme", 1), s.RemoveConnection(ctx, alice, "office", 1)} {
			failed(t, err, settings.ErrInUse)
			if !strings.Contains(err.Error(), "[main]") {
				t.Errorf("got %v", err)
			}
		}
		if err := s.RemoveConnection(ctx, alice, "factory", 1); err != nil {
			t.Fatal(err)
		}
		if err := s.RemoveSynchronization(ctx, alice, "main", 1); err != nil {
			t.Fatal(err)
		}
		if err := s.RemoveSource(ctx, alice, "acme", 1); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Source(ctx, "acme"); err == nil {
			t.Error("it is still there")
		}
	})
}

func TestTheAuditLog(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		at := time.Date(2026, 10, 3, 8, 30, 0, 123456000, time.UTC)
		s, ctx := p.open(t, stored.Options{Now: func() time.Time { return at }}), t.Context()
		version(t, 1)(s.PutSource(ctx, alice, source("acme"), 0))
		changed := source("acme")
		changed.Host, changed.ClientSecret, changed.WebhookSecret, changed.HTTPSynchronizationKey = "https://new.ilucca.net", canary+"-other", "", ""
		bob := settings.Author{ID: "token:7"}
		version(t, 2)(s.PutSource(ctx, bob, changed, 1))
		if err := s.Note(ctx, settings.Change{By: bob, Action: settings.ActionStarted, Kind: settings.KindInitialization, Name: "x"}); err != nil {
			t.Fatal(err)
		}
		if err := s.RemoveSource(ctx, alice, "acme", 2); err != nil {
			t.Fatal(err)
		}
		lines, err := s.Changes(ctx, settings.ChangesQuery{Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		type fields = []settings.FieldChange
		field := func(name, from, to string) settings.FieldChange {
			return settings.FieldChange{Field: name, From: from, To: to}
		}
		equal(t, lines, []settings.Change{
			{ID: 4, At: at, By: alice, Action: settings.ActionRemoved, Kind: settings.KindSource, Name: "acme", Fields: fields{
				field("host", "https://new.ilucca.net", ""), field("tokenUrl", settings.DefaultTokenURL, ""), field("api", "v5", ""), field("clientId", "integration", ""),
				field("clientSecret", "[secret]", ""),
			}},
			{ID: 3, At: at, By: bob, Action: settings.ActionStarted, Kind: settings.KindInitialization, Name: "x"},
			{ID: 2, At: at, By: bob, Action: settings.ActionChanged, Kind: settings.KindSource, Name: "acme", Fields: fields{
				field("host", "https://acme.ilucca.net", "https://new.ilucca.net"), field("clientSecret", "[secret]", "[secret]"),
				field("webhookSecret", "[secret]", ""), field("httpSynchronizationKey", "[secret]", ""),
			}},
			{ID: 1, At: at, By: alice, Action: settings.ActionCreated, Kind: settings.KindSource, Name: "acme", Fields: fields{
				field("host", "", "https://acme.ilucca.net"), field("tokenUrl", "", settings.DefaultTokenURL), field("api", "", "v5"), field("clientId", "", "integration"),
				field("clientSecret", "", "[secret]"), field("webhookSecret", "", "[secret]"), field("httpSynchronizationKey", "", "[secret]"),
			}},
		})
		page, _ := s.Changes(ctx, settings.ChangesQuery{Limit: 1, Before: 4})
		equal(t, page, lines[1:2])
		of, _ := s.Changes(ctx, settings.ChangesQuery{Limit: 10, Kind: settings.KindSource, Name: "acme", Before: 1 << 40})
		if len(of) != 3 {
			t.Errorf("got %d lines of acme", len(of))
		}
	})
}

func TestOtherProcessesSeeItWithinASecond(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		writer := p.open(t)
		fill(t, writer)
		var now atomic.Int64
		clock := func() time.Time { return time.Unix(1_800_000_000, now.Load()) }
		reader, ctx := p.open(t, stored.Options{Now: clock}), t.Context()
		changed := source("acme")
		changed.ClientID = "two"
		version(t, 2)(writer.PutSource(ctx, alice, changed, 1))
		seen := func() string { got, _ := reader.Source(ctx, "acme"); return got.ClientID }
		if own, _ := writer.Source(ctx, "acme"); own.ClientID != "two" {
			t.Error("the writer does not see it at once")
		}
		now.Store(int64(999 * time.Millisecond))
		if seen() != "integration" {
			t.Error("the database was asked too early")
		}
		now.Store(int64(time.Second))
		if seen() != "two" {
			t.Error("it is not seen after a second")
		}
		// For somebody who edits, at once.
		version(t, 3)(writer.PutSource(ctx, alice, source("acme"), 2))
		record, err := reader.SourceRecord(ctx, "acme")
		if err != nil || record.Version != 3 {
			t.Errorf("got version %d, %v", record.Version, err)
		}
	})
}

// A database that does not answer must not look like an empty one.
func TestReadsGoOnWithoutTheDatabase(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		var now atomic.Int64
		var log bytes.Buffer
		db := p.db(t)
		fill(t, p.open(t))
		seal, err := stored.OpenSeal(t.Context(), db, p.keyset, "")
		if err != nil {
			t.Fatal(err)
		}
		s, err := stored.Open(t.Context(), db, seal, stored.Options{
			Now: func() time.Time { return time.Unix(1_800_000_000, now.Load()) }, Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = db.Close()
		now.Store(int64(time.Hour))
		for range 3 {
			got, err := s.Source(t.Context(), "acme")
			if err != nil {
				t.Fatal(err)
			}
			equal(t, got, source("acme"))
		}
		if lines := strings.Count(log.String(), "\n"); lines != 1 || strings.Contains(log.String(), canary) {
			t.Errorf("logged %d lines: %s", lines, &log)
		}
		if _, err := s.SourceRecord(t.Context(), "acme"); err == nil {
			t.Error("an editor was given what may be old")
		}
		if _, err := s.PutSource(t.Context(), alice, source("new"), 0); err == nil {
			t.Error("it was stored nowhere")
		}
	})
}

func TestManyReadersWhileOneWrites(t *testing.T) {
	all(t, func(t *testing.T, p place) {
		s, ctx := p.open(t), t.Context()
		fill(t, s)
		done := make(chan struct{})
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					names := map[string]bool{}
					found, _ := s.Connections(ctx)
					for _, c := range found {
						names[c.Name] = true
					}
					if want := map[string]bool{"design": true, "factory": true, "office": true}; !maps.Equal(names, want) {
						t.Errorf("got %v", names)
						return
					}
				}
			})
		}
		for i := range 20 {
			value := exchange("factory")
			value.MaxConcurrent = 10 + i
			version(t, settings.Version(i+2))(s.PutConnection(ctx, alice, value, settings.Version(i+1)))
			if got, _ := s.Connection(ctx, "factory"); got.MaxConcurrent != 10+i {
				t.Fatalf("the own change %d is not seen", i)
			}
		}
		close(done)
		group.Wait()
	})
}
