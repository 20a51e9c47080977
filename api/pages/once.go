package pages

import (
	"crypto/rand"
	"sync"
	"time"
)

// keyLength is the length of a form's random key.
const keyLength = 26

// randomKey is a key for one form.
func randomKey() string { return rand.Text() }

// once keeps what the same form sent twice shall be answered: a person clicks
// twice, or a browser sends again. It remembers for a few minutes, in this
// process alone, so what must hold among processes too needs a check of its own.
// A result may hold a secret that is shown once: it is kept no longer than that.
type once struct {
	now  func() time.Time
	lock sync.Mutex
	done map[string]*deed
}

type deed struct {
	lock    sync.Mutex
	ended   bool
	expires time.Time
	result  any
}

// The limits of what is remembered.
const (
	onceTime = 5 * time.Minute
	onceMost = 1000
)

func newOnce(now func() time.Time) *once { return &once{now: now, done: map[string]*deed{}} }

// Do does something once for a key: whoever comes with the same key waits and is
// given the same result. What fails may be tried again. key should name the
// principal too.
func (o *once) Do(key string, do func() (any, error)) (any, error) {
	one := o.deed(key)
	one.lock.Lock()
	defer one.lock.Unlock()
	if one.ended {
		return one.result, nil
	}
	result, err := do()
	if err != nil {
		return nil, err
	}
	one.ended, one.result = true, result
	return result, nil
}

func (o *once) deed(key string) *deed {
	o.lock.Lock()
	defer o.lock.Unlock()
	now := o.now()
	for name, one := range o.done {
		if now.After(one.expires) || len(o.done) > onceMost {
			delete(o.done, name)
		}
	}
	one, ok := o.done[key]
	if !ok {
		one = &deed{expires: now.Add(onceTime)}
		o.done[key] = one
	}
	return one
}
