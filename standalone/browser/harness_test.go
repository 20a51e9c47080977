package browser_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/figgosync/figgosync/web/texts"
)

// TestHarness: what the other tests rely on is seen when it is there. A harness
// that sees nothing would call every page good.
func TestHarness(t *testing.T) {
	cases := map[string]struct{ page, script, want string }{
		"console":   {script: `console.error("it broke")`, want: "it broke"},
		"exception": {script: `throw new Error("thrown")`, want: "exception"},
		"policy":    {page: `<p style="color:red">red</p>`, want: "content security policy"},
		"inline":    {page: `<img src="/picture" onerror="alert(1)">`, want: "content security policy"},
		"missing":   {page: `<img src="/nowhere" alt="">`, want: "/nowhere answered 404"},
		"dialog":    {script: `alert("hello")`, want: "a dialog"},
		"failed":    {script: `fetch("http://127.0.0.1:1/").catch(() => 0)`, want: "failed"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v := visitorOf(t, sitePage(c.page, c.script))
			v.goes(v.r.URL + "/")
			v.waits(func() bool { return strings.Contains(v.taken(), c.want) }, "it is noticed")
		})
	}
}

// TestHarnessActs: things are found by their names, filled and clicked, and counted.
func TestHarnessActs(t *testing.T) {
	v := visitorOf(t, sitePage(`<form method="post"><label for="a">Host name</label><input id="a" name="a">
		<label>Kind <select name="b"><option value="1">One</option><option value="2">Two</option></select></label>
		<label><input type="checkbox" name="c"> All of them</label><label>Day <input type="date" name="d"></label>
		<label>Key file <input type="file" name="e"></label><button>Save it</button></form>`, ""))
	v.goes(v.r.URL + "/")
	v.fills("Host name", "first")
	v.fills("Host name", "second é")
	v.chooses("Kind", "Two")
	v.ticks("All of them")
	v.fills("Day", "2026-10-05")
	v.uploads("Key file", v.r.DataDir)
	v.clicks("Save it")
	v.sees("a=second é b=2 c=on d=2026-10-05 e=harness.txt")
	if v.did != 8 {
		t.Errorf("%d interactions were counted, want 8", v.did)
	}
	if v.count("POST /") != 1 {
		t.Errorf("%v was sent, want one POST /", v.posts)
	}
}

// TestHarnessJudges: axe runs under our policy and sees what is wrong.
func TestHarnessJudges(t *testing.T) {
	script, err := axeScript()
	if err != nil {
		missing(t, "axe-core %s is not at hand: %v", axeVersion, err)
	}
	v := visitorOf(t, sitePage(`<img src="/picture"><input><p>no alternative, no label</p>`, ""))
	v.goes(v.r.URL + "/")
	evaluate[chromedp.Void](v, script)
	var ids []string
	for _, one := range v.serious() {
		ids = append(ids, one.ID)
	}
	slices.Sort(ids)
	if want := []string{"image-alt", "label"}; !slices.Equal(ids, want) {
		t.Errorf("axe found %v, want %v", ids, want)
	}
}

// TestHarnessSearches: a secret is found in the spellings it may have.
func TestHarnessSearches(t *testing.T) {
	all := &secrets{}
	all.add("password", `p"ss+word-1234567`)
	for _, text := range []string{
		`a line with p"ss+word-1234567 in it`, `{"password":"p\"ss+word-1234567"}`, `value="p&#34;ss&#43;word-1234567"`,
		base64.StdEncoding.EncodeToString([]byte(`user:p"ss+word-1234567`)), base64.StdEncoding.EncodeToString([]byte(`p"ss+word-1234567`)),
	} {
		if len(all.in([]byte(text), false)) == 0 {
			t.Errorf("the secret is not found in %s", text)
		}
	}
	if found := all.in([]byte("nothing of it here"), false); len(found) > 0 {
		t.Errorf("found %v where there is nothing", found)
	}
}

// taken is all trouble so far, which is forgotten.
func (v *visitor) taken() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := strings.Join(v.trouble, "\n")
	if all != "" {
		v.trouble = nil
	}
	return all
}

// sitePage serves a page with a script, under a policy like figgosync's.
func sitePage(body, script string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; img-src 'self'; connect-src *")
		_, _ = fmt.Fprintf(w, `<!doctype html><html lang="en"><meta charset="utf-8"><title>T</title><body>%s<script src="/script.js"></script>`, body)
	})
	mux.HandleFunc("GET /script.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte(script))
	})
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		_, _ = fmt.Fprintf(w, "<!doctype html><meta charset=utf-8><p>a=%s b=%s c=%s d=%s e=%s", r.Form.Get("a"), r.Form.Get("b"), r.Form.Get("c"), r.Form.Get("d"), r.Form.Get("e"))
	})
	mux.HandleFunc("GET /favicon.ico", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /picture", func(http.ResponseWriter, *http.Request) {})
	return mux
}

// visitorOf is a visitor of a page that is not figgosync's.
func visitorOf(t *testing.T, site http.Handler) *visitor {
	t.Helper()
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "harness.txt")
	if err := os.WriteFile(file, []byte("harness"), 0o600); err != nil {
		t.Fatal(err)
	}
	return (&rehearsal{t: t, URL: server.URL, DataDir: file, Secrets: &secrets{}}).visit(t, texts.English)
}
