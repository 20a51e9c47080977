package settings

import (
	"github.com/figgosync/figgosync/internal/record"
)

// readSource reads one element of sources.
func readSource(n node, known *names) Source {
	var source Source
	f := n.record(&source, "name")
	source.Name = known.read(f)
	record.Defaults(&source)
	all := record.Fields("", &source)
	f.report(f.withoutSecrets(ValidateSource(source, n.r.rules()), all, nil), all)
	if source.WebhookSecret == "" && source.HTTPSynchronizationKey == "" && !n.r.opts.ForImport {
		n.warn("it has neither webhookSecret nor httpSynchronizationKey: no webhook is accepted until it has")
	}
	return source
}
