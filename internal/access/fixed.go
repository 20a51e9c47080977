package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"sync"

	"github.com/figgosync/figgosync/internal/settings"
)

// fixedTokens come from the environment and are not in the database.
type fixedTokens struct {
	mu  sync.RWMutex
	all []fixedToken
}

type fixedToken struct {
	sum       [sha256.Size]byte
	principal Principal
}

// AddFixedToken lets a token from the environment in, such as
// FIGGOSYNC_API_TOKEN, as the principal "token:LABEL". An empty one opens
// nothing.
func (g *Gate) AddFixedToken(plain settings.Secret, role Role, label string) {
	if plain.Reveal() == "" || !role.known() && role != Decode {
		return
	}
	g.fixed.mu.Lock()
	defer g.fixed.mu.Unlock()
	g.fixed.all = append(g.fixed.all, fixedToken{
		sum: sha256.Sum256([]byte(plain.Reveal())), principal: Principal{ID: "token:" + label, Name: label, Role: role},
	})
}

// find compares hashes in constant time, and all of them, so that neither the
// content nor the length of a token shows in the time it takes.
func (f *fixedTokens) find(plain string) (Principal, bool) {
	sum := sha256.Sum256([]byte(plain))
	f.mu.RLock()
	defer f.mu.RUnlock()
	var found Principal
	for _, token := range f.all {
		if subtle.ConstantTimeCompare(token.sum[:], sum[:]) == 1 {
			found = token.principal
		}
	}
	return found, found.ID != ""
}
