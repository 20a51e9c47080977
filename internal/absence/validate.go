package absence

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The bounds of what is accepted. An absence of 2000 half-days is close to four
// years of working days. An Outlook subject holds 255 characters.
const (
	maxHalfDays = 2000
	maxOff      = 2000
	maxMinutes  = 24 * 60
	maxTitle    = 255
	maxReported = 10
)

// Validate returns nil when the absence can be shown, else what is wrong with
// it: a date that does not exist, a part other than am or pm, minutes outside 0
// to 1440, more than 2000 half-days or days off. At most ten faults are told.
// An empty absence is valid: it shows nothing.
func (a Absence) Validate() error {
	if n := len(a.HalfDays); n > maxHalfDays {
		return fmt.Errorf("halfDays: %d half-days are too many: split the absence, at most %d are accepted", n,
			maxHalfDays)
	}
	if n := len(a.Off); n > maxOff {
		return fmt.Errorf("off: %d days are too many: list only days inside the absence, at most %d", n, maxOff)
	}
	var faults []error
	for i, h := range a.HalfDays {
		if err := h.validate(); err != nil {
			faults = append(faults, fmt.Errorf("halfDays[%d]: %w", i, err))
		}
	}
	for i, d := range a.Off {
		if !d.isReal() {
			faults = append(faults, fmt.Errorf("off[%d]: %w", i, errNoSuchDay(d)))
		}
	}
	return errors.Join(faults[:min(len(faults), maxReported)]...)
}

func (h HalfDay) validate() error {
	var faults []error
	if !h.Date.isReal() {
		faults = append(faults, errNoSuchDay(h.Date))
	}
	if err := h.Part.validate(); err != nil {
		faults = append(faults, err)
	}
	if h.Minutes < 0 || h.Minutes > maxMinutes {
		faults = append(faults, fmt.Errorf("minutes are %d: write 0 for a whole half-day, or 1 to %d", h.Minutes,
			maxMinutes))
	}
	return errors.Join(faults...)
}

func (p Part) validate() error {
	if p != Morning && p != Afternoon {
		return fmt.Errorf("part is %q: write %q or %q", string(p), Morning, Afternoon)
	}
	return nil
}

func errNoSuchDay(d Date) error {
	return fmt.Errorf("there is no day %04d-%02d-%02d: write a date that exists as YYYY-MM-DD", d.Year, int(d.Month),
		d.Day)
}

// Validate returns nil when the policy is complete and sound, else all that is
// wrong, each fault naming the field as it is spelt in JSON and what to write.
func (p Policy) Validate() error {
	return errors.Join(
		validateLabel(p.Label),
		oneOf("wholeDay", p.WholeDay, AllDay, TimeRange),
		p.Hours.validate(),
		oneOf("showPending", p.ShowPending, Free, Tentative, Busy, OutOfOffice, Elsewhere),
		oneOf("showApproved", p.ShowApproved, Free, Tentative, Busy, OutOfOffice, Elsewhere),
		oneOf("ownerEdits", p.OwnerEdits, "", RestoreOwners, RespectOwners),
		oneOf("ownerDeletes", p.OwnerDeletes, "", RestoreOwners, RespectOwners),
		oneOf("language", p.Language, "", French, English),
		oneOf("automaticReplies.audience", p.AutomaticReplies.Audience, "", ReplyNobody, ReplyContacts, ReplyEverybody),
		p.validateRules(),
	)
}

// maxRules bounds the rules of a policy.
const maxRules = 50

func (p Policy) validateRules() error {
	if n := len(p.Rules); n > maxRules {
		return fmt.Errorf("rules: %d rules are too many: write at most %d", n, maxRules)
	}
	var faults []error
	for i, rule := range p.Rules {
		if err := rule.validate(); err != nil {
			faults = append(faults, fmt.Errorf("rules[%d]: %w", i, err))
		}
	}
	return errors.Join(faults[:min(len(faults), maxReported)]...)
}

