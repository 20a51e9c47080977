package pages

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

func TestOnceIsDoneOnce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 3, 14, 5, 0, 0, time.UTC)
	o := newOnce(func() time.Time { return now })
	var done atomic.Int32
	begun, end := make(chan bool, 20), make(chan bool)
	do := func() (any, error) {
		begun <- true
		<-end
		return int(done.Add(1)), nil
	}
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if got, err := o.Do("key", do); err != nil || got != 1 {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	<-begun
	close(end)
	all.Wait()
	now = now.Add(onceTime + time.Second)
	if got, _ := o.Do("key", do); got != 2 || len(o.done) != 1 {
		t.Errorf("after its time: %v, %d kept", got, len(o.done))
	}
	if _, err := o.Do("other", func() (any, error) { return nil, errors.New("no") }); err == nil {
		t.Error("no error")
	}
	if got, err := o.Do("other", do); err != nil || got != 3 {
		t.Errorf("what failed cannot be tried again: %v, %v", got, err)
	}
}

// A form that came too late keeps what was typed, says what differs, and is of
// the new version.
func TestFormThatSomebodyElseOvertook(t *testing.T) {
	t.Parallel()
	loc := texts.Localizer{Lang: texts.English}
	mine, stored := newForm(3), newForm(4)
	mine.Set("label", " mine ")
	mine.Set("role", "consult")
	mine.Set(secretPrefix+"label", "very-secret")
	stored.Set("label", "theirs")
	stored.Set("role", "consult")
	mine.Changed(loc, "token", stored, time.Time{}, settings.Author{Name: "Camille"})
	want := []difference{{Label: loc.T("token.label"), Theirs: "theirs", Yours: "mine"}}
	if diff := cmp.Diff(want, mine.Conflict.Differences); diff != "" {
		t.Error(diff)
	}
	if mine.Version != 4 || mine.Get("label") != "mine" || mine.status() != 409 {
		t.Errorf("version %d, label %q, status %d", mine.Version, mine.Get("label"), mine.status())
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	half := func(day int, parts ...absence.Part) (all []absence.HalfDay) {
		for _, part := range parts {
			all = append(all, absence.HalfDay{Date: absence.Date{Year: 2026, Month: time.March, Day: day}, Part: part})
		}
		return all
	}
	const am, pm = absence.Morning, absence.Afternoon
	for name, test := range map[string]struct {
		days [][]absence.HalfDay
		want []string
	}{
		"nothing":         {nil, nil},
		"one day":         {[][]absence.HalfDay{half(3, am, pm)}, []string{"3 March 2026"}},
		"morning":         {[][]absence.HalfDay{half(3, am)}, []string{"3 March 2026 (morning)"}},
		"over a weekend":  {[][]absence.HalfDay{half(9, am, pm), half(6, pm)}, []string{"from 6 March 2026 (afternoon) to 9 March 2026"}},
		"two apart":       {[][]absence.HalfDay{half(3, am, pm), half(5, am)}, []string{"3 March 2026", "5 March 2026 (morning)"}},
		"a gap of a half": {[][]absence.HalfDay{half(3, am), half(4, am, pm)}, []string{"3 March 2026 (morning)", "4 March 2026"}},
	} {
		var halves []absence.HalfDay
		for _, some := range test.days {
			halves = append(halves, some...)
		}
		if diff := cmp.Diff(test.want, spans(texts.Localizer{Lang: texts.English}, halves)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
