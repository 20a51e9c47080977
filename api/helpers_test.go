package api_test

import (
	"context"
	"net"
	"testing"

	"github.com/figgosync/figgosync/internal/figgo"
)

// slowEngine holds an announcement until told to leave.
type slowEngine struct {
	fakeEngine
	entered, leave chan struct{}
}

func (e *slowEngine) Announce(context.Context, string, figgo.Notice) error {
	close(e.entered)
	<-e.leave
	return nil
}

func newListener(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}
