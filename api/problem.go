package api

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"
)

// problem is an RFC 9457 error body.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	// Code is a stable word for programs.
	Code string `json:"code"`
}

// fail ends the request with an application/problem+json answer.
func fail(c *gin.Context, status int, code, detail string) {
	body, err := json.Marshal(problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail, Code: code,
	})
	if err != nil {
		c.AbortWithStatus(status)
		return
	}
	c.Abort()
	c.Data(status, "application/problem+json; charset=utf-8", body)
}
