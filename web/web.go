// Package web holds what browsers are given: the pages' templates, style, script
// and icons, all inside the program. What the pages say is in web/texts.
package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

//go:embed templates static
var files embed.FS

// Templates returns the pages' templates, *.html.
func Templates() fs.FS { return sub("templates") }

func sub(name string) fs.FS {
	part, err := fs.Sub(files, name)
	if err != nil {
		panic(err) // the name is a constant
	}
	return part
}

// StaticPrefix is the path that Static is served under.
const StaticPrefix = "/static/"

// version names the content of all static files together, so that modules may
// import each other by relative addresses.
var version = sync.OnceValue(func() string {
	sum := sha256.New()
	err := fs.WalkDir(files, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		sum.Write([]byte(name))
		sum.Write(content)
		return err
	})
	if err != nil {
		panic(err) // the files are in the program
	}
	return hex.EncodeToString(sum.Sum(nil))[:16]
})

// StaticURL is the address of a static file, such as "app.css". It changes with
// the content of the files.
func StaticURL(name string) string { return StaticPrefix + version() + "/" + name }

// Static serves the static files under StaticPrefix: those of this version to be
// kept for a year, those of another version (an old page, or another process in
// the middle of an upgrade) as they are now, not to be kept.
func Static() http.Handler {
	root := sub("static")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, StaticPrefix), "/")
		content, err := fs.ReadFile(root, name)
		if err != nil {
			http.NotFound(w, r)
			return
		}
		caching := "public, max-age=31536000, immutable"
		if asked != version() {
			caching = "no-cache"
		}
		w.Header().Set("Cache-Control", caching)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Type", contentType(name))
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
	})
}

// contentType does not ask the machine's own table, which may know .js as
// something else.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".LICENSE":
		return "text/plain; charset=utf-8"
	}
	if known := mime.TypeByExtension(path.Ext(name)); known != "" {
		return known
	}
	return "application/octet-stream"
}
