package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/figgosync/figgosync/internal/engine"
	"github.com/figgosync/figgosync/internal/settings/stored"
)

// keysetFiles are the keysets that the processes of several machines share.
type keysetFiles struct {
	settings, kms, payload string
}

func makeKeysetsCommand() *cobra.Command {
	var files keysetFiles
	command := &cobra.Command{
		Use:   "make-keysets",
		Short: "Make the two keysets that all processes share, before the first of them starts",
		Long: "Write a new settings keyset and a new payload keyset, for machines or containers that get both from\n" +
			"one place, such as a Secret of Kubernetes. Where processes share a directory it is not needed: the first\n" +
			"api makes them. No file is ever replaced. Back both up, apart from the databases.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return files.make(c.Context(), c.OutOrStdout()) },
	}
	command.Flags().StringVar(&files.settings, "settings-keyset", "", "`file` of the keyset that seals secrets")
	command.Flags().StringVar(&files.kms, "settings-kms", "",
		"`address` of the KMS key that encrypts that file, gcp-kms://… or aws-kms://…; empty: it is in clear")
	command.Flags().StringVar(&files.payload, "payload-keyset", "", "`file` of the keyset that encrypts what Temporal stores")
	return command
}

// make makes both, or, where one is there already, none.
func (k keysetFiles) make(ctx context.Context, out io.Writer) error {
	if k.settings == "" || k.payload == "" || k.settings == k.payload {
		return errors.New("name two files that do not exist: --settings-keyset FILE --payload-keyset FILE")
	}
	for _, path := range []string{k.settings, k.payload} {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there already, or cannot be looked at: nothing was made. What a keyset sealed "+
				"is lost with it; name another file, or move that one", path)
		}
	}
	if _, err := stored.ReplaceSeal(ctx, k.settings, k.kms); err != nil {
		return err
	}
	if _, err := engine.WriteKeyset(k.payload); err != nil {
		return fmt.Errorf("make the payload keyset %s: %w", k.payload, err)
	}
	fmt.Fprintf(out, "%s and %s were made. Give every api and worker both, and back both up, apart from the databases.\n",
		k.settings, k.payload)
	return nil
}
