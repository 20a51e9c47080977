package admin

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/egress"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

// policy says which addresses of outside systems are accepted.
func (c Config) policy() egress.Policy {
	return egress.Policy{AllowPrivate: c.AllowPrivate || c.AllowInsecure}
}

// AllowsInsecure tells whether http addresses of outside systems are permitted, as in
// a rehearsal.
func (s *Service) AllowsInsecure() bool { return s.config.AllowInsecure }

// client is what Lucca is asked with: it connects only where the policy allows.
func (c Config) client() *http.Client { return cmp.Or(c.HTTP, c.policy().Client()) }

// address is one address somebody typed, with its field.
type address struct{ field, text string }

// refused tells at each field which addresses are not accepted, after other
// problems, with everything that the rules of settings find. The same policy judges every connection
// later: a name may lead elsewhere tomorrow.
func (s *Service) refused(problems []settings.Problem, addresses []address, rules []settings.Problem) error {
	for _, one := range addresses {
		refusal, is := errors.AsType[*egress.RefusedError](s.config.policy().CheckURL(one.text))
		if is && refusal.Why != egress.NotAnAddress { // the rules of settings name that one better
			problems = append(problems, settings.Problem{Field: one.field, Code: string(refusal.Why)})
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return &settings.InvalidError{Problems: append(problems, rules...)}
}

func (s *Service) rules() settings.Rules {
	return settings.Rules{AllowInsecureEndpoints: s.config.AllowInsecure}
}

// addressesOf are the addresses in a record.
func addressesOf(of any) []address {
	var all []address
	for _, f := range record.Fields("", of) {
		if f.Kind() == record.KindAddress {
			all = append(all, address{f.Path, f.Raw()})
		}
	}
	connection, ok := of.(*settings.Connection)
	if !ok {
		return all
	}
	if addressed, ok := connection.System.(calendars.Addressed); ok {
		for name, text := range addressed.Addresses() {
			all = append(all, address{record.Join(string(connection.Provider), name), text})
		}
	}
	return all
}
