package worker

import (
	"context"
	"errors"
	"slices"

	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

// lookAtReplies has the automatic replies of synchronizations that were changed, paused or
// removed look at the settings: whoever changes them tells nobody, and files are changed
// without a word. Without automatic replies there is nothing to ask for.
func (f *follower) lookAtReplies(ctx context.Context, all []settings.Synchronization) error {
	now := map[string]settings.Synchronization{}
	for _, s := range all {
		if s.Policy.AutomaticReplies.Enabled {
			now[s.Name] = s
		}
	}
	before := f.replying
	if f.replying == nil { // the workflows look by themselves at what changed before
		f.replying = now
		return nil
	}
	var failed []error
	for name, was := range before {
		is, stays := now[name]
		if stays && record.Equal(&was, &is) {
			continue
		}
		if _, err := f.absences.LookAtReplies(ctx, was.Source, name); err != nil {
			now[name] = was // once more
			failed = append(failed, err)
		}
	}
	f.replying = now
	return errors.Join(failed...)
}

// grantedReplies has the automatic replies behind a connection look again.
func (f *follower) grantedReplies(ctx context.Context, connection string) {
	ctx, cancel := context.WithTimeout(ctx, wakeTime)
	defer cancel()
	for _, s := range f.replying {
		if !slices.Contains(s.Connections(), connection) {
			continue
		}
		if _, err := f.absences.LookAtReplies(ctx, s.Source, s.Name); err != nil {
			f.log.Warn("automatic replies that waited are not asked to try again yet", "synchronization", s.Name,
				"error", err)
		}
	}
}
