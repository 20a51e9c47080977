package admin

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/figgosync/figgosync/internal/alerts"
	"github.com/figgosync/figgosync/internal/settings"
)

// ErrNoAlerts is returned where the settings come from a file: nothing is told then.
var ErrNoAlerts = errors.New("there are no alerts: the settings come from a file")

// Alerts are the recipients of alerts and what they are told.
type Alerts struct {
	Service *Service
	// Notifier is nil where the settings come from a file.
	Notifier *alerts.Alerts
}

// AlertsView is all there is to see of alerts. Recipients have no secrets.
type AlertsView struct {
	Recipients []settings.Recipient
	Open       []alerts.Open
	// Mail tells whether there is a mail server.
	Mail bool
}

// View reads recipients and open troubles.
func (a *Alerts) View(ctx context.Context) (AlertsView, error) {
	if a == nil || a.Notifier == nil {
		return AlertsView{}, ErrNoAlerts
	}
	recipients, err := a.Service.config.Settings.Recipients(ctx)
	if err != nil {
		return AlertsView{}, err
	}
	open, err := a.Notifier.Open(ctx)
	return AlertsView{Recipients: recipients, Open: open, Mail: a.Notifier.HasMail()}, err
}

// RecipientInput is a recipient as it is asked for.
type RecipientInput struct {
	settings.Recipient
	// NewSecret asks for a new secret of a webhook.
	NewSecret bool
}

// Put makes these the recipients, in place of all there were. One without a name is the
// one with the same address, or a new one. It returns them, with the secrets that were
// made by it and by no other call. Errors: *settings.InvalidError, whose fields begin
// with "recipients.0."; settings.ErrChanged where somebody else changed them meanwhile;
// ErrNoAlerts.
func (a *Alerts) Put(ctx context.Context, by settings.Author, wanted []RecipientInput) (
	made []settings.Recipient, err error) {
	if a == nil || a.Notifier == nil {
		return nil, ErrNoAlerts
	}
	editor, ok := a.Service.config.Editor.(settings.BatchEditor)
	if !ok {
		return nil, ErrNoAlerts
	}
	if len(wanted) > settings.MaxRecipients {
		return nil, invalid("recipients", settings.CodeTooMany, "limit", strconv.Itoa(settings.MaxRecipients))
	}
	// Whatever was changed meanwhile, it need not have been a recipient.
	err = tryAgain(func() (err error) {
		made, err = a.put(ctx, editor, by, wanted)
		return err
	})
	return made, err
}

// put makes wanted the recipients, or returns settings.ErrChanged where any of the
// settings was changed since they were read.
func (a *Alerts) put(ctx context.Context, editor settings.BatchEditor, by settings.Author,
	wanted []RecipientInput) ([]settings.Recipient, error) {
	contents, err := editor.Contents(ctx)
	if err != nil {
		return nil, err
	}
	edits, made, problems := a.edits(contents.Recipients, wanted)
	if len(problems) > 0 {
		return nil, &settings.InvalidError{Problems: problems}
	}
	if err := editor.Edit(ctx, by, contents.Revision, edits); err != nil {
		return nil, err
	}
	return made, nil
}

// edits are the changes from what there is to what is wanted.
func (a *Alerts) edits(
	old []settings.Record[settings.Recipient], wanted []RecipientInput,
) (edits []settings.Edit, made []settings.Recipient, problems []settings.Problem) {
	taken := map[string]bool{}
	for i, input := range wanted {
		r, before := matched(old, input.Recipient, taken)
		r = r.WithDefaults()
		problems = append(problems, a.problemsOf("recipients."+strconv.Itoa(i)+".", r)...)
		if r.Webhook != "" && before.Value.Webhook == r.Webhook && !input.NewSecret {
			r.Secret = before.Value.Secret
		}
		shown := r.WithSecret()
		edits = append(edits, settings.Edit{
			Kind: settings.KindRecipient, Name: r.Name, Version: before.Version, Recipient: new(shown),
		})
		if shown.Secret == r.Secret {
			shown.Secret = ""
		}
		made = append(made, shown)
		taken[r.Name] = true
	}
	for _, before := range old {
		if !taken[before.Value.Name] {
			edits = append(edits, settings.Edit{
				Kind: settings.KindRecipient, Name: before.Value.Name, Version: before.Version, Remove: true,
			})
		}
	}
	return edits, made, problems
}

// matched gives a recipient its name, and finds the record it replaces.
func matched(
	old []settings.Record[settings.Recipient], r settings.Recipient, taken map[string]bool,
) (settings.Recipient, settings.Record[settings.Recipient]) {
	at := slices.IndexFunc(old, func(o settings.Record[settings.Recipient]) bool {
		v := o.Value
		if r.Name != "" {
			return v.Name == r.Name
		}
		return !taken[v.Name] && strings.EqualFold(v.Email, r.Email) && v.Webhook == r.Webhook
	})
	if at >= 0 {
		r.Name = old[at].Value.Name
		return r, old[at]
	}
	if r.Name == "" {
		r.Name = "r-" + strings.ReplaceAll(uuid.NewString(), "-", "")[:12]
	}
	return r, settings.Record[settings.Recipient]{}
}

// problemsOf tells what is wrong with a recipient; prefix goes before its fields.
func (a *Alerts) problemsOf(prefix string, r settings.Recipient) []settings.Problem {
	problems := settings.ValidateRecipient(r, a.Service.rules())
	err := a.Service.refused(problems, []address{{"webhook", r.Webhook}}, nil)
	if found, ok := errors.AsType[*settings.InvalidError](err); ok {
		problems = found.Problems
	}
	for i := range problems {
		problems[i].Field = prefix + problems[i].Field
	}
	return problems
}

// Tested is how a test message to a recipient went. Failure is "" where it was sent.
type Tested struct {
	Recipient string
	Failure   string
	// NoMail says that there is no mail server.
	NoMail bool
}

// Test sends a test message to the recipient of the name, or to all for "".
func (a *Alerts) Test(ctx context.Context, by settings.Author, name string) ([]Tested, error) {
	view, err := a.View(ctx)
	if err != nil {
		return nil, err
	}
	all := []Tested{}
	for _, r := range view.Recipients {
		if name != "" && r.Name != name {
			continue
		}
		one := Tested{Recipient: r.Name}
		if err := a.Notifier.Test(ctx, r); err != nil {
			one.Failure, one.NoMail = err.Error(), errors.Is(err, alerts.ErrNoMail)
		}
		a.Service.note(ctx, by, settings.ActionChecked, settings.KindRecipient, r.Name)
		all = append(all, one)
	}
	if name != "" && len(all) == 0 {
		return nil, settings.ErrNotFound
	}
	return all, nil
}
