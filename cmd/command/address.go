package command

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/figgosync/figgosync/internal/database"
)

// Files with addresses of a process that runs, or last ran, for commands beside it.
const (
	// addressName is beside an SQLite database: the address at which browsers reach the
	// pages of its settings.
	addressName = "address"
	// temporalName is in the data directory of figgosync-standalone: host:port of the
	// Temporal in that process.
	temporalName = "temporal-address"
)

// RememberAddress keeps where browsers reach the pages, for links that another command
// makes. Beside PostgreSQL there is no place for it: there --public-url tells.
func (o *Opened) RememberAddress(address string) error {
	if o.DB == nil || o.DB.Dialect != database.SQLite {
		return nil
	}
	return remember(filepath.Join(filepath.Dir(o.DB.Place), addressName), address)
}

// address is what was remembered last, "" when nothing was.
func (o *Opened) address() string {
	if o.DB == nil || o.DB.Dialect != database.SQLite {
		return ""
	}
	return remembered(filepath.Join(filepath.Dir(o.DB.Place), addressName))
}

// RememberTemporal keeps host:port of the Temporal that runs in this process: a command
// beside it that names the data directory must not reach another one, which may be at
// the usual port.
func RememberTemporal(dataDir, address string) error {
	return remember(filepath.Join(dataDir, temporalName), address)
}

// useTemporalOf is where the Temporal of a data directory is, where nothing else says it.
func (c *Common) useTemporalOf(dataDir string) {
	c.Temporal = cmp.Or(c.Temporal, os.Getenv("TEMPORAL_ADDRESS"), remembered(filepath.Join(dataDir, temporalName)))
}

func remember(path, address string) error {
	if err := os.WriteFile(path, []byte(address+"\n"), 0o600); err != nil {
		return fmt.Errorf("remember an address for commands beside this one: %w", err)
	}
	return nil
}

// remembered is the address in a file, "" where there is none.
func remembered(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(content))
}
