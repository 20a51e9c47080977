package api

import (
	"bytes"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/api/reference"
	"github.com/figgosync/figgosync/web/texts"
)

const docsStylePath = "/api/v1/docs.css"

func (s *Server) docsRoutes() {
	s.plain(operation{
		at: "GET /api/v1/openapi.json", id: "openapi", tag: "operation", summary: "This document",
		answer: "The OpenAPI document.",
		json:   map[string]any{},
	}, nil, s.openAPI)
	s.plain(operation{
		at: "GET /api/v1/docs", id: "docs", tag: "operation", summary: "This document as a page", answer: "The page.",
		content: "text/html",
	}, []*huma.Param{parameter("query", "lang", "Language of the page's own words.", false, "fr", "en")}, s.docs)
	s.plain(operation{
		at: "GET " + docsStylePath, id: "docsStyle", tag: "operation", summary: "The page's style",
		answer: "The style sheet.", content: "text/css",
	}, nil, docsStyle)
}

// pagesOf are the API reference in each language.
func pagesOf(document []byte) (map[texts.Lang][]byte, error) {
	page, err := reference.New(document)
	if err != nil {
		return nil, err
	}
	pages := map[texts.Lang][]byte{}
	for _, lang := range []texts.Lang{texts.French, texts.English} {
		var body bytes.Buffer
		frame := reference.Frame{Lang: lang, Style: docsStylePath, Document: "openapi.json"}
		if err := page.Write(&body, frame); err != nil {
			return nil, err
		}
		pages[lang] = body.Bytes()
	}
	return pages, nil
}

// docs answers the API reference, in the language of ?lang= or of the browser.
func (s *Server) docs(c *gin.Context) {
	pages, err := s.docsPages()
	if err != nil {
		s.config.Log.Error("the API reference cannot be shown", "error", err)
		refuse(c, refused(http.StatusInternalServerError, "internal"))
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
