package browser_test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axeVersion is the version of https://www.npmjs.com/package/axe-core that judges
// the pages.
const axeVersion = "4.14.1"

// axeScript is the script, fetched once into the user's cache directory.
var axeScript = sync.OnceValues(func() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "figgosync-tests", "axe-core-"+axeVersion)
	path := filepath.Join(dir, "axe.min.js")
	if script, err := os.ReadFile(path); err == nil {
		return string(script), nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	pack := exec.Command("npm", "pack", "--silent", "--ignore-scripts", "axe-core@"+axeVersion)
	pack.Dir = dir
	if out, err := pack.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm pack: %w: %s", err, out)
	}
	script, err := fromPackage(filepath.Join(dir, "axe-core-"+axeVersion+".tgz"), "package/axe.min.js")
	if err != nil {
		return "", err
	}
	return script, os.WriteFile(path, []byte(script), 0o644)
})

// fromPackage reads a file out of an npm package.
func fromPackage(path, name string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return "", err
	}
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if err != nil {
			return "", fmt.Errorf("%s in %s: %w", name, path, err)
		}
		if header.Name == name {
			content, err := io.ReadAll(io.LimitReader(archive, 8<<20))
			return string(content), err
		}
	}
}

// finding is what axe has against a page.
type finding struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// judged keeps what has been looked at: the same page state need not be judged
// twice.
var (
	judgedMu sync.Mutex
	judged   = map[string]bool{}
)

// judge has axe look at the page as it stands: in light and dark, and on a phone,
// where nothing may stand out at the side either. Only what is serious or critical
// counts. name says which state of the page it is.
func (v *visitor) judge(name string) {
	v.t.Helper()
	key := name + " " + string(v.loc.Lang)
	judgedMu.Lock()
	seen := judged[key]
	judged[key] = true
	judgedMu.Unlock()
	script, err := axeScript()
	if err != nil {
		missingAxe(v.t, err)
		return
	}
	if seen {
		return
	}
	evaluate[chromedp.Void](v, script)
	v.prefers("light")
	v.judgeAs(name + ", light")
	v.prefers("dark")
	v.judgeAs(name + ", dark")
	v.prefers("light")
	send(v, emulation.SetDeviceMetricsOverride, phone)
	v.settle()
	v.judgeAs(name + ", phone")
	if over := evaluate[float64](v, "document.documentElement.scrollWidth - window.innerWidth"); over > 1 {
		v.t.Errorf("%s: on a phone the page is %v pixels too wide: %s", name, over, evaluate[string](v, widest))
	}
	send(v, emulation.SetDeviceMetricsOverride, laptop)
	v.settle()
}

// widest names what reaches furthest to the right.
const widest = `(() => {
	const all = [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > window.innerWidth + 1);
	return all.slice(-3).map(e => e.outerHTML.slice(0, 160)).join(" | ");
})()`

// prefers says which colours the visitor's system asks for.
func (v *visitor) prefers(scheme string) {
	v.t.Helper()
	send(v, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	// What fades in is judged as it is in the end.
	evaluate[bool](v, `document.getAnimations().forEach(a => { try { a.finish() } catch {} }), true`)
	v.settle()
}

func (v *visitor) judgeAs(name string) {
	v.t.Helper()
	for _, one := range v.serious() {
		for _, node := range one.Nodes[:min(3, len(one.Nodes))] {
			v.t.Errorf("%s: axe, %s: %s (%s)\n  %.300s\n  %s", name, one.Impact, one.Help, one.ID, node.HTML, strings.ReplaceAll(node.Summary, "\n", "; "))
		}
	}
}

// serious is what axe finds serious or critical on the page as it stands. While a request
// is under way its button is pale, which axe takes for a lack of contrast: it looks again.
func (v *visitor) serious() []finding {
	v.t.Helper()
	const run = `(async () => {
		const underWay = () => document.querySelector(".htmx-request");
		for (let tries = 0; ; tries++) {
			while (underWay()) await new Promise(resolve => setTimeout(resolve, 50));
			const found = await axe.run(document, {resultTypes: ["violations"]});
			if (!underWay() || tries == 20) return JSON.stringify(found.violations);
		}
	})()`
	text, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](run, chromedp.EvalAwaitPromise))
	must(v, err, "let axe look")
	var findings []finding
	must(v, json.Unmarshal([]byte(text), &findings), "read axe's answer")
	return slices.DeleteFunc(findings, func(f finding) bool { return f.Impact != "serious" && f.Impact != "critical" })
}

var axeMissing sync.Once

// missingAxe says once that the pages are not judged; where everything must be
// there it fails.
func missingAxe(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("axe-core %s is not at hand: %v", axeVersion, err)
	}
	axeMissing.Do(func() {
		t.Logf("axe-core %s is not at hand, so no page is checked for accessibility here: %v", axeVersion, err)
	})
}
