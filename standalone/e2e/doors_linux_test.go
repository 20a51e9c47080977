package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// listening are the TCP ports on which a process accepts connections, with their
// address, as Linux knows it (proc(5), /proc/pid/net/tcp and /proc/pid/fd).
func listening(t *testing.T, pid int) map[int]string {
	t.Helper()
	own := map[string]bool{}
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(links) == 0 {
		t.Fatalf("the process's files cannot be seen: %v", err)
	}
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, "socket:[") {
			own[strings.TrimSuffix(strings.TrimPrefix(target, "socket:["), "]")] = true
		}
	}
	ports := map[int]string{}
	for _, table := range []string{"tcp", "tcp6"} {
		file, err := os.Open(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			continue // no IPv6 here
		}
		defer file.Close()
		for scanner := bufio.NewScanner(file); scanner.Scan(); {
			fields := strings.Fields(scanner.Text())
			const listen = "0A"
			if len(fields) < 10 || fields[3] != listen || !own[fields[9]] {
				continue
			}
			address, port, _ := strings.Cut(fields[1], ":")
			number, err := strconv.ParseInt(port, 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			ports[int(number)] = address
		}
	}
	return ports
}

// loopbackHex is 127.0.0.1 as /proc/net/tcp writes it.
const loopbackHex = "0100007F"

// foreign is what a page on another site sends once its name resolves to us.
func foreign(t *testing.T, method string, port int, path, host, origin string) (status int, allowed string, err error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, "http://"+loopback(port)+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = host
	if origin != "" {
		request.Header.Set("Origin", origin)
		request.Header.Set("Content-Type", "text/plain")
	}
	response, err := httpClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode, response.Header.Get("Access-Control-Allow-Origin"), nil
}

// everyPort checks what each port of a process answers to strangers: one that speaks
// HTTP refuses names that are not ours, lets no other origin read, and takes no
// command from a page of another origin; the others speak gRPC, which no page can.
// The HTTP ones among them are known, and no port is open that is not.
func everyPort(t *testing.T, pid int, web []int, grpc int) {
	t.Helper()
	const internal = 3 // history, matching and worker of the Temporal server
	ports := listening(t, pid)
	if len(ports) > len(web)+1+internal {
		t.Errorf("%d ports are open, want at most %d: %v", len(ports), len(web)+1+internal, ports)
	}
	for _, port := range append(slices.Clone(web), grpc) {
		if _, open := ports[port]; !open {
			t.Errorf("port %d is not open: this test looks in the wrong place (%v)", port, ports)
		}
	}
	for port, address := range ports {
		if address != loopbackHex {
			t.Errorf("port %d is open on %s, not only on this machine", port, address)
		}
		if slices.Contains(web, port) {
			webPort(t, port)
			continue
		}
		if status, _, err := foreign(t, http.MethodGet, port, "/", loopback(port), ""); err == nil {
			t.Errorf("port %d speaks HTTP, with status %d: a web page could reach it", port, status)
		}
	}
}

func webPort(t *testing.T, port int) {
	t.Helper()
	ours := loopback(port)
	for _, path := range []string{"/", "/api/v1/settings", "/api/v1/namespaces/default/workflows", "/api/v1/overview", "/codec/decode", "/sandbox", "/sandbox/employees"} {
		status, _, err := foreign(t, http.MethodGet, port, path, fmt.Sprintf("rebound.example.net:%d", port), "")
		if err != nil || status != http.StatusMisdirectedRequest {
			t.Errorf("GET %s on port %d under another name: status %d, %v; want 421", path, port, status, err)
		}
		for _, method := range []string{http.MethodGet, http.MethodOptions} {
			if _, allowed, err := foreign(t, method, port, path, ours, "https://evil.example.net"); err != nil || allowed == "*" || strings.Contains(allowed, "evil") {
				t.Errorf("%s %s on port %d lets another origin read: %q, %v", method, path, port, allowed, err)
			}
		}
		status, _, err = foreign(t, http.MethodPost, port, path, ours, "https://evil.example.net")
		if err != nil || status < 400 {
			t.Errorf("POST %s on port %d from another origin: status %d, %v; want a refusal", path, port, status, err)
		}
	}
}

