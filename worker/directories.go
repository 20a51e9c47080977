package worker

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"github.com/figgosync/figgosync/internal/figgo/directory"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
)

// directories keeps one employee directory a source.
type directories struct {
	settings  settings.Store
	insecure  bool
	perMinute int
	log       *slog.Logger
	// http is for all sources: it has no credentials.
	http *http.Client

	mu   sync.Mutex
	open map[string]openSource
}

// openSource is what a worker keeps of one source.
type openSource struct {
	*directory.Directory
	reader   figgo.Reader
	accounts *directory.Accounts
	throttle *figgo.Throttle
	with     settings.Source
}

func newDirectories(o Options, outside Outside) *directories {
	return &directories{
		settings: o.Settings, insecure: o.AllowInsecure, perMinute: o.LuccaPerMinute, log: o.Log,
		http: outside.Policy().Client(), open: map[string]openSource{},
	}
}

// Directory implements activities.Directories.
func (d *directories) Directory(ctx context.Context, name string) (activities.Directory, error) {
	one, err := d.get(ctx, name)
	if err != nil {
		return nil, err
	}
	return one.Directory, nil
}

// Reader implements activities.Directories.
func (d *directories) Reader(ctx context.Context, name string) (figgo.Reader, error) {
	one, err := d.get(ctx, name)
	return one.reader, err
}

// Accounts implements activities.Directories.
func (d *directories) Accounts(ctx context.Context, name string) (activities.Accounts, error) {
	one, err := d.get(ctx, name)
	if err != nil {
		return nil, err
	}
	return one.accounts, nil
}

func (d *directories) get(ctx context.Context, name string) (openSource, error) {
	source, err := d.settings.Source(ctx, name)
	if err != nil {
		return openSource{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	last, ok := d.open[name]
	if ok && last.with == source {
		return last, nil
	}
	throttle := last.throttle // what was called a moment ago counts still
	if throttle == nil || last.with.Host != source.Host {
		throttle = figgo.NewThrottleOf(d.perMinute, nil)
	}
	fresh := d.dial(source, throttle)
	d.open[name] = fresh
	return fresh, nil
}

// luccaClient is what both generations of Lucca's API are.
type luccaClient interface {
	figgo.Reader
	directory.Finder
	figgo.AccountReader
}

func (d *directories) dial(source settings.Source, throttle *figgo.Throttle) openSource {
	var c luccaClient
	if source.API == settings.APIv3 {
		c = figgo.NewLegacyClient(figgo.LegacyConfig{
			Host: source.Host, APIKey: source.APIKey.Reveal(), HTTPClient: d.http, AllowInsecure: d.insecure,
			Throttle: throttle,
		})
	} else {
		c = figgo.NewClient(figgo.ClientConfig{
			Host: source.Host, TokenURL: source.TokenURL, ClientID: source.ClientID,
			ClientSecret: source.ClientSecret.Reveal(),
			HTTPClient:   d.http, AllowInsecure: d.insecure, Throttle: throttle,
		})
	}
	return openSource{
		Directory: directory.New(c, directory.Options{Logger: d.log}), reader: c,
		accounts: directory.NewAccounts(c, directory.AccountsOptions{Logger: d.log}), throttle: throttle, with: source,
	}
}
