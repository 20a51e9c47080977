package graph_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// search is the documented filter, escaped as a URL.
func search(id, value string) string {
	quoted := strings.ReplaceAll(value, "'", "''")
	return "$filter=" + url.QueryEscape(fmt.Sprintf("singleValueExtendedProperties/Any(ep: ep/id eq '%s' and ep/value eq '%s')", id, quoted))
}

func subjects(a answer) []string {
	list := []string{}
	for _, event := range a.values() {
		subject, _ := event["subject"].(string)
		list = append(list, subject)
	}
	return list
}

func TestSearchByExtendedProperty(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, value := range []string{"s/1", "s/12", "O'Neil"} {
		w.create(anna, with(timed(), "subject", value, "singleValueExtendedProperties", property(keyID, value)))
	}
	w.create(anna, with(timed(), "subject", "someone's own"))
	gone := w.create(anna, with(timed(), "subject", "binned", "singleValueExtendedProperties", property(keyID, "s/1"))).id()
	w.must(http.StatusNoContent, w.do("DELETE", events(anna)+"/"+gone, nil))
	lambda := func(predicate string) string {
		return "$filter=" + url.QueryEscape("singleValueExtendedProperties/any(p:p/id eq '"+keyID+"' and "+predicate+")")
	}
	upper := strings.Replace(keyID, "7b1f0c52", "7B1F0C52", 1)
	for query, want := range map[string][]string{
		search(keyID, "s/1"):    {"s/1"},
		search(keyID, "S/1"):    {"s/1"}, // values without case
		search(upper, "s/1"):    {"s/1"}, // the GUID is a GUID
		search(keyID, "O'Neil"): {"O'Neil"},
		search(keyID, "none"):   {},
		search(strings.ToUpper(keyID[:len(keyID)-12])+"figgosyncKey", "s/1"):             nil, // STRING is no type
		search(strings.Replace(keyID, "figgosyncKey", "FiggosyncKey", 1), "s/1"):         {},  // names with case
		search("String {00000000-0000-0000-0000-000000000000} Name figgosyncKey", "s/1"): {},
		lambda("startswith(p/value,'S/1')"):                                              {"s/1", "s/12"},
		lambda("contains(p/value, 'nei')"):                                               {"O'Neil"},
		lambda("p/value ne 's/1'"):                                                       {"s/12", "O'Neil"},
	} {
		a := w.do("GET", events(anna)+"?"+query, nil)
		if want == nil {
			if a.code() != "ErrorInvalidExtendedProperty" {
				t.Errorf("%s: %d %s", query, a.status, a.text)
			}
			continue
		}
		if diff := cmp.Diff(want, subjects(a)); diff != "" || a.status != http.StatusOK {
			t.Errorf("%s: %d (-want +got):\n%s", query, a.status, diff)
		}
	}
}

func TestFiltersRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	base := "singleValueExtendedProperties/Any(ep: ep/id eq '" + keyID + "' and ep/value eq 'v')"
	for text, code := range map[string]string{
		"id eq 'x'":                        "ErrorInvalidProperty",
		"title eq 'x'":                     "RequestBroker--ParseUri",
		"start/dateTime ge '2026' and x/y": "RequestBroker--ParseUri",
		"subject eq":                       "ErrorInvalidUrlQueryFilter",
		"subject = 'x'":                    "ErrorInvalidUrlQueryFilter",
		"subject eq 'x')":                  "ErrorInvalidUrlQueryFilter",
		"(subject eq 'x'":                  "ErrorInvalidUrlQueryFilter",
		"subject eq 'x' and":               "ErrorInvalidUrlQueryFilter",
		"categories/some(c:c eq 'x')":      "ErrorInvalidUrlQueryFilter",
		"true":                             "ErrorInvalidUrlQueryFilter",
		"":                                 "ErrorInvalidUrlQueryFilter",
		base + " or title eq 'x'":          "RequestBroker--ParseUri",
		strings.Replace(base, "{", "", 1) + " or subject eq 'x'": "ErrorInvalidExtendedProperty",
		base[:len(base)-1]:                                       "ErrorInvalidUrlQueryFilter",
		strings.Replace(base, "'v'", "v", 1):                     "ErrorInvalidUrlQueryFilter",
		strings.Replace(base, "'v'", "'v", 1):                    "ErrorInvalidUrlQueryFilter",
		strings.Replace(base, "ep/value", "x/value", 1):          "ErrorInvalidUrlQueryFilter",
		strings.Replace(base, "'v'", "'v''", 1):                  "ErrorInvalidUrlQueryFilter",
		strings.Replace(base, "value eq", "value gt", 1):         "ErrorInvalidUrlQueryFilter",
		strings.NewReplacer("{", "", "}", "").Replace(base):      "ErrorInvalidExtendedProperty",
		strings.Replace(base, "single", "Single", 1):             "RequestBroker--ParseUri",
		"singleValueExtendedProperties/Any(ep: ep/value eq 'v')": "ErrorInvalidUrlQueryFilter",
	} {
		a := w.do("GET", events(anna)+"?$filter="+url.QueryEscape(text), nil)
		if a.status != http.StatusBadRequest || a.code() != code {
			t.Errorf("%q: %d %s, want %s", text, a.status, a.code(), code)
		}
	}
}