// Every port that `up` and `demo` open is known, and none of them serves a page of
// another site.
func TestEveryPortKnowsItsOwnPages(t *testing.T) {
	t.Parallel()
	running <- struct{}{}
	defer func() { <-running }()
	home, out := t.TempDir(), &buffer{}
	api, grpc, webUI, sandbox := freePort(t), freePort(t), freePort(t), freePort(t)
	cmd := exec.Command(binary, "demo", "--data-dir", filepath.Join(home, "data"), "--listen", loopback(api), "--temporal-port", strconv.Itoa(grpc),
		"--temporal-web-ui-port", strconv.Itoa(webUI), "--sandbox-listen", loopback(sandbox), "--no-play")
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = home, environment(home), out, out
	demo, err := startProcess(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		demo.signal(syscall.SIGKILL)
		<-demo.done
	}()
	eventually(t, "the demo is up", func() error { return played(demo, out.String()) })
	everyPort(t, cmd.Process.Pid, []int{api, webUI, sandbox}, grpc)
	t.Run("the Web UI reads payloads in the rehearsal", func(t *testing.T) {
		if got := webUICodec(t, webUI); got != fmt.Sprintf("http://%s/codec", loopback(webUI)) {
			t.Errorf("its codec is at %q", got)
		}
	})
	t.Run("the Web UI's codec opens by the printed key only", func(t *testing.T) {
		key := codecKey(out.String())
		for token, want := range map[string]int{
			"": http.StatusUnauthorized, "demo-admin-token": http.StatusUnauthorized, key: http.StatusOK,
		} {
			if status := decode(t, webUI, token); status != want {
				t.Errorf("with the token %q it answers %d, want %d", token, status, want)
			}
		}
	})
	t.Run("the API's codec is closed to the admin token", func(t *testing.T) { codecClosed(t, api, "demo-admin-token") })
}

// Where a token is set others may come in, so the Web UI does not read payloads; and
// /codec opens by its own token only.
func TestTheCodecOpensByItsOwnToken(t *testing.T) {
	t.Parallel()
	const codecToken = "0d1f5b7c9a2e4f60812b3c5d7e9fa1b3"
	webUI := freePort(t)
	p, _ := StartProduct(t, "--temporal-web-ui-port", strconv.Itoa(webUI), "--codec-token", codecToken)
	everyPort(t, p.process.cmd.Process.Pid, []int{p.API, webUI}, p.GRPC)
	if got := webUICodec(t, webUI); got != "" {
		t.Errorf("the Web UI's codec is at %q, want none", got)
	}
	codecClosed(t, p.API, apiToken)
	if status := decode(t, p.API, codecToken); status != http.StatusOK {
		t.Errorf("with its token /codec answers %d, want 200", status)
	}
	for _, path := range []string{"/api/v1/overview", "/api/v1/settings/export"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL(path), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+codecToken)
		if status := statusOf(t, request); status != http.StatusForbidden {
			t.Errorf("%s answers the codec's token with %d, want 403", path, status)
		}
	}
}

func TestTemporalBeyondThisMachineMustBeInsistedOn(t *testing.T) {
	t.Parallel()
	s := newStartable(t, file(t, "figgosync.yaml", ""))
	s.more = []string{"--temporal-ip", "0.0.0.0"}
	checkRefusal(t, runToEnd(t, s.up()...), "--temporal-ip", "no password", "--allow-unprotected-temporal")
}

func codecClosed(t *testing.T, api int, admin string) {
	t.Helper()
	for _, token := range []string{"", admin, "wrong"} {
		if status := decode(t, api, token); status != http.StatusUnauthorized {
			t.Errorf("/codec answers token %q with %d, want 401", token, status)
		}
	}
}

func decode(t *testing.T, api int, token string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+loopback(api)+"/codec/decode", strings.NewReader(`{"payloads":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return statusOf(t, request)
}

func statusOf(t *testing.T, request *http.Request) int {
	t.Helper()
	response, err := httpClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// webUICodec is the address at which the Web UI's pages read payloads.
func webUICodec(t *testing.T, webUI int) string {
	t.Helper()
	response, err := httpClient.Get("http://" + loopback(webUI) + "/api/v1/settings")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct{ Codec struct{ Endpoint string } }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return answer.Codec.Endpoint
}
