package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/converter"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/api"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/worker"
	"github.com/figgosync/figgosync/workflows"
)

type checkFlags struct {
	Common
	Mailbox string
	Probe   bool
	Local   bool
	JSON    bool
	Lang    string
}

func checkCommand() *cobra.Command {
	var flags checkFlags
	command := &cobra.Command{
		Use:   "check CONNECTION",
		Short: "Check a connection step by step, and tell what to do",
		Long: "check tries a connection of the settings on one mailbox: address, TLS, credentials, right, mailbox, and with\n" +
			"--probe it writes an event and removes it. A failed step tells its one meaning and what to do.\n\n" +
			"It runs in a worker, where the network is; with --local in this process, without Temporal.\n" +
			"Exit code: 0 all is well, 2 a step failed, 1 it could not check.",
		Example: "  figgosync check headquarters --mailbox jane.doe@example.com --local\n" +
			"  figgosync check headquarters --mailbox jane.doe@example.com --probe --lang fr",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runCheck(c, args[0], flags) },
	}
	f := command.Flags()
	flags.Bind(f)
	flags.Settings.BindDataDir(f)
	flags.LogLevel = "warn"
	f.Lookup("log-level").DefValue = "warn"
	f.StringVar(&flags.Mailbox, "mailbox", "", "e-mail `address` of the mailbox to check with (required)")
	f.BoolVar(&flags.Probe, "probe", false, "also write an event (a year ahead, shown as free) and remove it")
	f.BoolVar(&flags.Local, "local", false, "check from this process, without Temporal and without a worker")
	f.BoolVar(&flags.JSON, "json", false, "print the API's answer as JSON")
	f.StringVar(&flags.Lang, "lang", "", "`language` of the explanations, fr or en; default by LANG")
	return command
}

// exitStatus ends the process with a code when everything is said already.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// stepFailed is the exit status for a check that found something.
const stepFailed exitStatus = 2

func runCheck(c *cobra.Command, name string, flags checkFlags) error {
	lang, err := language(flags.Lang)
	if err != nil {
		return err
	}
	if !api.IsMailbox(flags.Mailbox) {
		return errors.New("--mailbox must be the e-mail address of a mailbox to check with")
	}
	log, opened, err := flags.Begin(c.Context())
	if err != nil {
		return err
	}
	defer opened.Close()
	connection, err := findConnection(c.Context(), opened.Store, name)
	if err != nil {
		return err
	}
	replies, err := settings.HasReplies(c.Context(), opened.Store, name)
	if err != nil {
		return err
	}
	request := workflows.CheckRequest{Connection: name, Provider: string(connection.Provider), Mailbox: flags.Mailbox,
		Probe: flags.Probe, AutoReplies: replies}
	result, err := flags.check(c.Context(), opened, connection, request, log)
	if err != nil {
		return err
	}
	report := api.NewCheckReport(name, result.Steps, lang)
	if flags.JSON {
		err = json.NewEncoder(c.OutOrStdout()).Encode(report)
	} else {
		err = printReport(c.OutOrStdout(), report, connection.Provider, lang)
	}
	if err == nil && !report.OK {
		err = stepFailed
	}
	return err
}

func language(text string) (texts.Lang, error) {
	switch text {
	case "fr", "en":
		return texts.Lang(text), nil
	case "":
		for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} { // the first that is set counts
			if value := os.Getenv(name); value != "" {
				if strings.HasPrefix(value, "fr") {
					return texts.French, nil
				}
				break
			}
		}
		return texts.English, nil
	}
	return "", fmt.Errorf("--lang %q: write fr or en", text)
}

func findConnection(ctx context.Context, store settings.Store, name string) (settings.Connection, error) {
	connection, err := store.Connection(ctx, name)
	if !errors.Is(err, settings.ErrNotFound) {
		return connection, err
	}
	all, err := store.Connections(ctx)
	if err != nil {
		return connection, err
	}
	var names []string
	for _, one := range all {
		names = append(names, one.Name)
	}
	return connection, fmt.Errorf("the settings have no connection %q; they have: %s", name, strings.Join(names, ", "))
}

func (f checkFlags) check(ctx context.Context, opened *Opened, connection settings.Connection,
	request workflows.CheckRequest, log *slog.Logger) (workflows.CheckResult, error) {
	ctx, cancel := context.WithTimeout(ctx, workflows.CheckTime+20*time.Second)
	defer cancel()
	if f.Local {
		outside := worker.Outside{AllowInsecure: f.AllowInsecure, AllowPrivate: f.AllowPrivate,
			SignIns: opened.SignIns()}
		here := &activities.Activities{Checkers: localChecker{connection, outside, log}, Log: log}
		return here.CheckConnection(ctx, request)
	}
	temporal, codec, err := f.Connect(ctx, opened, log)
	if err != nil {
		return workflows.CheckResult{}, fmt.Errorf("%w\nwith --local the check needs neither Temporal nor a worker",
			err)
	}
	defer temporal.Close()
	result, err := starter.New(temporal, codec).CheckConnection(ctx, request)
	if errors.Is(err, converter.ErrEncodingIsNotSupported) {
		err = errors.New("the check was made, but its answer is encrypted: name the worker's keyset with --payload-keyset")
	}
	return result, err
}

// localChecker opens the connection in this process.
type localChecker struct {
	connection settings.Connection
	outside    worker.Outside
	log        *slog.Logger
}

// Checker implements activities.Checkers.
func (l localChecker) Checker(context.Context, string) (calendars.Checker, func(), error) {
	calendar, err := l.outside.Open(l.connection, l.log)
	if err != nil {
		return nil, nil, err
	}
	return calendar, calendar.Close, nil
}

// printReport writes a line a step, and what to do below a failed one.
func printReport(w io.Writer, report api.CheckReport, provider calendars.Provider, lang texts.Lang) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s\n", report.Connection, texts.Provider(lang, string(provider)))
	for _, step := range report.Steps {
		title := texts.CheckStep(step.Name).In(lang)
		line := fmt.Sprintf("  %s %s%s  %s", mark(step), title,
			strings.Repeat(" ", max(0, 18-utf8.RuneCountInString(title))), remark(step, lang))
		out.WriteString(strings.TrimRight(line, " ") + "\n")
		if step.What != "" {
			fmt.Fprintf(&out, "      %s (%s)\n    → %s\n", step.What, step.Finding, step.Do)
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func mark(step api.CheckReportStep) string {
	switch {
	case step.Outcome == "failed":
		return "✗"
	case step.Outcome == "skipped":
		return "–"
	case step.Finding != "":
		return "!"
	}
	return "✓"
}

func remark(step api.CheckReportStep, lang texts.Lang) string {
	parts := []string{}
	if step.Outcome == "skipped" {
		parts = append(parts, texts.CheckOutcome(step.Outcome).In(lang))
	}
	if step.Detail != "" {
		parts = append(parts, step.Detail)
	}
	if step.Outcome != "skipped" && step.Millis > 0 {
		parts = append(parts, fmt.Sprintf("%d ms", step.Millis))
	}
	return strings.Join(parts, "; ")
}
