package command

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/spf13/pflag"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// AccessFlags say who may sign in, and how.
type AccessFlags struct {
	Issuer, ClientID, ClientSecret, RolesClaim, Name string
	Configure, Consult, Scopes, TrustedProxies       []string
	// AllowedHosts are names, besides the public address, that figgosync answers under.
	AllowedHosts []string
	// CodecToken opens /codec, and nothing else.
	CodecToken string
}

// Bind adds the flags.
func (a *AccessFlags) Bind(flags *pflag.FlagSet) {
	flags.StringVar(&a.Issuer, "oidc-issuer", "",
		"`URL` of the OpenID Connect provider people sign in with; none when empty")
	flags.StringVar(&a.ClientID, "oidc-client-id", "", "figgosync's client `id` at the provider")
	flags.StringVar(&a.ClientSecret, "oidc-client-secret", "",
		"its `secret`; better given as FIGGOSYNC_OIDC_CLIENT_SECRET")
	flags.StringVar(&a.Name, "oidc-name", "", "what the sign-in button says, such as Microsoft")
	flags.StringVar(&a.RolesClaim, "oidc-roles-claim", "roles",
		"the `claim` that tells a person's role; dots lead into objects")
	flags.StringSliceVar(&a.Configure, "oidc-configure", nil, "`values` of the claim that let a person change settings")
	flags.StringSliceVar(&a.Consult, "oidc-consult", nil, "`values` of the claim that let a person look")
	flags.StringSliceVar(&a.Scopes, "oidc-scopes", nil, "`scopes` to ask for besides openid, profile and email")
	flags.StringSliceVar(&a.TrustedProxies, "trusted-proxies", nil,
		"`addresses` of proxies whose X-Forwarded-For is believed, such as 10.0.0.0/8")
	flags.StringSliceVar(&a.AllowedHosts, "allowed-hosts", nil,
		"`names`, besides that of --public-url, under which browsers reach figgosync; localhost and IP addresses always count")
	flags.StringVar(&a.CodecToken, "codec-token", "",
		"`token` that opens /codec, which decrypts what Temporal stores, and nothing else; closed when empty. Better given as FIGGOSYNC_CODEC_TOKEN")
}

// check refuses a codec token that can be guessed.
func (a *AccessFlags) check() error {
	for _, p := range settings.ValidateToken(settings.Secret(a.CodecToken), settings.Rules{}) {
		return errors.New("FIGGOSYNC_CODEC_TOKEN (--codec-token): " + texts.Problem(texts.English, p.Code, p.Values))
	}
	return nil
}

// config is the part of access.Config that the flags decide.
func (a *AccessFlags) config(insecure bool) (access.Config, error) {
	var config access.Config
	for _, text := range a.TrustedProxies {
		prefix, err := proxyPrefix(text)
		if err != nil {
			return config, fmt.Errorf("--trusted-proxies %q is no address: write one such as 10.0.0.1 or 10.0.0.0/8",
				text)
		}
		config.TrustedProxies = append(config.TrustedProxies, prefix)
	}
	if a.Issuer == "" {
		return config, nil
	}
	config.OIDC = &access.OIDC{
		Issuer: a.Issuer, ClientID: a.ClientID, ClientSecret: settings.Secret(a.ClientSecret), Name: a.Name,
		RolesClaim: a.RolesClaim, ConfigureValues: a.Configure, ConsultValues: a.Consult, Scopes: a.Scopes,
		AllowInsecure: insecure,
	}
	return config, nil
}

func proxyPrefix(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}
