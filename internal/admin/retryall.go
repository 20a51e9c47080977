package admin

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

const (
	// MostRetried is how many absences one RetryAll asks.
	MostRetried = 1000
	// retriesASecond leaves Temporal to live changes, whoever asks how often;
	// retriesAtOnce is enough for it where a signal takes a tenth of a second.
	retriesASecond = 50
	retriesAtOnce  = 8
	// mostRetryAlls bounds those under way, retryAllTime each of them.
	mostRetryAlls = 4
	retryAllTime  = 5 * time.Minute
	// enoughFailures end one: Temporal does not answer.
	enoughFailures = 20
)

// ErrRetrying is returned by RetryAll while the same absences, or too many others,
// are being asked already.
var ErrRetrying = errors.New("these absences are being tried again already")

// retries are the RetryAlls under way in this process.
type retries struct {
	limiter *rate.Limiter

	mu      sync.Mutex
	running map[AbsencesQuery]bool
}

func newRetries() *retries {
	return &retries{limiter: rate.NewLimiter(retriesASecond, 1), running: map[AbsencesQuery]bool{}}
}

func (r *retries) begin(query AbsencesQuery) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.running[query] || len(r.running) >= mostRetryAlls {
		return false
	}
	r.running[query] = true
	return true
}

func (r *retries) end(query AbsencesQuery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.running, query)
}

// RetryAll asks the absences that live and that the query chooses to try again
// now: at most MostRetried, the newest ones, about fifty a second, in the
// background. It answers how many it asks. Query.Status must be blocked, retrying
// or skipped; Limit and Page do not count. Nothing is written again that has not
// changed.
//
// Errors are ErrRetrying while the same query is under way in this process, and
// those of Absences. What a process that ends has not asked yet tries again by
// itself at its own time.
func (s *Service) RetryAll(ctx context.Context, by settings.Author, query AbsencesQuery) (matched int, err error) {
	query.Limit, query.Page, query.Text = 0, "", strings.TrimSpace(query.Text)
	if err := checkRetryAll(query); err != nil {
		return 0, err
	}
	if !s.retries.begin(query) {
		return 0, ErrRetrying
	}
	chosen, err := s.chosen(ctx, query)
	if err != nil || len(chosen) == 0 {
		s.retries.end(query)
		return 0, err
	}
	s.note(ctx, by, settings.ActionResynced, settings.KindAbsence, "", retriedFields(query, len(chosen))...)
	go func() {
		defer s.retries.end(query)
		s.retryEach(context.WithoutCancel(ctx), chosen)
	}()
	return len(chosen), nil
}

func checkRetryAll(query AbsencesQuery) error {
	switch {
	case query.Status == "":
		return invalid("status", settings.CodeRequired)
	case !slices.Contains(troubled, query.Status):
		return invalid("status", settings.CodeBadChoice, "allowed", words(troubled))
	}
	return checkQuery(query)
}

// retriedFields are those of the one line in the audit log. The text may be a
// name: it stays out.
func retriedFields(query AbsencesQuery, count int) []settings.FieldChange {
	fields := []settings.FieldChange{{Field: "count", To: strconv.Itoa(count)},
		{Field: "status", To: string(query.Status)}}
	for _, one := range []settings.FieldChange{
		{Field: "reason", To: query.Reason}, {Field: "synchronization", To: query.Synchronization},
		{Field: "source", To: query.Source},
	} {
		if one.To != "" {
			fields = append(fields, one)
		}
	}
	return fields
}

// chosen lists the absences before the first is asked: those that are mended
// leave the list.
func (s *Service) chosen(ctx context.Context, query AbsencesQuery) ([]starter.AbsenceLine, error) {
	wanted := wantedOf(query)
	wanted.Running, wanted.Limit = true, mostLimit
	known, _, err := s.searchFor(ctx, query.Text, &wanted)
	if err != nil || !known {
		return nil, err
	}
	var all []starter.AbsenceLine
	for range MostRetried { // a page may be nearly empty
		found, next, err := s.config.Engine.Absences(ctx, wanted)
		if err != nil {
			return nil, engine(err)
		}
		all = append(all, found...)
		if wanted.Page = next; next == "" || len(all) >= MostRetried {
			break
		}
	}
	return all[:min(len(all), MostRetried)], nil
}

// retryEach asks one absence after the other. One whose run is over meanwhile
// needs nothing.
func (s *Service) retryEach(ctx context.Context, all []starter.AbsenceLine) {
	ctx, cancel := context.WithTimeout(ctx, retryAllTime)
	defer cancel()
	var (
		group errgroup.Group
		mu    sync.Mutex
		last  error
		count int
	)
	group.SetLimit(retriesAtOnce)
	for _, one := range all {
		if err := s.retries.limiter.Wait(ctx); err != nil {
			break
		}
		group.Go(func() error {
			err := s.config.Engine.Retry(ctx, one.Source, one.Absence, workflows.Retry{Bulk: true})
			if err == nil || errors.Is(err, starter.ErrNotFound) {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			if last, count = err, count+1; count >= enoughFailures {
				cancel()
			}
			return nil
		})
	}
	_ = group.Wait()
	if last != nil {
		s.config.Log.Warn("absences could not be asked to try again", "failed", count, "of", len(all), "error", last)
	}
}
