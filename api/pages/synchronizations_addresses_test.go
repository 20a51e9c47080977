package pages_test

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
)

// Addresses are CSV in the form or in a file: what a file says of somebody replaces what was
// there, and a bad line saves nothing and loses nothing.
func TestAddressesOfMailboxes(t *testing.T) {
	t.Parallel()
	w, c := luccaWorld(t)
	w.setUp(c, calendars.Office365, "1")
	const page = "/synchronizations/acme-office365"
	fields := policyFields("acme", "office365", "1")
	fields.Set("version", "1")
	fields.Set("hideType", "12, 13")
	fields.Set("addresses", "416;jane@example.com\n417;joe@example.com")
	send := func(version, file string) answer {
		fields.Set("version", version)
		return w.upload(page, fields, "addressesFile", file)
	}
	bad := send("1", "id,address\r\n418,ann@example.com\r\nnobody,at all\r\n")
	shown := html.UnescapeString(bad.Body.String())
	for _, wanted := range []string{"La ligne 4 n’est pas un identifiant Figgo", "416;jane@example.com", "418,ann@example.com", "nobody,at all"} {
		if bad.Code != http.StatusUnprocessableEntity || !strings.Contains(shown, wanted) {
			t.Errorf("%d, and the page does not show %q", bad.Code, wanted)
		}
	}
	if a := send("1", "id;address\n417;joseph@example.com\n418;ann@example.com\n"); a.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", a.Code, a.Body)
	}
	stored, err := w.editor.Synchronization(t.Context(), "acme-office365")
	want := map[string]string{"416": "jane@example.com", "417": "joseph@example.com", "418": "ann@example.com"}
	if diff := cmp.Diff(want, stored.Addresses); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	if diff := cmp.Diff([]string{"12", "13"}, stored.HideType); diff != "" {
		t.Error(diff)
	}
	if again := w.get(configurer, page).Body.String(); !strings.Contains(again, "417;joseph@example.com") {
		t.Error("the page does not show them")
	}
}
