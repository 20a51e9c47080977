package pages

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

var showsAs = []string{string(absence.Tentative), string(absence.OutOfOffice), string(absence.Busy),
	string(absence.Elsewhere), string(absence.Free)}

// synchronizationForm is the form of a stored synchronization.
func synchronizationForm(view admin.SynchronizationView) *form {
	f := newForm(view.Version)
	policy := view.Policy
	f.Set("name", view.Name)
	f.Set("title", view.Title)
	f.Set("source", view.Source)
	f.Set("connection", view.Connection)
	f.Set("fallback", strings.Join(view.Fallback, ", "))
	f.Set("legalEntities", view.LegalEntities...)
	f.Set("zone", view.Zone)
	f.Set("confirmAbove", strconv.Itoa(view.ConfirmAbove))
	limits := workflows.Limits(view.Breaker).OrDefault()
	f.Set("breaker.deletions", strconv.Itoa(limits.Deletions))
	f.Set("breaker.deletionPercent", strconv.Itoa(limits.DeletionPercent))
	f.Set("breaker.changes", strconv.Itoa(limits.Changes))
	f.Set("breaker.changePercent", strconv.Itoa(limits.ChangePercent))
	f.SetBool("reconciliation.off", view.Reconciliation.Off)
	f.Set("reconciliation.window", view.Reconciliation.Window)
	f.SetBool("reconciliation.reportOnly", view.Reconciliation.ReportOnly)
	f.Set("watch.mailbox", view.Watch.Mailbox)
	f.Set("watch.every", string(cmp.Or(view.Watch.Every, settings.WatchHourly)))
	f.Set("exclude", strings.Join(view.Exclude, ", "))
	f.Set("hideType", strings.Join(view.HideType, ", "))
	f.Set("addresses", addressesText(view.Addresses))
	f.Set("policy.label", policy.Label)
	f.Set("policy.showType", map[bool]string{true: "yes", false: "no"}[policy.ShowType])
	f.Set("policy.wholeDay", string(policy.WholeDay))
	f.Set("policy.hours.morningStart", policy.Hours.MorningStart.String())
	f.Set("policy.hours.morningEnd", policy.Hours.MorningEnd.String())
	f.Set("policy.hours.afternoonStart", policy.Hours.AfternoonStart.String())
	f.Set("policy.hours.afternoonEnd", policy.Hours.AfternoonEnd.String())
	f.Set("policy.showPending", string(policy.ShowPending))
	f.Set("policy.showApproved", string(policy.ShowApproved))
	f.SetBool("policy.private", policy.Private)
	f.SetBool("policy.confirmReveals", policy.ConfirmReveals)
	f.Set("policy.pendingMark", policy.PendingMark)
	f.Set("policy.ownerEdits", string(cmp.Or(policy.OwnerEdits, absence.RestoreOwners)))
	f.Set("policy.ownerDeletes", string(cmp.Or(policy.OwnerDeletes, absence.RestoreOwners)))
	f.SetBool("policy.removeLeavers", policy.RemoveLeavers)
	f.Set("policy.language", string(cmp.Or(policy.Language, absence.French)))
	setReplies(f, policy.AutomaticReplies)
	setRules(f, policy.Rules)
	return f
}

// The paths of the fields of automatic replies.
const (
	repliesEnabled  = "policy.automaticReplies.enabled"
	repliesInside   = "policy.automaticReplies.inside"
	repliesOutside  = "policy.automaticReplies.outside"
	repliesAudience = "policy.automaticReplies.audience"
)

func setReplies(f *form, replies absence.AutomaticReplies) {
	f.SetBool(repliesEnabled, replies.Enabled)
	f.Set(repliesInside, replies.Inside)
	f.Set(repliesOutside, replies.Outside)
	f.Set(repliesAudience, string(cmp.Or(replies.Audience, absence.ReplyNobody)))
}

// repliesOf is what a form says of automatic replies; that nobody outside is answered,
// which counts where nothing is said, is not said.
func repliesOf(f *form) absence.AutomaticReplies {
	replies := absence.AutomaticReplies{
		Enabled: f.Bool(repliesEnabled), Inside: linesOf(f.Get(repliesInside)), Outside: linesOf(f.Get(repliesOutside)),
		Audience: absence.ReplyAudience(f.Get(repliesAudience)),
	}
	if replies.Audience == absence.ReplyNobody {
		replies.Audience = ""
	}
	return replies
}

