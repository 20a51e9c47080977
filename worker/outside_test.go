package worker

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/calendars/google"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/internal/delays"
	"github.com/figgosync/figgosync/internal/egress"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

// tripwire is a server's address on this machine; arrived counts connections.
func tripwire(t *testing.T) (address string, arrived *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	arrived = new(atomic.Int32)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			arrived.Add(1)
			_ = conn.Close()
		}
	}()
	return "https://" + listener.Addr().String(), arrived
}

func googleKey(t *testing.T) settings.Secret {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "a@b.iam.gserviceaccount.com", "client_id": "1", "private_key_id": "1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": "https://oauth2.googleapis.com/token",
	})
	if err != nil {
		t.Fatal(err)
	}
	return settings.Secret(text)
}

// Every adapter is opened behind the policy: a hosted worker connects to nothing
// on this machine, a self-hosted one does.
func TestEveryConnectionObeysThePolicy(t *testing.T) {
	t.Parallel()
	for provider, connection := range map[calendars.Provider]func(address string) settings.Connection{
		calendars.Office365: func(address string) settings.Connection {
			return settings.Connection{Name: "c", Provider: calendars.Office365, System: &graph.Settings{
				TenantID: "contoso.example", ClientID: "1", ClientSecret: "s", AuthorityURL: address, GraphURL: address + "/v1.0",
			}}
		},
		calendars.Exchange: func(address string) settings.Connection {
			return settings.Connection{Name: "c", Provider: calendars.Exchange, System: &ews.Settings{
				URL: address + "/ews/exchange.asmx", Username: `EX\svc`, Password: "p", Auth: "ntlm", MinTLS: "1.2",
			}}
		},
		calendars.Google: func(address string) settings.Connection {
			return settings.Connection{Name: "c", Provider: calendars.Google, System: &google.Settings{Key: googleKey(t), CalendarURL: address + "/calendar/v3/"}}
		},
	} {
		t.Run(string(provider), func(t *testing.T) {
			t.Parallel()
			for _, outside := range []Outside{{}, {AllowPrivate: true}, {AllowInsecure: true}} {
				address, arrived := tripwire(t)
				calendar, err := outside.Open(connection(address), slog.New(slog.DiscardHandler))
				if err != nil {
					t.Fatal(err)
				}
				// Google's own token endpoint need not be there: the check asks the other
				// address all the same.
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				step := calendar.Check(ctx, "", false)[0]
				cancel()
				calendar.Close()
				if private := outside.Policy().AllowPrivate; private != (arrived.Load() > 0) {
					t.Errorf("%+v: %d connections, %+v", outside, arrived.Load(), step)
				}
				if refused := strings.Contains(step.Detail, egress.Code); outside == (Outside{}) && provider != calendars.Google && !refused {
					t.Errorf("%+v", step)
				}
			}
		})
	}
}

// So does a connection through a proxy that somebody typed.
func TestATypedProxyObeysThePolicy(t *testing.T) {
	t.Parallel()
	for _, outside := range []Outside{{}, {AllowPrivate: true}, {AllowInsecure: true}} {
		address, arrived := tripwire(t)
		through := calendars.ProxySettings{Proxy: strings.Replace(address, "https:", "http:", 1), ProxyCredentials: "svc:secret"}
		for provider, system := range map[calendars.Provider]calendars.Settings{
			calendars.Office365: &graph.Settings{TenantID: "contoso.example", ClientID: "1", ClientSecret: "s", ProxySettings: through},
			calendars.Exchange: &ews.Settings{
				URL: "https://93.184.216.34/ews/exchange.asmx", Username: `EX\svc`, Password: "p", Auth: "ntlm", MinTLS: "1.2", ProxySettings: through,
			},
			calendars.Google: &google.Settings{Key: googleKey(t), CalendarURL: "https://93.184.216.34/calendar/v3/", ProxySettings: through},
		} {
			before := arrived.Load()
			record.Defaults(system)
			calendar, err := outside.Open(settings.Connection{Name: "c", Provider: provider, System: system}, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			step := calendar.Check(t.Context(), "", false)[0]
			calendar.Close()
			want := calendars.SettingsInvalid
			if outside.Policy().AllowPrivate {
				want = calendars.ProxyUnreachable
			}
			if step.Finding != want || (want == calendars.ProxyUnreachable) != (arrived.Load() > before) || strings.Contains(step.Detail, "secret") {
				t.Errorf("%s, %+v: %d connections, %+v", provider, outside, arrived.Load()-before, step)
			}
		}
	}
}

func TestAProxyThatIsNoAddressIsBlocked(t *testing.T) {
	t.Parallel()
	system := &graph.Settings{TenantID: "contoso.example", ClientID: "1", ClientSecret: "s", ProxySettings: calendars.ProxySettings{Proxy: "ftp://proxy.example.com"}}
	_, err := Open(settings.Connection{Name: "c", Provider: calendars.Office365, System: system}, false, slog.New(slog.DiscardHandler))
	if blocked, ok := errors.AsType[*calendars.Blocked](err); !ok || blocked.Scope != calendars.ScopeConnection || !strings.Contains(err.Error(), "proxy") {
		t.Errorf("%v", err)
	}
}

func TestDirectoriesObeyThePolicy(t *testing.T) {
	t.Parallel()
	for _, outside := range []Outside{{}, {AllowPrivate: true}} {
		address, arrived := tripwire(t)
		store := &sources{all: map[string]settings.Source{
			"v5": {Name: "v5", Host: address, TokenURL: address + "/connect/token", API: settings.APIv5, ClientID: "key", ClientSecret: "secret"},
			"v3": {Name: "v3", Host: address, API: settings.APIv3, APIKey: "key"},
		}}
		d := newDirectories(Options{Settings: store, LuccaPerMinute: 40, Log: slog.New(slog.DiscardHandler)}, outside)
		for name := range store.all {
			reader, err := d.Reader(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = reader.LegalEntities(t.Context()); err == nil || strings.Contains(err.Error(), egress.Code) == outside.AllowPrivate {
				t.Errorf("%s, %+v: %v", name, outside, err)
			}
		}
		if (arrived.Load() > 0) != outside.AllowPrivate {
			t.Errorf("%+v: %d connections", outside, arrived.Load())
		}
	}
}

func TestDelaysAreAMetricToo(t *testing.T) {
	t.Parallel()
	registry, book := prometheus.NewRegistry(), delays.New(nil)
	meter := newDelayMeter(book, registry)
	meter.Observe("paris", 300*time.Millisecond)
	meter.Observe("paris", 3*time.Second)
	newDelayMeter(nil, prometheus.NewRegistry()).Observe("paris", time.Second) // nobody to tell
	if n := testutil.CollectAndCount(meter.seconds, "figgosync_delay_seconds"); n != 1 {
		t.Errorf("%d series", n)
	}
	_, totals, err := book.Read(t.Context(), time.Now().Add(-time.Hour))
	if err != nil || len(totals) != 1 || totals[0].Count != 2 {
		t.Errorf("%v, %v", totals, err)
	}
}
