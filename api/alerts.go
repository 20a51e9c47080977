package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
)

func (s *Server) alertRoutes() {
	const tag, all = "alerts", "/api/v1/alerts"
	const noAlerts = "409 no-alerts where the settings come from a file."
	see, change := s.see(), s.change()
	register(see, operation{
		at: "GET " + all, id: "readAlerts", tag: tag, summary: "Who is told of troubles, and what is wrong now",
		description: noAlerts, answer: "The recipients, without secrets, and the open troubles.", refuses: []int{409},
	}, s.readAlerts)
	register(change, operation{
		at: "PUT " + all, id: "putAlerts", tag: tag, summary: "Say who is told of troubles",
		description: "Replaces all recipients; one with the same name or address is kept. " + noAlerts,
		answer:      "Stored; secrets of new webhooks are told this once.", refuses: []int{409, 422},
		sends: `{"recipients": [{"email": "it@example.com", "language": "en", "digest": true}]}`,
	}, s.putAlerts)
	register(s.group(access.Configure, adminBody, withTimeout(alertsTestTime)), operation{
		at: "POST " + all + "/test", id: "testAlerts", tag: tag, summary: "Send a test message",
		description: noAlerts, answer: "How it went for each recipient.", refuses: []int{404, 409}, optional: true,
		sends: `{}`,
	}, s.testAlerts)
}

// alertsTestTime is how long mail servers and webhooks may keep a caller waiting.
const alertsTestTime = 2 * time.Minute

// recipientBody is a recipient as it is told.
type recipientBody struct {
	Name     string   `json:"name" doc:"Id of the recipient."`
	Email    string   `json:"email,omitempty"`
	Webhook  string   `json:"webhook,omitempty" doc:"For the role consult the server only, since some services have their key in the rest."`
	Language string   `json:"language" enum:"fr,en"`
	Kinds    []string `json:"kinds,omitempty" doc:"Kinds of trouble that are told; all where it is missing."`
	Digest   bool     `json:"digest" doc:"One message a day besides, with all that is open."`
	Quiet    string   `json:"quiet,omitempty" doc:"Two times of day between which only urgent troubles are told."`
	Zone     string   `json:"zone,omitempty" doc:"IANA time zone of the quiet hours; that of the first synchronization where it is missing."`
	Secret   string   `json:"secret,omitempty" doc:"Signs what is sent to the webhook: told once, when it is made."`
}

// openTroubleBody is an open trouble.
type openTroubleBody struct {
	Kind            settings.TroubleKind `json:"kind"`
	Synchronization string               `json:"synchronization,omitempty"`
	Connection      string               `json:"connection,omitempty"`
	Source          string               `json:"source,omitempty"`
	Token           string               `json:"token,omitempty" doc:"Id of an API token."`
	Count           int                  `json:"count,omitempty" doc:"Absences, differences, events or days."`
	Since           time.Time            `json:"since"`
}

// alertsBody is what there is to see of alerts.
type alertsBody struct {
	Recipients []recipientBody   `json:"recipients"`
	Troubles   []openTroubleBody `json:"troubles" doc:"What is wrong now, the oldest first."`
	Mail       bool              `json:"mail" doc:"There is a mail server."`
}

func recipient(r settings.Recipient) recipientBody {
	return recipientBody{
		Name: r.Name, Email: r.Email, Webhook: r.Webhook, Language: r.Language, Kinds: r.Kinds, Digest: r.Digest,
		Quiet: r.Quiet, Zone: r.Zone,
		Secret: r.Secret.Reveal(),
	}
}

func (s *Server) readAlerts(ctx context.Context, _ *None) (*answer[alertsBody], error) {
	view, err := s.config.Alerts.View(ctx)
	for i, one := range view.Recipients {
		view.Recipients[i].Secret = ""
		if one.Webhook != "" && !principal(ctx).Role.Allows(access.Configure) {
			view.Recipients[i].Webhook = one.Place()
		}
	}
	return answered(alertsOf(view), alertsError(err))
}

func alertsOf(view admin.AlertsView) alertsBody {
	body := alertsBody{Recipients: []recipientBody{}, Troubles: []openTroubleBody{}, Mail: view.Mail}
	for _, r := range view.Recipients {
		body.Recipients = append(body.Recipients, recipient(r))
	}
	for _, t := range view.Open {
		one := openTroubleBody{Kind: t.Kind, Count: t.Count, Since: t.Since}
		switch t.About {
		case "synchronization":
			one.Synchronization = t.Name
		case "connection":
			one.Connection = t.Name
		case "source":
			one.Source = t.Name
		case "token":
			one.Token = t.Name
		}
		body.Troubles = append(body.Troubles, one)
	}
	return body
}

