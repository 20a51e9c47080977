package calendars

import (
	"context"
	"strings"
)

// newOfReplies is the breaker of automatic replies inside b, with the same places.
func (b *Breaker) newOfReplies() *Breaker {
	opts := b.opts
	opts.OnClose = func(reason Reason) {
		if reason == AutoReplyNotGranted { // other reasons are the calendar's to tell
			b.opts.OnClose(reason)
		}
	}
	replies := newBreaker(opts)
	replies.places = b.places
	return replies
}

// through makes one call when it may be made. One about automatic replies is held back
// like those about the calendar, but proves nothing about it.
func (b *Breaker) through(ctx context.Context, method, mailbox string, ask func() error) error {
	mailbox = strings.ToLower(mailbox)
	if !isOfAutoReplies(method) {
		return b.pass(ctx, mailbox, ask)
	}
	b.mu.Lock()
	refusal := b.refusal(mailbox)
	b.mu.Unlock()
	if refusal != nil {
		return refusal
	}
	return b.replies.pass(ctx, mailbox, ask)
}
