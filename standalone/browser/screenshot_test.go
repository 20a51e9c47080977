package browser_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"

	"github.com/figgosync/figgosync/web/texts"
)

// tallest is the height of a screenshot at most, in pixels.
const tallest = 1400

// shows has the page judged by axe, and written as a screenshot where those are
// asked for and a guide shows it.
func (v *visitor) shows(name string) {
	v.t.Helper()
	v.judge(name)
	v.keepsPicture(name, v.picture)
}

// showsPart is shows for a part of the page, by its selector.
func (v *visitor) showsPart(name, selector string) {
	v.t.Helper()
	v.judge(name)
	v.keepsPicture(name, func() []byte { return v.part(selector) })
}

func (v *visitor) keepsPicture(name string, picture func() []byte) {
	v.t.Helper()
	dir := os.Getenv("FIGGOSYNC_SCREENSHOTS")
	if dir == "" || !slices.Contains(pictured(v.t, v.loc.Lang), name) {
		return
	}
	path := filepath.Join(dir, string(v.loc.Lang), name+".png")
	must(v, os.MkdirAll(filepath.Dir(path), 0o755), "make the directory of the screenshots")
	must(v, os.WriteFile(path, picture(), 0o644), "write the screenshot")
}

// picture is the page as it looks in a window high enough for it.
func (v *visitor) picture() []byte {
	v.t.Helper()
	return v.inHighWindow(tallest, func() *page.Viewport { return nil })
}

// part is what a selector matches, with a margin.
func (v *visitor) part(selector string) []byte {
	v.t.Helper()
	const margin, wholePage = 12, 8000
	return v.inHighWindow(wholePage, func() *page.Viewport {
		box := evaluate[struct{ X, Y, Width, Height float64 }](v, "document.querySelector("+strconv.Quote(selector)+").getBoundingClientRect().toJSON()")
		return &page.Viewport{X: box.X - margin, Y: box.Y - margin, Width: box.Width + 2*margin, Height: min(box.Height+2*margin, tallest), Scale: 1}
	})
}

// inHighWindow takes a picture of what clip says, nil for all, in a window as high as the
// page, or as highest.
func (v *visitor) inHighWindow(highest int64, clip func() *page.Viewport) []byte {
	v.t.Helper()
	v.prefers("light")
	evaluate[bool](v, "window.scrollTo(0, 0), document.activeElement && document.activeElement.blur(), true")
	height := min(highest, int64(send(v, page.GetLayoutMetrics, struct{}{}).CSSContentSize.Height))
	high := laptop
	high.Height = max(height, 640)
	send(v, emulation.SetDeviceMetricsOverride, high)
	v.settle()
	shot := send(v, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng, Clip: clip()})
	send(v, emulation.SetDeviceMetricsOverride, laptop)
	v.settle()
	return smaller(shot.Data)
}

var reference = regexp.MustCompile(`images/(fr|en)/([a-z0-9-]+)\.png`)

// pictured are the names of the screenshots that the guides of a language show.
func pictured(t *testing.T, lang texts.Lang) []string {
	t.Helper()
	files, err := filepath.Glob(guide(lang, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, filepath.Join(guides, "..", map[texts.Lang]string{texts.French: "LISEZMOI.md", texts.English: "README.md"}[lang]))
	names := map[string]bool{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range reference.FindAllSubmatch(content, -1) {
			if texts.Lang(found[1]) == lang {
				names[string(found[2])] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// TestGuidesHaveTheirPictures: each screenshot that a guide shows is there, and none
// is there for nothing.
func TestGuidesHaveTheirPictures(t *testing.T) {
	for _, lang := range languages {
		var there []string
		files, err := filepath.Glob(filepath.Join(guides, "images", string(lang), "*.png"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			there = append(there, filepath.Base(file[:len(file)-len(".png")]))
		}
		for _, name := range pictured(t, lang) {
			if !slices.Contains(there, name) {
				t.Errorf("docs/images/%s/%s.png is missing; FIGGOSYNC_SCREENSHOTS=DIR makes it", lang, name)
			}
		}
		for _, name := range there {
			if !slices.Contains(pictured(t, lang), name) {
				t.Errorf("no guide shows docs/images/%s/%s.png", lang, name)
			}
		}
	}
}

// smaller is a screenshot with a palette of 256 colours, the most frequent ones:
// pages have few, and the file becomes a third.
func smaller(data []byte) []byte {
	picture, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return data
	}
	reduced := image.NewPaletted(picture.Bounds(), palette(picture))
	nearest := map[color.Color]uint8{}
	each(picture, func(x, y int, c color.Color) {
		index, ok := nearest[c]
		if !ok {
			index = uint8(reduced.Palette.Index(c))
			nearest[c] = index
		}
		reduced.SetColorIndex(x, y, index)
	})
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, reduced); err != nil || out.Len() > len(data) {
		return data
	}
	return out.Bytes()
}

// palette is the most frequent colours, and for the rest of them, as in gradients,
// one in the middle of each frequent neighbourhood.
func palette(picture image.Image) color.Palette {
	counts := map[color.RGBA]int{}
	each(picture, func(_, _ int, c color.Color) { counts[color.RGBAModel.Convert(c).(color.RGBA)]++ })
	frequent := func(a, b color.RGBA) int { return counts[b] - counts[a] }
	colours := slices.SortedFunc(maps.Keys(counts), frequent)
	exact := min(160, len(colours))
	seen := map[color.RGBA]bool{}
	var chosen color.Palette
	for i, c := range colours {
		near := color.RGBA{c.R >> 4, c.G >> 4, c.B >> 4, 0}
		if i < exact || !seen[near] {
			chosen = append(chosen, c)
		}
		seen[near] = seen[near] || i >= exact
		if len(chosen) == 256 {
			break
		}
	}
	return chosen
}

func each(picture image.Image, do func(x, y int, c color.Color)) {
	bounds := picture.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			do(x, y, picture.At(x, y))
		}
	}
}
