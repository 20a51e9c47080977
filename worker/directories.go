package worker

import (
	"context"
	"log/slog"
	"sync"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/figgo"
	"github.com/figgosync/figgosync/settings"
)

// directories keeps one employee directory a source.
type directories struct {
	settings settings.Store
	insecure bool
	log      *slog.Logger

	mu   sync.Mutex
	open map[string]directory
}

type directory struct {
	*figgo.Directory
	with settings.Source
}

func newDirectories(store settings.Store, insecure bool, log *slog.Logger) *directories {
	return &directories{settings: store, insecure: insecure, log: log, open: map[string]directory{}}
}

// Directory implements activities.Directories.
func (d *directories) Directory(ctx context.Context, name string) (activities.Directory, error) {
	source, err := d.settings.Source(ctx, name)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if last, ok := d.open[name]; ok && last.with == source {
		return last, nil
	}
	client := figgo.NewClient(figgo.ClientConfig{
		Host: source.Host, TokenURL: source.TokenURL, ClientID: source.ClientID, ClientSecret: source.ClientSecret.Reveal(),
		AllowInsecure: d.insecure,
	})
	fresh := directory{figgo.NewDirectory(client, figgo.DirectoryOptions{}), source}
	d.open[name] = fresh
	return fresh, nil
}
