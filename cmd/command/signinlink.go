package command

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/figgosync/figgosync/internal/access"
)

// signInLinkCommand lets somebody in who can reach the database: at first, when
// single sign-on is broken, or where there is none.
func signInLinkCommand() *cobra.Command {
	var flags Common
	var publicURL, role string
	command := &cobra.Command{
		Use:   "sign-in-link",
		Short: "Print a link that signs in to the settings page, once, within an hour",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if role != string(access.Configure) && role != string(access.Consult) {
				return fmt.Errorf("--role %q: write configure or consult", role)
			}
			return runSignInLink(c, &flags, publicURL, access.Role(role))
		},
	}
	f := command.Flags()
	flags.BindLog(f)
	flags.LogLevel = "warn"
	f.Lookup("log-level").DefValue = "warn"
	flags.Settings.Bind(f)
	flags.Settings.BindDataDir(f)
	BindPublicURL(f, &publicURL)
	f.StringVar(&role, "role", string(access.Configure), "what the link lets do: configure or consult")
	return command
}

func runSignInLink(c *cobra.Command, flags *Common, publicURL string, role access.Role) error {
	log, opened, err := flags.Begin(c.Context())
	if err != nil {
		return err
	}
	defer opened.Close()
	if opened.DB == nil {
		return errors.New("the settings come from a file, so there is no settings page to sign in to: name the database with --database-url")
	}
	gate, err := access.New(access.Config{DB: opened.DB, Audit: opened.Editor, PublicURL: publicURL, Log: log})
	if err != nil {
		return err
	}
	path, err := gate.NewLink(c.Context(), author(), role, linkValid)
	if err != nil {
		return err
	}
	base := cmp.Or(publicURL, opened.address(), "http://127.0.0.1:8080")
	_, err = fmt.Fprintln(c.OutOrStdout(), strings.TrimSuffix(base, "/")+path)
	return err
}
