package absence_test

import (
	"encoding/json"
	"testing"

	"github.com/figgosync/figgosync/internal/absence"
)

func TestParseClock(t *testing.T) {
	t.Parallel()
	for text, minutes := range map[string]absence.Clock{"00:00": 0, "09:00": 540, "13:05": 785, "23:59": 1439, "24:00": 1440} {
		got, err := absence.ParseClock(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		equal(t, text, minutes, got)
		equal(t, "written again", text, got.String())
	}
	for _, bad := range []string{"", "9:00", "09h00", "24:01", "12:60", "-1:00", "+9:00", "09:00:00", "09:0x", "99:00", "٠٩:00"} {
		_, err := absence.ParseClock(bad)
		if err == nil {
			t.Errorf("%q was read as a time of day", bad)
			continue
		}
		refused(t, err, "HH:MM")
	}
}

func TestAClockInJSONIsItsText(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(absence.DefaultPolicy().Hours)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "JSON", `{"morningStart":"09:00","morningEnd":"12:00","afternoonStart":"14:00","afternoonEnd":"18:00"}`, string(text))
	var back absence.Hours
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	equal(t, "read back", absence.DefaultPolicy().Hours, back)
	refused(t, json.Unmarshal([]byte(`{"morningStart":"9"}`), &back), "HH:MM")
	if _, err := json.Marshal(absence.Clock(1441)); err == nil {
		t.Error("a clock after 24:00 was written")
	}
	if _, err := json.Marshal(absence.Clock(-1)); err == nil {
		t.Error("a clock before 00:00 was written")
	}
}
