package workflows

import (
	"reflect"
	"testing"

	"github.com/figgosync/figgosync/internal/absence"
)

// same must know every field, or a Route would be taken for another absence's.
func TestSameComparesEveryField(t *testing.T) {
	t.Parallel()
	day := absence.Date{Year: 2026, Month: 12, Day: 7}
	different := map[string]absence.Absence{
		"HalfDays":    {HalfDays: []absence.HalfDay{{Date: day, Part: absence.Morning}}},
		"Off":         {Off: []absence.Date{day}},
		"Account":     {Account: "1"},
		"AccountName": {AccountName: "RTT"},
		"Category":    {Category: "Congés"},
	}
	for field := range reflect.TypeFor[absence.Absence]().Fields() {
		other, known := different[field.Name]
		if !known || same(absence.Absence{}, other) || !same(other, other) {
			t.Errorf("absences that differ in %s count as the same", field.Name)
		}
	}
}
