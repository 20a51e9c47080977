package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// monitoringFiles are what Compose gives to Prometheus and Grafana.
const monitoringFiles = "../../deploy/monitoring/"

// The dashboard and the rules, asked of a real Prometheus that scrapes a running product:
// every query of the dashboard finds series, and every rule is understood. A metric that
// is renamed would otherwise leave an empty panel, and an alert that never comes.
func TestDashboardHasSeries(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("prometheus"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("prometheus is not installed (Debian: apt install prometheus)")
	}
	p, world := NewStoredProduct(t)
	p.Start()
	p.Change(t, "/api/v1/connections/demo-office365", func(body map[string]any) {
		credentials, _ := body["office365"].(map[string]any)
		for _, shown := range []string{"hasCertificate", "hasCertificatePassword", "hasClientSecret", "hasProxyCredentials"} {
			delete(credentials, shown)
		}
		delete(body, "usedBy")
		body["provider"] = "office365"
		credentials["secretExpires"] = "2099-12-31"
	})
	for _, who := range documented {
		stands(t, p, world, who, day(28, 0))
	}
	prometheus := startPrometheus(t, p)
	for _, query := range dashboardQueries(t) {
		eventually(t, "Prometheus finds series for "+query, func() error {
			found, err := prometheus.query(query)
			if err == nil && found == 0 {
				err = fmt.Errorf("no series")
			}
			return err
		})
	}
	for _, rule := range prometheus.rules(t) {
		if rule.Health != "ok" || rule.State == "firing" {
			t.Errorf("the rule %s is %s and %s: %s", rule.Name, rule.Health, rule.State, rule.LastError)
		}
	}
}

// prometheusServer is its address.
type prometheusServer string

// startPrometheus starts one with the configuration of Compose, which finds the product
// instead of containers, and looks often.
func startPrometheus(t *testing.T, p *Product) prometheusServer {
	t.Helper()
	text, err := os.ReadFile(monitoringFiles + "prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := filepath.Abs(monitoringFiles + "rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	config := string(text)
	for before, after := range map[string]string{
		"scrape_interval: 15s": "scrape_interval: 1s", "evaluation_interval: 30s": "evaluation_interval: 1s",
		"/etc/prometheus/rules.yml": rules, `["api:8080"]`: `["` + loopback(p.API) + `"]`,
		"    dns_sd_configs: # one address for each container of the service\n" +
			"      - {names: [worker], type: A, port: 9464, refresh_interval: 15s}\n": `    static_configs: [{targets: ["` + loopback(p.API) + `"]}]` + "\n",
		`["temporal:9090"]`: `["` + loopback(p.API) + `"]`,
	} {
		if !strings.Contains(config, before) {
			t.Fatalf("prometheus.yml does not say %q", before)
		}
		config = strings.ReplaceAll(config, before, after)
	}
	directory, address := t.TempDir(), loopback(freePort(t))
	file := filepath.Join(directory, "prometheus.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	log := &buffer{}
	cmd := exec.Command("prometheus", "--config.file="+file, "--storage.tsdb.path="+filepath.Join(directory, "data"),
		"--web.listen-address="+address)
	cmd.Stdout, cmd.Stderr = log, log
	process, err := startProcess(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		process.signal(syscall.SIGTERM)
		if !process.waitEnded(15 * time.Second) {
			process.signal(syscall.SIGKILL)
		}
		if t.Failed() {
			t.Logf("Prometheus says:\n%s", tail(log.String(), 20))
		}
	})
	return prometheusServer("http://" + address)
}

// get reads what its API answers.
func (s prometheusServer) get(path string, data any) error {
	response, err := httpClient.Get(string(s) + path)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer := struct {
		Error string
		Data  any
	}{Data: data}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", response.Status, answer.Error)
	}
	return nil
}

// query counts the series that a query finds now.
func (s prometheusServer) query(query string) (series int, err error) {
	var found struct{ Result []json.RawMessage }
	err = s.get("/api/v1/query?query="+url.QueryEscape(query), &found)
	return len(found.Result), err
}

type prometheusRule struct{ Name, Health, State, LastError string }

// rules waits until each was evaluated.
func (s prometheusServer) rules(t *testing.T) (all []prometheusRule) {
	t.Helper()
	eventually(t, "every rule was evaluated", func() error {
		var found struct {
			Groups []struct{ Rules []prometheusRule }
		}
		if err := s.get("/api/v1/rules", &found); err != nil {
			return err
		}
		all = nil
		for _, group := range found.Groups {
			all = append(all, group.Rules...)
		}
		for _, rule := range all {
			if rule.Health == "unknown" {
				return fmt.Errorf("%s was not", rule.Name)
			}
		}
		if len(all) == 0 {
			return fmt.Errorf("there is none")
		}
		return nil
	})
	return all
}

// dashboardQueries are all queries of the dashboard, over the last minute.
func dashboardQueries(t *testing.T) (all []string) {
	t.Helper()
	text, err := os.ReadFile(monitoringFiles + "grafana/figgosync.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			all = append(all, strings.ReplaceAll(target.Expr, "$__rate_interval", "1m"))
		}
	}
	if len(all) < 20 {
		t.Fatalf("the dashboard has %d queries", len(all))
	}
	return all
}