// Whatever a value is made of, a client that doubles the quotes finds it.
func TestAnyValueIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.StringOfN(rapid.RuneFrom([]rune("aZ0'\"/:()&+%#= éß’{}")), 1, 20, -1).Draw(t, "value")
		id := w.create(ravi, with(timed(), "singleValueExtendedProperties", property(keyID, value))).id()
		found := w.do("GET", events(ravi)+"?"+search(keyID, value), nil, immutable...).values()
		w.do("DELETE", events(ravi)+"/"+id, nil)
		if len(found) != 1 || found[0]["id"] != id {
			t.Fatalf("%q: found %v", value, found)
		}
	})
}

func TestExpand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	runID := strings.Replace(keyID, "figgosyncKey", "figgosyncRun", 1)
	upper := strings.Replace(keyID, "7b1f0c52", "7B1F0C52", 1)
	created := w.create(anna, with(timed(), "singleValueExtendedProperties", append(property(upper, "s/1"), property(runID, "1:abc")...)))
	if _, ok := created.body["singleValueExtendedProperties"]; ok {
		t.Error("POST answers extended properties")
	}
	path := events(anna) + "/" + created.id()
	if patched := w.do("PATCH", path, map[string]any{"singleValueExtendedProperties": property(runID, "1:def")}); patched.body["singleValueExtendedProperties"] != nil {
		t.Error("PATCH answers extended properties")
	}
	expand := func(inner string) string { return "?$expand=" + url.QueryEscape("singleValueExtendedProperties"+inner) }
	key, run := map[string]any{"id": keyID, "value": "s/1"}, map[string]any{"id": runID, "value": "1:def"}
	for inner, want := range map[string]any{
		"($filter=id eq '" + upper + "')":                                                   []any{key},
		"($filter=id eq '" + keyID + "' or id eq '" + runID + "')":                          []any{key, run},
		"($filter=id eq '" + strings.ToLower(keyID[:1]) + keyID[1:] + "')":                  "ErrorInvalidExtendedProperty",
		"($filter=id eq 'String {7b1f0c52-6d0e-4f0c-9c55-5b0d6f1e7a21} Name figgosynckey')": nil,
		"":                         "ErrorInvalidUrlQuery",
		"($filter=value eq 's/1')": "ErrorInvalidUrlQuery",
		"($filter=id eq '" + keyID + "' and id eq '" + runID + "')": "ErrorInvalidUrlQuery",
	} {
		a := w.do("GET", path+expand(inner), nil)
		if code, refused := want.(string); refused {
			if a.status != http.StatusBadRequest || a.code() != code {
				t.Errorf("%s: %d %s, want %s", inner, a.status, a.code(), code)
			}
			continue
		}
		if diff := cmp.Diff(want, a.body["singleValueExtendedProperties"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", inner, diff)
		}
	}
	list := w.do("GET", events(anna)+expand("($filter=id eq '"+keyID+"')")+"&$select=id&"+search(keyID, "s/1"), nil).values()
	if len(list) != 1 || cmp.Diff([]any{key}, list[0]["singleValueExtendedProperties"]) != "" || list[0]["subject"] != nil {
		t.Errorf("list: %v", list)
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for i := range 23 {
		w.create(anna, with(timed(), "subject", fmt.Sprintf("%02d", i)))
	}
	for query, sizes := range map[string][]int{"": {10, 10, 3}, "?$top=23": {23}, "?$top=11&$select=subject": {11, 11, 1}, "?$skip=20": {3}} {
		next, got, seen := events(anna)+query, []int{}, map[string]bool{}
		for next != "" {
			a := w.must(http.StatusOK, w.do("GET", next, nil))
			got = append(got, len(a.values()))
			for _, subject := range subjects(a) {
				seen[subject] = true
			}
			next, _ = a.body["@odata.nextLink"].(string)
		}
		if diff := cmp.Diff(sizes, got); diff != "" {
			t.Errorf("%q: pages (-want +got):\n%s", query, diff)
		}
		if query != "?$skip=20" && len(seen) != 23 {
			t.Errorf("%q: saw %d events", query, len(seen))
		}
	}
	if a := w.do("GET", events(anna)+"?$top=1&$count=true&$orderby=subject%20desc", nil); a.body["@odata.count"] != 23.0 || subjects(a)[0] != "22" {
		t.Errorf("count and order: %s", a.text)
	}
	for _, bad := range []string{"$top=0", "$top=1001", "$top=x", "$skip=-1", "$orderby=subject%20up", "$select=colour", "$select=", "$count=yes", "$top=1&$top=2"} {
		if a := w.do("GET", events(anna)+"?"+bad, nil); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, a.status)
		}
	}
}

