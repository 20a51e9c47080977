package admin

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/figgosync/figgosync/internal/egress"
	"github.com/figgosync/figgosync/internal/settings"
)

// policy says which addresses of outside systems are accepted.
func (c Config) policy() egress.Policy {
	return egress.Policy{AllowPrivate: c.AllowPrivate || c.AllowInsecure}
}

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

func (s *Service) refusedSource(value settings.Source, problems []settings.Problem) error {
	return s.refused(problems, []address{{"host", value.Host}, {"tokenUrl", value.TokenURL}}, settings.ValidateSource(value, s.rules()))
}

func (s *Service) refusedConnection(value settings.Connection, problems []settings.Problem) error {
	var all []address
	switch {
	case value.Office365 != nil:
		all = []address{{"office365.authorityUrl", value.Office365.AuthorityURL}, {"office365.graphUrl", value.Office365.GraphURL}}
	case value.Exchange != nil:
		all = []address{{"exchange.url", value.Exchange.URL}}
	case value.Google != nil:
		all = []address{{"google.calendarUrl", value.Google.CalendarURL}, {"google.tokenUrl", value.Google.TokenURL}}
		if value.Google.TokenURL == "" {
			all = append(all, address{"google.key", tokenAddress(value.Google.KeyJSON)})
		}
	}
	return s.refused(problems, all, settings.ValidateConnection(value, s.rules()))
}

// tokenAddress is where a key file says that tokens are: whoever uploads it chooses
// that address, too.
func tokenAddress(keyJSON settings.Secret) string {
	var key struct {
		TokenURI string `json:"token_uri"`
	}
	_ = json.Unmarshal([]byte(keyJSON), &key) // the rules of settings say what is wrong with it
	return key.TokenURI
}