// linesOf is a text of several lines as it is kept: browsers end each with \r\n.
func linesOf(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// synchronizationOf is what a form says.
func synchronizationOf(f *form) settings.Synchronization {
	clock := func(path string) absence.Clock {
		typed := f.Get(path)
		parsed, err := absence.ParseClock(typed)
		switch {
		case typed == "":
			f.Problems = append(f.Problems, settings.Problem{Field: path, Code: settings.CodeRequired})
		case err != nil:
			f.Problems = append(f.Problems, settings.Problem{Field: path, Code: settings.CodeBadClock})
		}
		return parsed
	}
	value := settings.Synchronization{
		Name: f.Get("name"), Title: f.Get("title"), Source: f.Get("source"), Connection: f.Get("connection"),
		Fallback:      idsOf(f.All("fallback")),
		LegalEntities: idsOf(f.All("legalEntities")), Zone: f.Get("zone"),
		Exclude: idsOf(f.All("exclude")), HideType: idsOf(f.All("hideType")), Addresses: addressesIn(f),
		Reconciliation: settings.Nightly{
			Off: f.Bool("reconciliation.off"), Window: f.Get("reconciliation.window"),
			ReportOnly: f.Bool("reconciliation.reportOnly"),
		},
		Watch: watchOf(f), Breaker: breakerOf(f), ConfirmAbove: settings.DefaultConfirmAbove,
		Policy: absence.Policy{
			Label: f.Get("policy.label"), ShowType: f.Get("policy.showType") == "yes",
			WholeDay: absence.WholeDay(f.Get("policy.wholeDay")),
			Hours: absence.Hours{
				MorningStart: clock("policy.hours.morningStart"), MorningEnd: clock("policy.hours.morningEnd"),
				AfternoonStart: clock("policy.hours.afternoonStart"), AfternoonEnd: clock("policy.hours.afternoonEnd"),
			},
			ShowPending:  absence.ShowAs(f.Get("policy.showPending")),
			ShowApproved: absence.ShowAs(f.Get("policy.showApproved")),
			Private:      f.Bool("policy.private"), ConfirmReveals: f.Bool("policy.confirmReveals"),
			PendingMark: f.Get("policy.pendingMark"),
			OwnerEdits:  ownerChangesOf(f, "policy.ownerEdits"), OwnerDeletes: ownerChangesOf(f, "policy.ownerDeletes"),
			RemoveLeavers: f.Bool("policy.removeLeavers"),
			Language:      languageOf(f), AutomaticReplies: repliesOf(f), Rules: rulesOf(f),
		},
	}
	if f.Get("confirmAbove") != "" {
		value.ConfirmAbove = f.Int("confirmAbove")
	}
	return value
}

// watchOf is what a form says of the synthetic absence; hourly, which counts where nothing
// is said, is not said.
func watchOf(f *form) settings.Watch {
	watch := settings.Watch{Mailbox: f.Get("watch.mailbox"), Every: settings.WatchEvery(f.Get("watch.every"))}
	if watch.Every == settings.WatchHourly || watch.Mailbox == "" {
		watch.Every = ""
	}
	return watch
}

// breakerOf is what a form says of the circuit breaker; a default is not said.
func breakerOf(f *form) settings.BreakerLimits {
	other := func(path string, standard int) int {
		if f.Get(path) == "" {
			return 0
		}
		if typed := f.Int(path); typed != standard {
			return typed
		}
		return 0
	}
	limits := workflows.DefaultLimits
	return settings.BreakerLimits{
		Deletions:       other("breaker.deletions", limits.Deletions),
		DeletionPercent: other("breaker.deletionPercent", limits.DeletionPercent),
		Changes:         other("breaker.changes", limits.Changes),
		ChangePercent:   other("breaker.changePercent", limits.ChangePercent),
	}
}

// idsOf are the ticked ones, and those that were typed, each once.
func idsOf(texts []string) []string {
	var ids []string
	for _, text := range texts {
		for id := range strings.FieldsFuncSeq(text,
			func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\t' }) {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// ownerChangesOf is what a form says of owners' changes; to restore them, which counts
// where nothing is said, is not said.
func ownerChangesOf(f *form, path string) absence.OwnerChanges {
	value := absence.OwnerChanges(f.Get(path))
	if value == absence.RestoreOwners {
		return ""
	}
	return value
}

// languageOf is the language of titles; French, which counts where nothing is said, is
// not said.
func languageOf(f *form) absence.Language {
	language := absence.Language(f.Get("policy.language"))
	if language == absence.French {
		return ""
	}
	return language
}
