package command

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/auditlog"
)

var errNoAuditLog = errors.New("the settings are in a file, so there is no audit log: name the database with --database-url")

func auditCommand() *cobra.Command {
	command := &cobra.Command{Use: "audit", Short: "Work with the audit log: prove that it is whole, export it"}
	command.AddCommand(auditVerifyCommand(), auditExportCommand())
	return command
}

func auditVerifyCommand() *cobra.Command {
	var flags settingsFlags
	var known, file string
	command := &cobra.Command{
		Use:   "verify",
		Short: "Prove that no line of the audit log was changed, removed, inserted or moved",
		Long: "verify follows the chain of hashes from the oldest line to the newest, and names the first line that does\n" +
			"not fit. It prints the newest line's number and hash: keep them elsewhere, and give them with --head the\n" +
			"next time. Who could write the whole database anew could make a chain of it; not one with that hash.",
		Example: "  figgosync audit verify",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			var heads []auditlog.Head
			if known != "" {
				head, err := auditlog.ParseHead(known)
				if err != nil {
					return fmt.Errorf("--head: %w", err)
				}
				heads = append(heads, head)
			}
			done, err := flags.verify(c, file, heads)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "The audit log is whole: %d lines, of which %d without content after an erasure.\nNewest line: %s\n",
				done.Lines, done.Erased, done.Head)
			return nil
		},
	}
	command.Flags().StringVar(&known, "head", "", "`number:hash` of a line that was printed before: it must still be there")
	command.Flags().StringVar(&file, "file", "", "verify this `file` that audit export wrote, - for standard input, instead of the database")
	return flags.bind(command)
}

func (f *settingsFlags) verify(c *cobra.Command, file string, known []auditlog.Head) (auditlog.Verified, error) {
	if file != "" {
		return verifyFile(c.InOrStdin(), file, known)
	}
	f.Settings.NoMigrate = true
	opened, _, err := f.open(c.Context())
	if err != nil {
		return auditlog.Verified{}, err
	}
	defer opened.Close()
	if opened.DB == nil {
		return auditlog.Verified{}, errNoAuditLog
	}
	return auditlog.Verify(c.Context(), opened.DB, known...)
}

func verifyFile(in io.Reader, file string, known []auditlog.Head) (auditlog.Verified, error) {
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return auditlog.Verified{}, fmt.Errorf("--file: %w", err)
		}
		defer opened.Close()
		in = opened
	}
	return auditlog.VerifyEntries(auditlog.Exported(in), known...)
}

func auditExportCommand() *cobra.Command {
	var flags settingsFlags
	command := &cobra.Command{
		Use:   "export",
		Short: "Write the whole audit log on standard output, one JSON object a line",
		Long: "export writes every line with its hashes, the oldest first: figgosync audit verify --file proves the file\n" +
			"by itself. The log then says that it was exported.",
		Example: "  figgosync audit export > audit-log.jsonl",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			opened, _, err := flags.open(c.Context())
			if err != nil {
				return err
			}
			defer opened.Close()
			if opened.DB == nil {
				return errNoAuditLog
			}
			if _, err := auditlog.Export(c.Context(), opened.DB, c.OutOrStdout()); err != nil {
				return err
			}
			return opened.note(c.Context(), settings.ActionExported, settings.KindAuditLog)
		},
	}
	return flags.bind(command)
}
