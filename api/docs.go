package api

import (
	"bytes"
	"net/http"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/api/reference"
	"github.com/figgosync/figgosync/web/texts"
)

const docsStylePath = "/api/v1/docs.css"

// docsPages are the API reference in each language, made when they are first asked
// for.
var docsPages = sync.OnceValues(func() (map[texts.Lang][]byte, error) {
	page, err := reference.New(openAPIDocument)
	if err != nil {
		return nil, err
	}
	pages := map[texts.Lang][]byte{}
	for _, lang := range []texts.Lang{texts.French, texts.English} {
		var body bytes.Buffer
		if err := page.Write(&body, reference.Frame{Lang: lang, Style: docsStylePath, Document: "openapi.json"}); err != nil {
			return nil, err
		}
		pages[lang] = body.Bytes()
	}
	return pages, nil
})

// docs answers the API reference, in the language of ?lang= or of the browser.
func (s *Server) docs(c *gin.Context) {
	pages, err := docsPages()
	if err != nil {
		s.config.Log.Error("the API reference cannot be shown", "error", err)
		fail(c, http.StatusInternalServerError, "internal")
		return
	}
	page, ok := pages[texts.Lang(c.Query("lang"))]
	if !ok {
		page = pages[language(c)]
	}
	c.Header("Content-Security-Policy", reference.SecurityPolicy)
	c.Header("X-Frame-Options", "DENY")
	c.Header("Vary", "Accept-Language")
	c.Data(http.StatusOK, "text/html; charset=utf-8", page)
}

func docsStyle(c *gin.Context) { c.Data(http.StatusOK, "text/css; charset=utf-8", reference.Style()) }
