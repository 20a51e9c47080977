package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

func (s *Server) replyRoutes() {
	register(s.see(), operation{
		at: "GET /api/v1/auto-replies/{source}/{employee}", id: "getAutoReplies", tag: "absences",
		summary: "Tell how an employee's automatic replies stand",
		description: "No text is answered: the person's own reply is theirs, and the policy's is in its " +
			"synchronization. 404 no-auto-replies where none are kept now.",
		answer: "How they stand, and their story.",
	}, s.getReplies)
}

// repliesBody is GET /api/v1/auto-replies/{source}/{employee}.
type repliesBody struct {
	Source          string             `json:"source"`
	Employee        string             `json:"employee"`
	Synchronization string             `json:"synchronization,omitempty"`
	Status          workflows.Status   `json:"status" enum:"synced,pending,blocked,retrying" doc:"synced where nothing is in the way, whether a reply stands or not; pending before the first look."`
	Trouble         *troubleBody       `json:"trouble,omitempty"`
	Connection      string             `json:"connection,omitempty" doc:"Where the trouble was met."`
	Absences        []string           `json:"absences" doc:"Ids of the approved absences that mail may be answered during."`
	Standing        *standingReplyBody `json:"standing,omitempty" doc:"The reply of figgosync's in the mailbox; missing where there is none."`
	OwnUntil        *time.Time         `json:"ownUntil,omitempty" doc:"End of a time in which the person's own reply stays."`
	Next            *time.Time         `json:"next,omitempty" doc:"When the next reply is written, or the standing one gives way to the person's own."`
	NextTry         *time.Time         `json:"nextTry,omitempty"`
	Story           []storyLine        `json:"story"`
}

// standingReplyBody is a reply of figgosync's in a mailbox.
type standingReplyBody struct {
	Connection string     `json:"connection"`
	Provider   string     `json:"provider"`
	Mailbox    string     `json:"mailbox"`
	From       *time.Time `json:"from,omitempty" doc:"Missing while it is not known what the mailbox has."`
	Until      *time.Time `json:"until,omitempty" doc:"Exclusive."`
	Absences   []string   `json:"absences" doc:"Ids of the absences it is about."`
}

func (s *Server) getReplies(ctx context.Context, in *struct {
	RepliesPath
	Spoken
}) (*answer[repliesBody], error) {
	found, err := s.config.Admin.Replies(ctx, in.Source, in.Employee)
	if errors.Is(err, starter.ErrNotFound) {
		err = refused(http.StatusNotFound, "no-auto-replies")
	}
	if err != nil {
		return nil, err
	}
	return answered(replies(found, in.lang()), nil)
}

func replies(found admin.Replies, lang texts.Lang) repliesBody {
	body := repliesBody{
		Source: found.Source, Employee: found.Employee, Synchronization: found.Synchronization, Status: found.Status,
		Trouble: trouble(found.Trouble, lang), Connection: found.Connection,
		Absences: append([]string{}, found.Absences...), OwnUntil: moment(found.OwnUntil), Next: moment(found.Next),
		NextTry: moment(found.NextTry), Story: []storyLine{},
	}
	if of := found.Standing; of != nil {
		body.Standing = &standingReplyBody{
			Connection: of.Place.Connection, Provider: of.Place.Provider, Mailbox: of.Place.Mailbox,
			From: moment(of.From), Until: moment(of.Until), Absences: append([]string{}, of.Absences...),
		}
	}
	for _, entry := range found.Story {
		body.Story = append(body.Story, story(entry, lang))
	}
	return body
}