// validate refuses what would be shown otherwise than it says; the settings' rules,
// which tell the whole of it, are the same and more.
func (r Rule) validate() error {
	faults := []error{
		oneOf("write", r.Write, "", WriteAlways, WriteApproved, WriteNever),
		oneOf("title", r.Title, "", TitleNeutral, TitleType, TitleTemplate),
		oneOf("showPending", r.ShowPending, "", Free, Tentative, Busy, OutOfOffice, Elsewhere),
		oneOf("showApproved", r.ShowApproved, "", Free, Tentative, Busy, OutOfOffice, Elsewhere),
		oneOf("wholeDay", r.WholeDay, "", AllDay, TimeRange),
		oneOf("colour", r.Colour, append([]string{""}, Colours()...)...),
	}
	if len(r.Accounts) == 0 {
		faults = append(faults, errors.New("accounts is empty: write the accounts that the rule is about"))
	}
	if unknown := UnknownReplyPlaceholders(r.ReplyText); len(unknown) > 0 {
		faults = append(faults, fmt.Errorf("replyText has %q: write one of %q", unknown[0], ReplyPlaceholders()))
	}
	if unknown := UnknownPlaceholders(r.Template); len(unknown) > 0 {
		faults = append(faults, fmt.Errorf("template has %q: write one of %q", unknown[0], Placeholders()))
	}
	if r.Title == TitleTemplate && strings.TrimSpace(r.Template) == "" {
		faults = append(faults, errors.New("template is empty: write the title"))
	}
	if r.OutOfOffice != nil && r.Telework != nil {
		faults = append(faults, errors.New("outOfOffice and telework exclude each other: keep one"))
	}
	return errors.Join(faults...)
}

func validateLabel(label string) error {
	switch n := utf8.RuneCountInString(label); {
	case strings.TrimSpace(label) == "":
		return errors.New(`label is empty: write the title events shall have, such as "Absent"`)
	case n > maxTitle:
		return fmt.Errorf("label has %d characters: write at most %d", n, maxTitle)
	case !utf8.ValidString(label):
		return errors.New("label is not valid UTF-8: write it as text")
	case strings.ContainsFunc(label, unicode.IsControl):
		return errors.New("label has a line break, tab or other control character: write it on one line")
	}
	return nil
}

func (h Hours) validate() error {
	clocks := []struct {
		field string
		clock Clock
	}{
		{"hours.morningStart", h.MorningStart}, {"hours.morningEnd", h.MorningEnd},
		{"hours.afternoonStart", h.AfternoonStart}, {"hours.afternoonEnd", h.AfternoonEnd},
	}
	var faults []error
	for _, c := range clocks {
		if !c.clock.isReal() {
			faults = append(faults, fmt.Errorf("%s is not a time of day: write it as HH:MM, from 00:00 to 24:00",
				c.field))
		}
	}
	if len(faults) > 0 {
		return errors.Join(faults...)
	}
	if h.MorningStart >= h.MorningEnd {
		faults = append(faults, fmt.Errorf("hours.morningEnd is %s: write a time after hours.morningStart, %s",
			h.MorningEnd, h.MorningStart))
	}
	if h.MorningEnd > h.AfternoonStart {
		faults = append(faults,
			fmt.Errorf("hours.afternoonStart is %s: write a time no earlier than hours.morningEnd, %s",
				h.AfternoonStart, h.MorningEnd))
	}
	if h.AfternoonStart >= h.AfternoonEnd {
		faults = append(faults, fmt.Errorf("hours.afternoonEnd is %s: write a time after hours.afternoonStart, %s",
			h.AfternoonEnd, h.AfternoonStart))
	}
	return errors.Join(faults...)
}

func oneOf[T ~string](field string, got T, allowed ...T) error {
	if slices.Contains(allowed, got) {
		return nil
	}
	return fmt.Errorf("%s is %q: write one of %q", field, got, allowed)
}

// validateZone accepts the names of the IANA time zone database. The empty name
// and "Local", which Go reads as zones of this machine, are not among them.
func validateZone(zone string) error {
	_, err := time.LoadLocation(zone)
	if zone == "" || zone == "Local" || err != nil {
		return fmt.Errorf("%q is not a time zone: write an IANA name such as Europe/Paris", zone)
	}
	return nil
}
