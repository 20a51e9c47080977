package news

import "context"

// Reader is what Follow looks with.
type Reader = reader

// NewReader returns one that has seen nothing.
func (b *Board) NewReader() *Reader { return &reader{store: b.store} }

// Look looks once.
func (r *Reader) Look(ctx context.Context, stale func(string, []string)) error {
	return r.look(ctx, stale)
}

// Sweep removes what is old.
func (b *Board) Sweep(ctx context.Context) error { return b.sweep(ctx) }
