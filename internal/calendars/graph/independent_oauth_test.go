package graph_test

import (
	"bufio"
	"bytes"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	oauthProgram  = "../../../.ci/independent/oauth.py"
	oauthPackages = "apt-get install -y --no-install-recommends python3 python3-authlib python3-flask python3-cryptography"
	// systemPython is Debian's, which has Debian's packages.
	systemPython = "/usr/bin/python3"
)

// oauthClient is an application the server knows, by one of Secret and
// Certificate (PEM).
type oauthClient struct {
	ID          string   `json:"id"`
	Secret      string   `json:"secret,omitempty"`
	Certificate string   `json:"certificate,omitempty"`
	Grant       string   `json:"grant"`
	Scopes      []string `json:"scopes"`
}

type oauthSettings struct {
	TLS     []string      `json:"tls,omitempty"` // files of the certificate and its key
	Scopes  []string      `json:"scopes"`
	Users   []string      `json:"users"`
	Clients []oauthClient `json:"clients"`
}

// startOAuth starts a server made of Authlib and returns its address. It ends
// with its input, so with the test's process at the latest.
func startOAuth(t testing.TB, settings oauthSettings) string {
	t.Helper()
	if out, err := exec.Command(systemPython, "-c", "import authlib, flask, cryptography").CombinedOutput(); err != nil {
		missing := "the independent OAuth server is not installed: " + oauthPackages
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s\n%s", missing, out)
		}
		t.Skip(missing)
	}
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer // read after Wait only
	command := exec.Command(systemPython, "-B", oauthProgram)
	command.Stderr = &log
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	kill := time.AfterFunc(5*time.Minute, func() { _ = command.Process.Kill() })
	t.Cleanup(func() {
		_ = input.Close()
		_ = command.Wait()
		kill.Stop()
		if t.Failed() {
			t.Logf("the OAuth server:\n%s", log.String())
		}
	})
	if _, err := input.Write(append(text, '\n')); err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("the OAuth server did not start: %v", err)
	}
	return strings.TrimSpace(address)
}

// readToken checks an access token's signature by the keys the server publishes
// and returns what it says.
func readToken(client *http.Client, server, token string) (jwt.MapClaims, error) {
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return publishedKey(client, server) },
		jwt.WithValidMethods([]string{"RS256"}), jwt.WithIssuer("independent"), jwt.WithExpirationRequired())
	return claims, err
}

func publishedKey(client *http.Client, server string) (*rsa.PublicKey, error) {
	answer, err := client.Get(server + "/keys")
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var set struct {
		Keys []struct{ N, E string }
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<16)).Decode(&set); err != nil || len(set.Keys) != 1 {
		return nil, jwt.ErrTokenUnverifiable
	}
	n, _ := base64.RawURLEncoding.DecodeString(set.Keys[0].N)
	e, _ := base64.RawURLEncoding.DecodeString(set.Keys[0].E)
	return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, nil
}
