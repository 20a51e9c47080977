package hosts_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/figgosync/figgosync/internal/hosts"
)

func TestWhichNamesAreOurs(t *testing.T) {
	list, err := hosts.New("https://figgosync.example.com", "", "other.example.com:8443", "Upper.Example.com.")
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]bool{
		"figgosync.example.com": true, "figgosync.example.com:443": true, "FIGGOSYNC.example.com.": true, "other.example.com": true,
		"upper.example.com": true, "localhost": true, "localhost:8080": true, "app.localhost": true,
		"127.0.0.1:8080": true, "10.1.2.3": true, "[::1]:8233": true, "::1": true,
		"": false, "rebound.example.net": false, "figgosync.example.com.example.net": false, "localhost.example.net": false,
		"127.0.0.1.example.net": false, "example.com": false, "0x7f000001": false, "2130706433": false, "evil.example\x00localhost": false,
	} {
		if got := list.Allows(host); got != want {
			t.Errorf("Allows(%q) is %t, want %t", host, got, want)
		}
	}
}

func TestAForeignNameIsRefused(t *testing.T) {
	list, err := hosts.New()
	if err != nil {
		t.Fatal(err)
	}
	reached := false
	protected := list.Protect(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	request.Host = "rebound.example.net:8080"
	answer := httptest.NewRecorder()
	protected.ServeHTTP(answer, request)
	if answer.Code != http.StatusMisdirectedRequest || reached {
		t.Errorf("status %d, reached the handler: %t", answer.Code, reached)
	}
}

func TestWhatIsNoName(t *testing.T) {
	for _, name := range []string{"*", "*.example.com", "a b", "https://", "a,b", "example.com/path"} {
		if _, err := hosts.New(name); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
}
