package api

import (
	"context"
	"net/http"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
)

func (s *Server) synchronizationRoutes() {
	const tag, all, one = "synchronizations", "/api/v1/synchronizations", "/api/v1/synchronizations/{synchronization}"
	see, change := s.see(), s.change()
	register(see, operation{
		at: "GET " + all, id: "listSynchronizations", tag: tag, summary: "List the synchronizations",
		answer: "The synchronizations.",
	}, s.listSynchronizations)
	register(change, operation{
		at: "POST " + all, id: "createSynchronization", tag: tag, summary: "Make a synchronization",
		description: "name is required here.",
		status:      201, answer: "Made.", refuses: []int{409, 422}, sends: exampleSynchronizationInput,
	}, s.createSynchronization)
	register(change, operation{
		at: "POST " + all + "/preview", id: "previewSynchronization", tag: tag,
		summary:     "See how example absences would look",
		description: "Only zone and policy count; the rest may be missing or wrong.",
		answer:      "The examples; nothing is stored.",
		refuses:     []int{422}, sends: `{"zone": "Europe/Paris", "policy": {"label": "Absent"}}`,
	}, s.previewSynchronization)
	register(see, operation{
		at: "GET " + one, id: "getSynchronization", tag: tag, summary: "Read a synchronization",
		answer: "The synchronization.", also: known,
	}, s.getSynchronization)
	register(change, operation{
		at: "PUT " + one, id: "putSynchronization", tag: tag, summary: "Replace a synchronization",
		description: "What is left out gets its default.", answer: "Replaced.", refuses: []int{409, 422},
	}, s.putSynchronization)
	register(change, operation{
		at: "DELETE " + one, id: "deleteSynchronization", tag: tag, summary: "Remove a synchronization", status: 204,
		answer: "Removed. What it wrote stays in calendars.", refuses: []int{409},
	}, s.deleteSynchronization)
	register(change, operation{
		at: "POST " + one + "/pause", id: "pauseSynchronization", tag: tag, summary: "Pause a synchronization",
		description: "Doing it twice changes nothing.", answer: "It is as asked for.", refuses: []int{409, 422},
	}, s.setPaused(true))
	register(change, operation{
		at: "POST " + one + "/resume", id: "resumeSynchronization", tag: tag, summary: "Resume a synchronization",
		description: "422 where one of its legal entities is in another active synchronization by now.",
		answer:      "It is as asked for.",
		refuses:     []int{409, 422},
	}, s.setPaused(false))
}

const exampleSynchronizationInput = `{"name": "headquarters", "source": "acme", "connection": "office",
	"legalEntities": ["1", "2"], "zone": "Europe/Paris", "policy": {"label": "Absent", "showType": false}}`

func (s *Server) listSynchronizations(ctx context.Context, _ *None) (*answer[list[synchronizationBody]], error) {
	views, err := s.config.Admin.Synchronizations(ctx)
	return listed(views, err, synchronization)
}

// synchronizations are the synchronizations as they are now.
func (s *Server) synchronizations() records[admin.SynchronizationView] {
	return records[admin.SynchronizationView]{
		find: s.config.Admin.Synchronization, unknown: refused(http.StatusNotFound, "unknown-synchronization"),
		readOnly: s.config.Admin.ReadOnly(),
		stamp: func(view admin.SynchronizationView) stamp {
			return stamp{view.Version, view.ChangedAt, view.ChangedBy}
		},
	}
}

func (s *Server) getSynchronization(ctx context.Context, in *struct {
	SynchronizationPath
	KnownVersion
}) (*single[synchronizationBody], error) {
	view, err := s.synchronizations().now(ctx, in.Synchronization)
	return read(in.KnownVersion, view.Version, synchronization(view)), err
}

func (s *Server) createSynchronization(ctx context.Context, in *struct {
	Spoken
	Body body[settings.Synchronization]
}) (*created[synchronizationBody], error) {
	input := newSynchronization("")
	if _, err := in.Body.into(&input, readOnlySynchronization...); err != nil {
		return nil, err
	}
	view, err := s.config.Admin.PutSynchronization(ctx, author(ctx), input, 0)
	return &created[synchronizationBody]{
		entityTag(view.Version), "/api/v1/synchronizations/" + view.Name, synchronization(view),
	}, err
}

func (s *Server) putSynchronization(ctx context.Context, in *struct {
	SynchronizationPath
	ReadVersion
	Spoken
	Body body[settings.Synchronization]
}) (*single[synchronizationBody], error) {
	now, err := s.synchronizations().toChange(ctx, in.Synchronization, in.IfMatch)
	if err != nil {
		return nil, err
	}
	input := newSynchronization(now.Name)
	if _, err := in.Body.into(&input, readOnlySynchronization...); err != nil {
		return nil, err
	}
	if err := valid(otherName(input.Name, now.Name)); err != nil {
		return nil, err
	}
	view, err := s.config.Admin.PutSynchronization(ctx, author(ctx), input, now.Version)
	return versioned(view.Version, synchronization(view)), s.synchronizations().failed(ctx, now.Name, err)
}

func (s *Server) deleteSynchronization(ctx context.Context, in *struct {
	SynchronizationPath
	ReadVersion
}) (*nothing, error) {
	now, err := s.synchronizations().toChange(ctx, in.Synchronization, in.IfMatch)
	if err != nil {
		return nil, err
	}
	return nil, s.synchronizations().failed(
		ctx, now.Name, s.config.Admin.RemoveSynchronization(ctx, author(ctx), now.Name, now.Version),
	)
}

// pauseRequest is a request to pause or resume.
type pauseRequest struct {
	SynchronizationPath
	MayHaveRead
	Spoken
}

// setPaused pauses or resumes. One field is changed whatever the others are now,
// so that If-Match may be left out.
func (s *Server) setPaused(paused bool) func(context.Context, *pauseRequest) (*single[synchronizationBody], error) {
	return func(ctx context.Context, in *pauseRequest) (*single[synchronizationBody], error) {
		read := in.IfMatch
		if read == "" {
			read = "*"
		}
		now, err := s.synchronizations().toChange(ctx, in.Synchronization, read)
		if err != nil {
			return nil, err
		}
		view, err := s.config.Admin.SetPaused(ctx, author(ctx), now.Name, paused, now.Version)
		return versioned(view.Version, synchronization(view)), s.synchronizations().failed(ctx, now.Name, err)
	}
}

// sampleBody is one example of a preview.
type sampleBody struct {
	Code     string          `json:"code" enum:"whole-day,morning,afternoon,week"`
	Pending  []absence.Event `json:"pending"`
	Approved []absence.Event `json:"approved"`
}

// previewInput is a synchronization of which only the policy and the zone count.
type previewInput settings.Synchronization

func newPreview() previewInput { return previewInput(newSynchronization("")) }

// previewSynchronization tells how example absences would look. Nothing is stored.
func (s *Server) previewSynchronization(ctx context.Context, in *struct {
	Spoken
	Body body[previewInput]
}) (*answer[list[sampleBody]], error) {
	input := newPreview()
	if _, err := in.Body.into(&input, readOnlySynchronization...); err != nil {
		return nil, err
	}
	samples, err := s.config.Admin.Preview(ctx, settings.Synchronization(input))
	return listed(samples, err, func(sample admin.Sample) sampleBody { return sampleBody(sample) })
}
