package cluster

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// The codec answers who came by the link, and no other user of the machine.
func TestTheCodecAnswersWhoHasTheKey(t *testing.T) {
	const key = "XB3TWZ7GQK5HYD2FM6NCR4PJLA"
	mux := http.NewServeMux()
	serveCodec(mux, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.URL.Path) }), key)
	ask := func(method, path, cookie string) *httptest.ResponseRecorder {
		request := httptest.NewRequest(method, path, nil)
		if cookie != "" {
			request.AddCookie(&http.Cookie{Name: codecCookie, Value: cookie})
		}
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, request)
		return answer
	}
	for _, cookie := range []string{"", "wrong", key[1:], key + "x"} {
		if answer := ask(http.MethodPost, "/codec/decode", cookie); answer.Code != http.StatusUnauthorized {
			t.Errorf("with the cookie %q: %d, want 401", cookie, answer.Code)
		}
	}
	for bearer, want := range map[string]int{key: http.StatusOK, "wrong": http.StatusUnauthorized, "": http.StatusUnauthorized} {
		request := httptest.NewRequest(http.MethodPost, "/codec/decode", nil)
		request.Header.Set("Authorization", "Bearer "+bearer)
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, request)
		if answer.Code != want {
			t.Errorf("with the token %q: %d, want %d", bearer, answer.Code, want)
		}
	}
	if answer := ask(http.MethodGet, "/codec/wrong", ""); answer.Code != http.StatusForbidden || len(answer.Result().Cookies()) > 0 {
		t.Errorf("a wrong link: %d, %v", answer.Code, answer.Result().Cookies())
	}
	opened := ask(http.MethodGet, "/codec/"+key, "")
	cookies := opened.Result().Cookies()
	if opened.Code != http.StatusSeeOther || opened.Header().Get("Location") != "/" || len(cookies) != 1 {
		t.Fatalf("the link: %d to %q with %v", opened.Code, opened.Header().Get("Location"), cookies)
	}
	if c := cookies[0]; !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/codec" {
		t.Errorf("the cookie is %v", c)
	}
	if answer := ask(http.MethodPost, "/codec/decode", cookies[0].Value); answer.Code != http.StatusOK || answer.Body.String() != "/decode" {
		t.Errorf("after the link: %d %q", answer.Code, answer.Body)
	}
}
