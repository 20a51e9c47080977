package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/settings"
)

// number reads a whole number of the query, 0 when it is missing. On a refusal it
// has answered.
func number(c *gin.Context, name string, least, most int64) (int64, bool) {
	text := c.Query(name)
	if text == "" {
		return 0, true
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil || value < least || value > most {
		failInvalid(c, http.StatusUnprocessableEntity, "invalid", []settings.Problem{{
			Field: name, Code: settings.CodeBadNumber,
			Values: map[string]string{"least": strconv.FormatInt(least, 10), "most": strconv.FormatInt(most, 10)},
		}})
		return 0, false
	}
	return value, true
}

// moment is a time as a body has it, nothing for none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
