package admin

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/figgo/directory"
	"github.com/figgosync/figgosync/internal/settings"
)

const (
	// legalEntitiesTTL is how long Figgo's list is believed.
	legalEntitiesTTL = 5 * time.Minute
	// luccaPerMinute is few, as Lucca allows 50 calls a minute to all integrations
	// together (https://developers.luccasoftware.com/documentation/limits) and the
	// worker may use figgo.DefaultCallsPerMinute of them; but somebody waits for
	// each of ours.
	luccaPerMinute = 20
)

// luccas are the clients by source, with what each of them told last.
type luccas struct {
	http     *http.Client
	insecure bool
	// perMinute is how many calls to one account may be made.
	perMinute int
	now       func() time.Time

	mu  sync.Mutex
	all map[string]*lucca
}

// lucca is the client of a source as it was in the settings.
type lucca struct {
	with     settings.Source
	throttle *figgo.Throttle
	client   luccaClient
	people   *people
	accounts *directory.Accounts

	// turn is held by the one who asks, so that many pages make one call.
	turn     chan struct{}
	mu       sync.Mutex
	entities []figgo.LegalEntity
	at       time.Time
	// asked is when a page asked for names last.
	asked time.Time
}

// luccaClient is what both generations of Lucca's API can do.
type luccaClient interface {
	LegalEntities(ctx context.Context) ([]figgo.LegalEntity, error)
	EmployeeByEmail(ctx context.Context, email string) (figgo.Employee, error)
	Leaves(ctx context.Context, query figgo.LeavesQuery) (figgo.LeavesPage, error)
	figgo.PeopleReader
	figgo.AccountReader
}

// of returns the source's client. A source that was changed gets a new one under
// the same limit of calls, and nothing of what the old one told.
func (l *luccas) of(source settings.Source) *lucca {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.all[source.Name]
	if last != nil && last.with == source {
		return last
	}
	one := &lucca{with: source, turn: make(chan struct{}, 1)}
	if last != nil && last.with.Host == source.Host {
		one.throttle = last.throttle // what was called a moment ago counts still
	} else {
		one.throttle = figgo.NewThrottleOf(l.perMinute, nil)
	}
	one.client = l.dial(source, one.throttle)
	one.accounts = directory.NewAccounts(one.client, directory.AccountsOptions{Now: l.now})
	one.people = newPeople(one.client, l.perMinute, l.now)
	if l.all == nil {
		l.all = map[string]*lucca{}
	}
	l.all[source.Name] = one
	return one
}

func (l *luccas) dial(source settings.Source, throttle *figgo.Throttle) luccaClient {
	if source.API == settings.APIv3 {
		return figgo.NewLegacyClient(figgo.LegacyConfig{
			Host: source.Host, APIKey: source.APIKey.Reveal(), HTTPClient: l.copyHTTP(), AllowInsecure: l.insecure,
			Throttle: throttle,
		})
	}
	return l.v5(source, throttle)
}

func (l *luccas) v5(source settings.Source, throttle *figgo.Throttle) *figgo.Client {
	return figgo.NewClient(figgo.ClientConfig{
		Host: source.Host, TokenURL: source.TokenURL, ClientID: source.ClientID,
		ClientSecret: source.ClientSecret.Reveal(),
		HTTPClient:   l.copyHTTP(), AllowInsecure: l.insecure, Throttle: throttle,
	})
}

// copyHTTP is the client to use, as a copy: figgo sets its redirect rule.
func (l *luccas) copyHTTP() *http.Client {
	if l.http == nil {
		return nil
	}
	return new(*l.http)
}

// ask asks Figgo now.
func (l *luccas) ask(ctx context.Context, source settings.Source) ([]figgo.LegalEntity, error) {
	one := l.of(source)
	if err := one.take(ctx); err != nil {
		return nil, err
	}
	defer one.leave()
	return l.call(ctx, one)
}

