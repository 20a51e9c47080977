package calendars

import (
	"context"

	"github.com/figgosync/figgosync/internal/absence"
)

// around is a Calendar that makes each call of another one through do: method is the
// method's name in small letters, and ask makes the call. What ask answers is answered
// with do's error, and nothing where do does not ask.
type around struct {
	inner Calendar
	do    func(ctx context.Context, method, mailbox string, ask func() error) error
}

// The names of the methods of an AutoReplier, as around has them.
const (
	methodAutoReplyRead  = "auto-reply-read"
	methodAutoReplyWrite = "auto-reply-write"
)

// isOfAutoReplies tells the methods of an AutoReplier from those of a Calendar.
func isOfAutoReplies(method string) bool {
	return method == methodAutoReplyRead || method == methodAutoReplyWrite
}

// aroundLimited is around a Limited one.
type aroundLimited struct {
	around
	Limited
}

// limitedAs is c, and Limited where its inner one is.
func (c around) limitedAs() Calendar {
	if limited, ok := c.inner.(Limited); ok {
		return aroundLimited{c, limited}
	}
	return c
}

// Find implements Calendar.
func (c around) Find(ctx context.Context, mailbox string, key Key) (found []Placed, err error) {
	err = c.do(ctx, "find", mailbox, func() (err error) {
		found, err = c.inner.Find(ctx, mailbox, key)
		return err
	})
	return found, err
}

// List implements Calendar.
func (c around) List(ctx context.Context, mailbox, source string) (listed []Listed, err error) {
	err = c.do(ctx, "list", mailbox, func() (err error) {
		listed, err = c.inner.List(ctx, mailbox, source)
		return err
	})
	return listed, err
}

// Shown implements Calendar.
func (c around) Shown(ctx context.Context, mailbox string, event absence.Event) (shown Shown, err error) {
	err = c.do(ctx, "shown", mailbox, func() (err error) {
		shown, err = c.inner.Shown(ctx, mailbox, event)
		return err
	})
	return shown, err
}

// Create implements Calendar.
func (c around) Create(ctx context.Context, mailbox string, marker Marker, event absence.Event,
	token string) (placed Placed, err error) {
	err = c.do(ctx, "create", mailbox, func() (err error) {
		placed, err = c.inner.Create(ctx, mailbox, marker, event, token)
		return err
	})
	return placed, err
}

// Update implements Calendar.
func (c around) Update(ctx context.Context, mailbox string, at Placed, event absence.Event) (placed Placed, err error) {
	err = c.do(ctx, "update", mailbox, func() (err error) {
		placed, err = c.inner.Update(ctx, mailbox, at, event)
		return err
	})
	return placed, err
}

// Delete implements Calendar.
func (c around) Delete(ctx context.Context, mailbox string, placed Placed) error {
	return c.do(ctx, "delete", mailbox, func() error { return c.inner.Delete(ctx, mailbox, placed) })
}

// AutoReply implements AutoReplier where the inner one does.
func (c around) AutoReply(ctx context.Context, mailbox string) (reply AutoReply, err error) {
	inner, err := autoReplierOf(c.inner)
	if err != nil {
		return AutoReply{}, err
	}
	err = c.do(ctx, methodAutoReplyRead, mailbox, func() (err error) {
		reply, err = inner.AutoReply(ctx, mailbox)
		return err
	})
	return reply, err
}

// SetAutoReply implements AutoReplier where the inner one does.
func (c around) SetAutoReply(ctx context.Context, mailbox string, wanted AutoReply) (reply AutoReply, err error) {
	inner, err := autoReplierOf(c.inner)
	if err != nil {
		return AutoReply{}, err
	}
	err = c.do(ctx, methodAutoReplyWrite, mailbox, func() (err error) {
		reply, err = inner.SetAutoReply(ctx, mailbox, wanted)
		return err
	})
	return reply, err
}

// autoReplierOf is Invalid for a calendar system without automatic replies.
func autoReplierOf(cal Calendar) (AutoReplier, error) {
	if replier, ok := cal.(AutoReplier); ok {
		return replier, nil
	}
	return nil, &Invalid{Code: "no-auto-replies"}
}