func alertsError(err error) error {
	if errors.Is(err, admin.ErrNoAlerts) {
		return refused(http.StatusConflict, "no-alerts")
	}
	return err
}

// recipientInput is a recipient as it is asked for.
type recipientInput struct {
	Name      string   `json:"name,omitempty" doc:"Id of the recipient; left out for a new one."`
	Email     string   `json:"email,omitempty" doc:"E-mail address; either this or webhook."`
	Webhook   string   `json:"webhook,omitempty" doc:"https address that alerts are posted to."`
	Language  string   `json:"language,omitempty" doc:"fr or en; fr where it is missing."`
	Kinds     []string `json:"kinds,omitempty" doc:"Kinds of trouble that are told; all where it is missing."`
	Digest    bool     `json:"digest,omitempty" doc:"One message a day besides, with all that is open."`
	Quiet     string   `json:"quiet,omitempty" doc:"Two times of day such as 20:00-07:00, between which only urgent troubles are told; the rest comes in one message when they end."`
	Zone      string   `json:"zone,omitempty" doc:"IANA time zone of the quiet hours; that of the first synchronization where it is missing."`
	NewSecret bool     `json:"newSecret,omitempty" doc:"Make a new secret for the webhook."`
	Secret    string   `json:"secret,omitempty" readOnly:"true" doc:"Told in answers; in a body it changes nothing."`
}

// alertsInput are the recipients as they are asked for.
type alertsInput struct {
	Recipients []recipientInput  `json:"recipients" doc:"All recipients."`
	Troubles   []openTroubleBody `json:"troubles,omitempty" readOnly:"true" doc:"Told in answers; in a body it changes nothing."`
	Mail       bool              `json:"mail,omitempty" readOnly:"true" doc:"Told in answers; in a body it changes nothing."`
}

// recipientsBody is a body with a list of records, which body does not read.
type recipientsBody struct{ body[alertsInput] }

// Schema implements huma.SchemaProvider.
func (recipientsBody) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[alertsInput](), true, "AlertsInput")
}

func (b recipientsBody) decode() (input alertsInput, err error) {
	switch err := b.whole(); {
	case err != nil:
		return input, err
	case b.empty():
		return input, refused(http.StatusBadRequest, "bad-body.empty")
	case !utf8.Valid(b.data):
		return input, refused(http.StatusBadRequest, "bad-encoding")
	}
	decoder := json.NewDecoder(bytes.NewReader(b.data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&input); err != nil {
		return input, refused(http.StatusBadRequest, "bad-body.not-json", "at",
			strconv.FormatInt(decoder.InputOffset(), 10))
	}
	if decoder.More() || input.Recipients == nil {
		return input, refused(http.StatusBadRequest, "bad-body.recipients")
	}
	return input, nil
}

func (s *Server) putAlerts(ctx context.Context, in *struct {
	Spoken
	Body recipientsBody
}) (*answer[alertsBody], error) {
	input, err := in.Body.decode()
	if err != nil {
		return nil, err
	}
	var wanted []admin.RecipientInput
	for _, r := range input.Recipients {
		wanted = append(wanted, admin.RecipientInput{NewSecret: r.NewSecret, Recipient: settings.Recipient{
			Name: r.Name, Email: r.Email, Webhook: r.Webhook, Language: r.Language, Kinds: r.Kinds, Digest: r.Digest,
			Quiet: r.Quiet, Zone: r.Zone,
		}})
	}
	made, err := s.config.Alerts.Put(ctx, author(ctx), wanted)
	if err != nil {
		return nil, alertsError(err)
	}
	view, err := s.config.Alerts.View(ctx)
	view.Recipients = made
	return answered(alertsOf(view), alertsError(err))
}

// testInput chooses a recipient.
type testInput struct {
	Recipient string `json:"recipient,omitempty" doc:"Id of a recipient; all where it is missing."`
}

// testedBody is how a test message went.
type testedBody struct {
	Recipient string `json:"recipient"`
	Sent      bool   `json:"sent"`
	Failure   string `json:"failure,omitempty" doc:"What the mail server or the webhook answered, in English."`
}

func (s *Server) testAlerts(ctx context.Context, in *struct {
	Spoken
	Body body[testInput]
}) (*answer[list[testedBody]], error) {
	var input testInput
	if _, err := in.Body.into(&input); err != nil {
		return nil, err
	}
	all, err := s.config.Alerts.Test(ctx, author(ctx), input.Recipient)
	if errors.Is(err, settings.ErrNotFound) {
		return nil, refused(http.StatusNotFound, "unknown-recipient")
	}
	return listed(all, alertsError(err), func(t admin.Tested) testedBody {
		return testedBody{Recipient: t.Recipient, Sent: t.Failure == "", Failure: t.Failure}
	})
}
