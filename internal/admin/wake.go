package admin

import (
	"context"
	"time"

	"github.com/figgosync/figgosync/workflows"
)

// wakeTime bounds how long one who saves waits for Temporal to take the wish.
const wakeTime = 2 * time.Second

// wake has the absences that waited for what was just saved try again. That Temporal
// is down is no reason to refuse the change: workers look for such absences, too.
func (s *Service) wake(ctx context.Context, request workflows.WakeRequest) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wakeTime)
	defer cancel()
	if err := s.config.Engine.Wake(ctx, request); err != nil {
		s.config.Log.Warn("absences that waited for a change are not asked to try again at once",
			"wake", request.WorkflowID(), "error", err)
	}
}
