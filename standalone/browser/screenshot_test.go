package browser_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/page"
)

// tallest is the height of a screenshot at most, in pixels.
const tallest = 1500

// shows has the page judged by axe, and written as a screenshot for the guides
// where those are asked for.
func (v *visitor) shows(name string) {
	v.t.Helper()
	v.judge(name)
	dir := os.Getenv("FIGGOSYNC_SCREENSHOTS")
	if dir == "" {
		return
	}
	v.prefers("light")
	evaluate[bool](v, "window.scrollTo(0, 0), document.activeElement && document.activeElement.blur(), true")
	height := min(tallest, send(v, page.GetLayoutMetrics, struct{}{}).CSSContentSize.Height)
	shot := send(v, page.CaptureScreenshot, page.CaptureScreenshotParams{
		Format: page.CaptureScreenshotFormatPng, CaptureBeyondViewport: new(true),
		Clip: &page.Viewport{Width: float64(laptop.Width), Height: height, Scale: 1},
	})
	path := filepath.Join(dir, string(v.words.Lang), name+".png")
	must(v, os.MkdirAll(filepath.Dir(path), 0o755), "make the directory of the screenshots")
	must(v, os.WriteFile(path, smaller(shot.Data), 0o644), "write the screenshot")
}

// smaller writes a PNG again as well as Go can, which Chromium does not do.
func smaller(data []byte) []byte {
	picture, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return data
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, picture); err != nil || out.Len() > len(data) {
		return data
	}
	return out.Bytes()
}
