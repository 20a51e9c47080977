package google

import (
	"net/http"
	"slices"
	"sync"
	"time"
)

// maxQuotaUser is how long a quotaUser may be:
// cloud.google.com/apis/docs/system-parameters
const maxQuotaUser = 40

// quota counts the requests of the last sixty seconds, per user and per project
// (developers.google.com/workspace/calendar/api/guides/quota).
type quota struct {
	perUser, perProject int

	mu       sync.Mutex
	users    map[string][]time.Time
	projects map[string][]time.Time
	swept    time.Time
}

func newQuota(perUser, perProject int) *quota {
	return &quota{perUser: perUser, perProject: perProject, users: map[string][]time.Time{},
		projects: map[string][]time.Time{}}
}

// spend takes units from both quotas, or from none when one has too few left.
func (q *quota) spend(user, project string, units int, now time.Time) *refusal {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sweep(now)
	users, projects := recent(q.users[user], now), recent(q.projects[project], now)
	q.users[user], q.projects[project] = users, projects
	var full *refusal
	switch {
	case len(users)+units > q.perUser:
		full = refuse(http.StatusForbidden, "userRateLimitExceeded", "User Rate Limit Exceeded")
	case len(projects)+units > q.perProject:
		full = refuse(http.StatusForbidden, "rateLimitExceeded", "Rate Limit Exceeded")
	default:
		for range units {
			users, projects = append(users, now), append(projects, now)
		}
		q.users[user], q.projects[project] = users, projects
		return nil
	}
	full.Domain = "usageLimits"
	return full
}

// recent drops what is a minute old or older.
func recent(spent []time.Time, now time.Time) []time.Time {
	first := slices.IndexFunc(spent, func(at time.Time) bool { return now.Sub(at) < time.Minute })
	if first < 0 {
		return nil
	}
	return spent[first:]
}

// sweep forgets, once a minute, the users that were silent for a minute.
func (q *quota) sweep(now time.Time) {
	if now.Sub(q.swept) < time.Minute {
		return
	}
	q.swept = now
	for user, spent := range q.users {
		if len(recent(spent, now)) == 0 {
			delete(q.users, user)
		}
	}
}

// quotaUser is who is charged for a request: the quotaUser parameter, else the
// x-goog-quota-user header, else the service account; never the impersonated
// user by himself. Two accounts of one project may name the same quotaUser.
func quotaUser(c *call) (string, *refusal) {
	user := c.query.Get("quotaUser")
	if user == "" {
		user = c.request.Header.Get("X-Goog-Quota-User")
	}
	if len(user) > maxQuotaUser {
		return "", refuse(http.StatusBadRequest, "invalidParameter",
			"quotaUser has more than 40 characters.").at("parameter", "quotaUser")
	}
	if user == "" {
		return c.grant.account, nil
	}
	return projectOf(c.grant.account) + " " + user, nil
}
