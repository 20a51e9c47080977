package changes

import "context"

// Reader is what Follow looks with.
type Reader = reader

// NewReader returns one that has seen nothing.
func (b *Feed) NewReader() *Reader { return &reader{store: b.store} }

// Poll looks once.
func (r *Reader) Poll(ctx context.Context, stale func(string, []string)) error {
	return r.poll(ctx, stale)
}

// Sweep removes what is old.
func (b *Feed) Sweep(ctx context.Context) error { return b.sweep(ctx) }
