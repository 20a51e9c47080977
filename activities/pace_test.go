package activities

import (
	"testing"
	"time"
)

func TestPaceRemembersLiveChangesForSeconds(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	var p pace
	if p.crowded(now) {
		t.Error("without live changes nobody waits")
	}
	p.add(now, 30*time.Millisecond)
	if p.crowded(now) {
		t.Error("30 ms are no wait")
	}
	p.add(now.Add(time.Second), 200*time.Millisecond)
	if !p.crowded(now.Add(time.Second)) {
		t.Error("115 ms on average are one")
	}
	if p.crowded(now.Add(time.Second + paceMemory + 1)) {
		t.Error("what is over is forgotten")
	}
}