func TestCalendarView(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.create(anna, with(timed(), "subject", "morning"))
	w.create(anna, with(allDay("2026-10-05", "2026-10-06", paris), "subject", "day"))
	path := "/users/" + anna + "/calendarView?"
	for query, want := range map[string][]string{
		"startDateTime=2026-10-05T07:00:00Z&endDateTime=2026-10-05T08:00:00Z":               {"morning", "day"},
		"startDateTime=2026-10-05T10:00:00Z&endDateTime=2026-10-05T11:00:00Z":               {"day"},
		"startDateTime=2026-10-05T12:00:00%2B02:00&endDateTime=2026-10-06T12:00:00%2B02:00": {"day"},
		// Compared as instants: the Paris day began at 22:00 UTC the day before.
		"startDateTime=2026-10-04T00:00:00&endDateTime=2026-10-05T00:00:00": {"day"},
		"startDateTime=2026-10-05T22:00:00&endDateTime=2026-10-06T22:00:00": {},
	} {
		if diff := cmp.Diff(want, subjects(w.must(http.StatusOK, w.do("GET", path+query, nil)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	for query, status := range map[string]int{
		"":                                   400,
		"startDateTime=2026-10-05T07:00:00Z": 400,
		"startDateTime=2026-10-05T07:00:00Z&endDateTime=2026-10-05T07:00:00Z":                         400,
		"startDateTime=2026-10-05T09:00:00+02:00&endDateTime=2026-10-06T07:00:00Z":                    400, // + is a space
		"startDateTime=2026-10-05T07:00:00Z&endDateTime=2026-10-06T07:00:00Z&" + search(keyID, "s/1"): 500,
	} {
		if a := w.do("GET", path+query, nil); a.status != status {
			t.Errorf("%q: %d, want %d", query, a.status, status)
		}
	}
}

func TestMailboxSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for email, want := range map[string]string{anna: paris, ravi: "Mauritius Standard Time"} {
		a := w.must(http.StatusOK, w.do("GET", "/users/"+email+"/mailboxSettings?$select=timeZone", nil))
		delete(a.body, "@odata.context")
		if diff := cmp.Diff(map[string]any{"timeZone": want}, a.body); diff != "" {
			t.Errorf("%s (-want +got):\n%s", email, diff)
		}
	}
}
