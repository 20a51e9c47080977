package command

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/figgosync/figgosync/internal/database"
)

// addressName is the file beside an SQLite database with the address at which browsers
// reach, or last reached, the pages of its settings.
const addressName = "address"

// RememberAddress keeps where browsers reach the pages, for links that another command
// makes. Beside PostgreSQL there is no place for it: there --public-url tells.
func (o *Opened) RememberAddress(address string) error {
	if o.DB == nil || o.DB.Dialect != database.SQLite {
		return nil
	}
	path := filepath.Join(filepath.Dir(o.DB.Place), addressName)
	if err := os.WriteFile(path, []byte(address+"\n"), 0o600); err != nil {
		return fmt.Errorf("remember the address of the pages: %w", err)
	}
	return nil
}

// address is what was remembered last, "" when nothing was.
func (o *Opened) address() string {
	if o.DB == nil || o.DB.Dialect != database.SQLite {
		return ""
	}
	content, err := os.ReadFile(filepath.Join(filepath.Dir(o.DB.Place), addressName))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(content))
}
