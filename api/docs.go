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

// docsPage is made when it is first asked for.
var docsPage = sync.OnceValues(func() (*reference.Page, error) { return reference.New(openAPIDocument) })

// docs answers the API reference, in the language of ?lang= or of the browser.
func (s *Server) docs(c *gin.Context) {
	lang := language(c)
	if asked := texts.Lang(c.Query("lang")); asked == texts.French || asked == texts.English {
		lang = asked
	}
	var body bytes.Buffer
	page, err := docsPage()
	if err == nil {
		err = page.Write(&body, reference.Frame{Lang: lang, Style: docsStylePath, Document: "openapi.json"})
	}
	if err != nil {
		s.config.Log.Error("the API reference cannot be shown", "error", err)
		fail(c, http.StatusInternalServerError, "internal", "Something unforeseen went wrong.")
		return
	}
	c.Header("Content-Security-Policy", reference.SecurityPolicy)
	c.Header("X-Frame-Options", "DENY")
	c.Header("Vary", "Accept-Language")
	c.Data(http.StatusOK, "text/html; charset=utf-8", body.Bytes())
}

func docsStyle(c *gin.Context) { c.Data(http.StatusOK, "text/css; charset=utf-8", reference.Style()) }
