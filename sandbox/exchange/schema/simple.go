package schema

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

var (
	guid        = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	propertyTag = regexp.MustCompile(`^0[xX][0-9A-Fa-f]{1,4}$`)
	language    = regexp.MustCompile(`^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*$`)
	dateTime    = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$`)
	// otherURI is a field of an item that is not a calendar item.
	otherURI = regexp.MustCompile(`^(message|meeting|meetingRequest|task|contacts|distributionlist|postitem|conversation|persona|rolemember|network|abchperson|file|sharingMessage|person|booking|insight):[A-Za-z0-9]+$`)
)

// simple returns the test of a simple type's values.
func (s Set) simple(kind string) (valid func(string) bool, known bool) {
	switch kind {
	case "string", "ItemClassType", "DerivedItemIdType":
		return func(string) bool { return true }, true
	case "NonEmptyStringType":
		return func(v string) bool { return v != "" }, true
	case "boolean":
		return func(v string) bool {
			return slices.Contains([]string{"true", "false", "1", "0"},
				strings.TrimSpace(v))
		}, true
	case "int", "ReminderMinutesBeforeStartType":
		return integer(32), true
	case "short":
		return integer(16), true
	case "FreeBusyViewType": // a list in the schema; a server takes one
		return func(v string) bool {
			return slices.Contains([]string{"None", "MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed",
				"DetailedMerged"}, strings.TrimSpace(v))
		}, true
	case "long":
		return integer(64), true
	case "dateTime":
		return ValidDateTime, true
	case "base64Binary":
		return func(v string) bool { _, err := base64.StdEncoding.DecodeString(v); return err == nil }, true
	case "language", "lang": // the second is xml:lang's
		return language.MatchString, true
	case "GuidType":
		return guid.MatchString, true
	case "PropertyTagType":
		return validPropertyTag, true
	case "UnindexedFieldURIType":
		return func(v string) bool { return otherURI.MatchString(v) || s.values()["FieldURI"][v] }, true
	}
	values, known := s.values()[kind]
	return func(v string) bool { return values[v] }, known
}

// Valid tells whether value is one of that simple type's.
func (s Set) Valid(kind, value string) bool {
	valid, known := s.simple(kind)
	return known && valid(value)
}

func integer(bits int) func(string) bool {
	return func(v string) bool {
		_, err := strconv.ParseInt(strings.TrimSpace(v), 10, bits)
		return err == nil
	}
}

// ValidDateTime tells whether v is an xs:dateTime a server takes. It also refuses days that do not exist. The hour 24
// and years
// beyond four digits are not accepted.
func ValidDateTime(v string) bool {
	v = strings.TrimSpace(v)
	if !dateTime.MatchString(v) {
		return false
	}
	_, err := time.Parse(time.DateOnly+"T"+time.TimeOnly, v[:19])
	return err == nil
}

func validPropertyTag(v string) bool {
	if propertyTag.MatchString(v) {
		return true
	}
	_, err := strconv.ParseUint(v, 10, 16)
	return err == nil
}

var enumerations = sync.OnceValue(func() [2]map[string]map[string]bool {
	var sets [2]map[string]map[string]bool
	for set := range sets {
		sets[set] = map[string]map[string]bool{}
		for kind, list := range enums {
			sets[set][kind] = map[string]bool{}
			for word := range strings.FieldsSeq(list) {
				bare := strings.TrimPrefix(word, "~")
				if bare == word || Set(set) != Exchange2010 {
					sets[set][kind][bare] = true
				}
			}
		}
	}
	return sets
})

func (s Set) values() map[string]map[string]bool { return enumerations()[s] }
