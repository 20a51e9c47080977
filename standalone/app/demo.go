package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/figgosync/figgosync/cmd/command"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/standalone/cluster"
)

// DemoOptions are Options with a sandbox beside.
type DemoOptions struct {
	Options
	Sandbox string
	NoPlay  bool
}

// DemoCommand is `figgosync-standalone demo`.
func DemoCommand() *cobra.Command {
	options := DemoOptions{Options: Options{Token: settings.DemoToken}}
	demo := &cobra.Command{
		Use:   "demo",
		Short: "Run everything with the sandbox and a small company, and play an absence",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			log, err := options.Logger()
			if err != nil {
				return err
			}
			return Demo(c.Context(), options, log, c.OutOrStdout())
		},
	}
	options.bind(demo.Flags(), "figgosync-demo")
	options.LogLevel = "warn"
	demo.Flags().Lookup("log-level").DefValue = "warn"
	demo.Flags().StringVar(&options.Sandbox, "sandbox-listen", "127.0.0.1:9090", "`address` of the sandbox")
	demo.Flags().BoolVar(&options.NoPlay, "no-play", false, "do not play an absence at the start")
	return demo
}

// Demo runs everything with a sandbox until ctx ends. It writes the settings file
// of the rehearsal company into the data directory.
func Demo(ctx context.Context, options DemoOptions, log *slog.Logger, out io.Writer) error {
	unlock, err := cluster.Lock(options.DataDir)
	if err != nil {
		return err
	}
	options.unlock = unlock
	if err := options.startAnew(); err != nil {
		unlock()
		return err
	}
	world, err := command.StartSandbox(options.Sandbox, "http://"+options.Listen, options.Access.AllowedHosts, log)
	if err != nil {
		unlock()
		return err
	}
	defer world.Close()
	// A figgosync.yaml that happens to be here is not the demo's.
	options.Settings.DatabaseURL = options.database()
	options.AllowInsecure, options.sandbox = true, world.URL+"/sandbox"
	options.prepare = func(ctx context.Context, opened *command.Opened) error {
		return command.ImportDemo(ctx, opened, world.Credentials())
	}
	if options.PublicURL == "" {
		options.PublicURL = "http://" + options.Listen
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return world.Wait(ctx) })
	group.Go(func() error {
		return Up(ctx, options.Options, log, func(u *Running) { go playDemo(ctx, u, world.URL, !options.NoPlay, out) })
	})
	return group.Wait()
}

// rehearsalMark is the file that tells a rehearsal's data directory from a real one.
const rehearsalMark = "rehearsal"

// startAnew removes what Temporal kept of the last rehearsal: the sandbox's
// calendars are in memory, so every absence it remembers is of a calendar that is
// gone. Settings stay. It refuses to touch the directory of a real `up`.
func (o DemoOptions) startAnew() error {
	mark := filepath.Join(o.DataDir, rehearsalMark)
	_, err := os.Stat(mark)
	if cluster.HasData(o.DataDir) {
		if err != nil {
			return fmt.Errorf("the data directory %s is not a rehearsal's, and a rehearsal would forget its absences: choose another with --data-dir", o.DataDir)
		}
		return cluster.RemoveData(o.DataDir)
	}
	if err == nil {
		return nil
	}
	if err := os.WriteFile(mark, []byte("The data of figgosync-standalone demo, which forgets absences whenever it starts.\n"), 0o600); err != nil {
		return fmt.Errorf("mark the data directory as a rehearsal's: %w", err)
	}
	return nil
}

func playDemo(ctx context.Context, u *Running, sandboxURL string, play bool, out io.Writer) {
	link, err := u.site.SignInLink(ctx, u.address())
	if err != nil {
		u.log.Error("no sign-in link", "error", err)
	}
	workflows := "the workflows, one for each absence"
	if u.codecKey != "" {
		workflows += "; this link shows what is in them:\n         " + u.WebUI + "/codec/" + u.codecKey
	}
	fmt.Fprintf(out, `figgosync is up, with a sandbox that imitates Lucca, Microsoft, Exchange and Google.

  Open   %s/sandbox   the calendars of three people, live: request, approve, delete
         %-31s the settings page; this link signs in, once, within an hour:
         %s
         %-31s %s
  Data   %s (Ctrl-C ends everything; settings stay, absences and calendars start anew)

`, sandboxURL, u.address(), link, u.WebUI, workflows, u.Options.DataDir)
	if play {
		if err := (&player{base: sandboxURL, out: out}).play(ctx); err != nil && ctx.Err() == nil {
			fmt.Fprintf(out, "The rehearsal stopped: %v\n", err)
		}
	}
	if ctx.Err() != nil {
		return
	}
	fmt.Fprintf(out, `Now you try, in another terminal:

  curl -s %[1]s/sandbox/leaves -d '{"employee":"416","startsOn":"%[2]s"}'
  curl -s -X POST %[1]s/sandbox/leaves/ID/approve
  curl -s -X DELETE %[1]s/sandbox/leaves/ID
  curl -s %[1]s/sandbox/mailboxes/jane.doe@example.com/events
  curl -s -H 'Authorization: Bearer %[3]s' -H 'Accept-Language: en' %[4]s/api/v1/absences/demo/ID

`, sandboxURL, nextMonday().AddDate(0, 0, 7).Format("2006-01-02"), u.Options.Token, u.API)
}
