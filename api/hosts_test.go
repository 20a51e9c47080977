package api_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/converter"

	"github.com/figgosync/figgosync/api"
	"github.com/figgosync/figgosync/internal/hosts"
	"github.com/figgosync/figgosync/internal/settings"
)

func newServerWith(change func(*api.Config)) *api.Server {
	config := api.Config{
		Engine: &fakeEngine{}, Settings: fakeSettings{}, Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler), Token: token,
	}
	change(&config)
	return api.New(config)
}

func TestOtherNamesAreAnsweredWebhooksAndProbesOnly(t *testing.T) {
	names, err := hosts.New("https://figgosync.example.com")
	if err != nil {
		t.Fatal(err)
	}
	server := newServerWith(func(c *api.Config) { c.Hosts = names })
	for path, want := range map[string]bool{
		"/": false, "/api/v1/overview": false, "/codec/decode": false, "/nothing": false, "/healthzz": false, "/webhooks": false,
		"/healthz": true, "/readyz": true, "/metrics": true, "/webhooks/lucca/demo": true,
	} {
		request := httptest.NewRequest(http.MethodGet, path, nil)
		request.Host = "rebound.example.net"
		if answered := do(server, request).Code != http.StatusMisdirectedRequest; answered != want {
			t.Errorf("%s under another name: answered is %t, want %t", path, answered, want)
		}
		request = httptest.NewRequest(http.MethodGet, path, nil)
		request.Host = "figgosync.example.com"
		if do(server, request).Code == http.StatusMisdirectedRequest {
			t.Errorf("%s under its own name is refused", path)
		}
	}
}

func TestOnlyTheCodecsOwnTokenOpensIt(t *testing.T) {
	const codecToken = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
	for name, c := range map[string]struct {
		configured, sent string
		want             int
	}{
		"its own":             {codecToken, codecToken, http.StatusOK},
		"none":                {codecToken, "", http.StatusUnauthorized},
		"the admin API's":     {codecToken, token, http.StatusUnauthorized},
		"none is configured":  {"", "", http.StatusUnauthorized},
		"admin, none is made": {"", token, http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			server := newServerWith(func(config *api.Config) {
				config.Codec, config.CodecToken = converter.NewZlibCodec(converter.ZlibCodecOptions{}), settings.Secret(c.configured)
			})
			request := bearer(http.MethodPost, "/codec/decode", `{"payloads":[]}`, c.sent)
			request.Header.Set("Content-Type", "application/json")
			if got := do(server, request).Code; got != c.want {
				t.Errorf("status %d, want %d", got, c.want)
			}
		})
	}
}