// recent returns what Figgo told within the last minutes, or asks. Of many at the
// same time one asks.
func (l *luccas) recent(ctx context.Context, source settings.Source) ([]figgo.LegalEntity, error) {
	if entities, ok := l.remembered(source); ok {
		return entities, nil
	}
	one := l.of(source)
	if err := one.take(ctx); err != nil {
		return nil, err
	}
	defer one.leave()
	if entities, ok := l.remembered(source); ok {
		return entities, nil
	}
	return l.call(ctx, one)
}

func (l *luccas) call(ctx context.Context, one *lucca) ([]figgo.LegalEntity, error) {
	entities, err := one.client.LegalEntities(ctx)
	if err != nil {
		return nil, err
	}
	one.mu.Lock()
	defer one.mu.Unlock()
	one.entities, one.at = entities, l.now()
	return entities, nil
}

func (l *lucca) take(ctx context.Context) error {
	select {
	case l.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return &figgo.APIError{Resource: "business-establishments", Code: figgo.CodeNetwork, Err: ctx.Err()}
	}
}

func (l *lucca) leave() { <-l.turn }

// remembered returns what Figgo told within the last minutes.
func (l *luccas) remembered(source settings.Source) ([]figgo.LegalEntity, bool) {
	one := l.of(source)
	one.mu.Lock()
	defer one.mu.Unlock()
	return one.entities, !one.at.IsZero() && l.now().Sub(one.at) < legalEntitiesTTL
}

// sourceError tells in the activities' words why Figgo did not answer.
func sourceError(err error) *SourceError {
	failure := &SourceError{Reason: activities.ReasonTemporary, Err: err}
	if api := apiErrorOf(err); api != nil {
		switch failure.Code = api.Code; {
		case api.Code == figgo.CodeRefused:
			failure.Reason = activities.ReasonSourceAddress
		case !api.Temporary():
			failure.Reason = activities.ReasonSourceRejected
		}
	}
	return failure
}

// apiErrorOf is Lucca's answer in an error, nil where there is none.
func apiErrorOf(err error) *figgo.APIError {
	api, _ := errors.AsType[*figgo.APIError](err)
	return api
}

const (
	// namesTimeout is how long a page waits for the names of legal entities.
	namesTimeout = time.Second
	// namesRetry keeps pages from waiting each time for a Figgo that is down.
	namesRetry = 30 * time.Second
)

// LegalEntityNames are the names of a source's legal entities by id, as far as
// they are known within about a second.
func (s *Service) LegalEntityNames(ctx context.Context, source string) map[string]string {
	one, err := s.config.Settings.Source(ctx, source)
	if err != nil {
		return nil
	}
	return s.luccas.names(ctx, []settings.Source{one})[source]
}

// names returns the names of legal entities by source and id: those of any age at
// once, and those that were never read within a second. It asks for newer ones
// meanwhile.
func (l *luccas) names(ctx context.Context, sources []settings.Source) map[string]map[string]string {
	ctx, cancel := context.WithTimeout(ctx, namesTimeout)
	defer cancel()
	all := map[string]map[string]string{}
	for _, source := range sources {
		done := l.refresh(ctx, source)
		one := l.of(source)
		if one.known() == nil {
			select {
			case <-done:
			case <-ctx.Done():
			}
		}
		all[source.Name] = map[string]string{}
		for _, entity := range one.known() {
			all[source.Name][entity.ID] = entity.Name
		}
	}
	return all
}

func (l *lucca) known() []figgo.LegalEntity {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.entities
}

// refresh asks in the background where the list is old or missing; done is closed
// once that is over.
func (l *luccas) refresh(ctx context.Context, source settings.Source) (done <-chan struct{}) {
	over := make(chan struct{})
	_, fresh := l.remembered(source)
	if one := l.of(source); fresh || !one.mayRetry(l.now()) {
		close(over)
		return over
	}
	go func() {
		defer close(over)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), checkSourceTime)
		defer cancel()
		_, _ = l.recent(ctx, source)
	}()
	return over
}

// mayRetry tells whether the last time a page asked is long enough ago.
func (l *lucca) mayRetry(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.asked.IsZero() && now.Sub(l.asked) < namesRetry {
		return false
	}
	l.asked = now
	return true
}
