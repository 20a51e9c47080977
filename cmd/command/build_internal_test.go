package command

import "testing"

func TestABuildIsEasyToType(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{
		"0.1.0":                             "0.1.0",
		"development":                       "development",
		"v0.1.0 (0123456789ab, 2026-12-01)": "v0.1.0-0123456789ab-2026-12-01",
		"v0.1.0 (0123456789ab with changes, 2026)": "v0.1.0-0123456789ab-with-changes-2026",
	} {
		if got := buildID(version); got != want {
			t.Errorf("%q is the build %q, want %q", version, got, want)
		}
	}
}
