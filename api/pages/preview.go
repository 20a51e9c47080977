package pages

import (
	"net/http"
	"strconv"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// previewPage is what a calendar will show.
type previewPage struct {
	Provider calendars.Provider
	// Calendar is the provider's name in words.
	Calendar string
	// Wait says why there is nothing to show, "" when there is.
	Wait              string
	Pending, Approved previewState
	Samples           []previewSample
	// Colleagues say who sees what.
	Colleagues []string
	// Rules say what absences of each rule look like.
	Rules []ruleSample
	// Reveals say beside each rule of the form what its titles tell.
	Reveals []ruleReveals
	// Reply is what mail is answered during the longest example, nil for nothing.
	Reply *absence.Reply
}

// previewState is how absences look in one of their states.
type previewState struct {
	// Code is "pending" or "approved".
	Code  string
	Weeks []drawnWeek
}

// previewSample is one example in words.
type previewSample struct{ Code, Pending, Approved string }

// previewOf computes what the settings in a form would show.
func (s *site) previewOf(r *http.Request, f *form) *previewPage {
	loc := s.loc(r)
	typed := *f
	typed.Problems = nil         // of this form they are told at its fields
	reveals := revealsOf(loc, f) // before the rules of the form are put into their order
	value := synchronizationOf(&typed)
	p := &previewPage{Provider: calendars.Providers()[0], Wait: loc.T("preview.wait"), Reveals: reveals}
	connection, err := s.config.Admin.Connection(r.Context(), value.Connection)
	if err != nil {
		p.Wait = loc.T("preview.noConnection")
		return p
	}
	p.Provider, p.Calendar = connection.Provider, texts.Provider(loc.Lang, string(connection.Provider))
	if typed.Bad() {
		return p
	}
	samples, err := s.config.Admin.Preview(r.Context(), value)
	if err != nil || len(samples) == 0 {
		return p
	}
	p.fill(loc, value, samples)
	for i, rule := range value.Policy.Rules {
		if ofRule, err := s.config.Admin.PreviewRule(r.Context(), value, i); err == nil {
			p.Rules = append(p.Rules, ruleSampleOf(loc, p.Provider, rule, ofRule))
		}
	}
	return p
}

// replySample is the automatic reply during an example.
func replySample(policy absence.Policy, sample admin.Sample) *absence.Reply {
	if len(sample.Approved) == 0 {
		return nil
	}
	policy.Rules = nil
	first := sample.Approved[0].Start.Date
	week, err := absence.FromPeriod(first, absence.Morning, first.AddDays(4), absence.Afternoon, true)
	if err != nil {
		return nil
	}
	for _, reply := range absence.Replies([]absence.Absence{week}, policy) {
		return &reply
	}
	return nil
}

// sampleDays are how many days an example is moved in the drawing, so that those
// of one day do not lie on each other.
var sampleDays = map[string]int{"whole-day": 0, "morning": 2, "afternoon": 4}

func (p *previewPage) fill(loc texts.Localizer, value settings.Synchronization, samples []admin.Sample) {
	p.Wait = ""
	p.Pending.Code, p.Approved.Code = "pending", "approved"
	var pending, approved [2][]absence.Event // of a day, and longer ones
	for _, sample := range samples {
		days, short := sampleDays[sample.Code]
		row := 1
		if short {
			row = 0
		}
		pending[row] = append(pending[row], moved(sample.Pending, days)...)
		approved[row] = append(approved[row], moved(sample.Approved, days)...)
		p.Samples = append(p.Samples, previewSample{
			Code: sample.Code, Pending: timesOf(loc, sample.Pending), Approved: timesOf(loc, sample.Approved),
		})
	}
	for row := range pending {
		p.Pending.Weeks = append(p.Pending.Weeks, drawWeeks(loc, p.Provider, pending[row])...)
		p.Approved.Weeks = append(p.Approved.Weeks, drawWeeks(loc, p.Provider, approved[row])...)
	}
	for _, state := range []previewState{p.Pending, p.Approved} {
		for i := range state.Weeks {
			state.Weeks[i].ID = state.Code + "-" + strconv.Itoa(i)
		}
	}
	p.Reply = replySample(value.Policy, samples[len(samples)-1])
	p.Colleagues = colleagues(loc, p.Provider, value.Policy, samples)
}

func moved(events []absence.Event, days int) []absence.Event {
	shifted := make([]absence.Event, len(events))
	for i, event := range events {
		event.Start.Date, event.End.Date = event.Start.Date.AddDays(days), event.End.Date.AddDays(days)
		shifted[i] = event
	}
	return shifted
}

func timesOf(loc texts.Localizer, events []absence.Event) string {
	text := ""
	for i, event := range events {
		if i > 0 {
			text += ", "
		}
		text += eventTimes(loc, event)
	}
	return text
}

// colleagues tell what others see of a policy.
func colleagues(loc texts.Localizer, provider calendars.Provider, policy absence.Policy,
	samples []admin.Sample) []string {
	said := func(value absence.ShowAs) string {
		return loc.T("preview.showAs." + string(calendars.ShowsAs(provider, value)))
	}
	lines := []string{
		loc.T("preview.colleagues.pending", "status", said(policy.ShowPending)),
		loc.T("preview.colleagues.approved", "status", said(policy.ShowApproved)),
	}
	title := policy.Label
	if len(samples) > 0 && len(samples[0].Approved) > 0 {
		title = samples[0].Approved[0].Title
	}
	switch {
	case policy.Private:
		lines = append(lines, loc.First("preview.colleagues.private."+string(provider), "preview.colleagues.private"))
	case policy.ShowType:
		lines = append(lines, loc.T("preview.colleagues.type", "title", title))
	default:
		lines = append(lines, loc.T("preview.colleagues.title", "title", title))
	}
	if policy.ShowApproved == absence.Free || policy.ShowPending == absence.Free {
		lines = append(lines, loc.T("preview.colleagues.free"))
	}
	if calendars.ShowsAs(provider, absence.Tentative) != absence.Tentative {
		lines = append(lines, loc.T("preview.no-tentative", "calendar", texts.Provider(loc.Lang, string(provider))))
	}
	return lines
}

// synchronizationPreview is the piece that follows what is typed.
func (s *site) synchronizationPreview(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	return s.fragment(w, r, "preview-piece", s.previewOf(r, f))
}
