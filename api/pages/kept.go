package pages

import (
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

const (
	// keptFor is how long secrets of a refused form are kept, mostKept of how many
	// forms.
	keptFor  = 15 * time.Minute
	mostKept = 64
)

// keptSecrets hold what somebody typed into the secret fields of a form that was
// refused for something else: it need not be typed again. They are in this
// process's memory only, are given back to the same form of the same person only,
// and are never shown.
type keptSecrets struct {
	mu    sync.Mutex
	forms *lru.Cache[string, map[string]string]
}

func newKeptSecrets() *keptSecrets {
	forms, _ := lru.New[string, map[string]string](mostKept) // fails for sizes below 1 only
	return &keptSecrets{forms: forms}
}

func keptKey(r *http.Request, f *form) string { return principal(r).ID + " " + f.Key }

// keep remembers the secrets of a refused form, but for those that are wrong
// themselves, and marks their fields.
func (k *keptSecrets) keep(r *http.Request, f *form) {
	secrets := map[string]string{}
	for name := range f.Values {
		path, secret := strings.CutPrefix(name, secretPrefix)
		if value := f.Values.Get(name); secret && value != "" && !f.Wrong(path) {
			secrets[path] = value
		}
	}
	if len(secrets) == 0 {
		return
	}
	f.Kept = map[string]bool{}
	for path := range secrets {
		f.Kept[path] = true
	}
	key := keptKey(r, f)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.forms.Add(key, secrets)
	time.AfterFunc(keptFor, func() { k.forms.Remove(key) })
}

// recall puts what was kept into fields that came back empty.
func (k *keptSecrets) recall(r *http.Request, f *form) {
	k.mu.Lock()
	secrets, _ := k.forms.Get(keptKey(r, f))
	secrets = maps.Clone(secrets)
	k.mu.Unlock()
	for path, value := range secrets {
		if f.Get(secretPrefix+path) == "" && f.Values.Get("clear."+path) == "" {
			f.Set(secretPrefix+path, value)
		}
	}
}

// forget drops what was kept for a form that was saved.
func (k *keptSecrets) forget(r *http.Request, f *form) { k.forms.Remove(keptKey(r, f)) }

// readSecretForm is readForm with the secrets that were typed into the same form
// before.
func (s *site) readSecretForm(r *http.Request) (*form, error) {
	f, err := readForm(r)
	if err == nil {
		s.kept.recall(r, f)
	}
	return f, err
}
