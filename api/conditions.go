package api

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
	"time"
)

// entityTag is a version as RFC 9110, 8.8.3 writes it; "" for none.
func entityTag(version settings.Version) string {
	if version == 0 {
		return ""
	}
	return `"` + strconv.FormatInt(int64(version), 10) + `"`
}

// single answers with one versioned resource, or 304 where the client has this
// version already.
func single(c *gin.Context, status int, version settings.Version, body any) {
	tag := entityTag(version)
	if tag != "" {
		c.Header("ETag", tag)
	}
	if given := c.GetHeader("If-None-Match"); c.Request.Method == http.MethodGet && given != "" && tag != "" && listed(given, tag, true) {
		c.Status(http.StatusNotModified)
		return
	}
	c.JSON(status, body)
}

// listed tells whether a list of entity tags has one (RFC 9110, 13.1). Weak tags
// count for reading only: two answers that only mean the same are not the same
// record to change.
func listed(list, tag string, weak bool) bool {
	if strings.TrimSpace(list) == "*" {
		return true
	}
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimSpace(one)
		if weak {
			one = strings.TrimPrefix(one, "W/")
		}
		if one == tag {
			return true
		}
	}
	return false
}

// stamp is the version of a record, and who made it when.
type stamp struct {
	version settings.Version
	at      time.Time
	by      settings.Author
}

// unchanged compares If-Match with the record there is. It answers 428 without
// the header and 412 when somebody else has changed the record.
func unchanged(c *gin.Context, now stamp) bool {
	given := c.GetHeader("If-Match")
	if given == "" {
		fail(c, http.StatusPreconditionRequired, "version-required")
		return false
	}
	if !listed(given, entityTag(now.version), false) {
		changed(c, now)
		return false
	}
	return true
}

// changed says who has changed the record meanwhile, and when.
func changed(c *gin.Context, now stamp) {
	by, at := now.by, now.at
	refuse(c, problem{
		Status: http.StatusPreconditionFailed, Code: "changed", Version: now.version, ChangedAt: moment(at), ChangedBy: &by,
		Detail: texts.Text{
			FR: "Quelqu’un d’autre l’a modifié entre-temps : relisez-le, puis recommencez.", EN: "Somebody else has changed it meanwhile: read it again, then try again.",
		}.In(language(c)),
	})
}
