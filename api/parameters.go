package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// What requests have in common. The framework sees embedded structs only when they are
// exported; what they require is told in our own words, by handlers.
type (
	// None is a request without parameters.
	None struct{}

	// Spoken is a request whose answer has texts for people.
	Spoken struct {
		Language string `header:"Accept-Language" maxLength:"200" doc:"Texts for people are French or English; French when it names neither."`
	}

	// SourcePath is the address of a source.
	SourcePath struct {
		Source string `path:"source" maxLength:"255" doc:"Name of the source."`
	}

	// ConnectionPath is the address of a connection.
	ConnectionPath struct {
		Connection string `path:"connection" maxLength:"255" doc:"Name of the connection."`
	}

	// SynchronizationPath is the address of a synchronization.
	SynchronizationPath struct {
		Synchronization string `path:"synchronization" maxLength:"255" doc:"Name of the synchronization."`
	}

	// AbsencePath is the address of an absence.
	AbsencePath struct {
		SourcePath
		Absence string `path:"absence" maxLength:"255" doc:"Figgo's id of the absence."`
	}

	// RepliesPath is the address of an employee's automatic replies.
	RepliesPath struct {
		SourcePath
		Employee string `path:"employee" maxLength:"255" doc:"Figgo's id of the employee."`
	}

	// InitializationPath is the address of an initialization.
	InitializationPath struct {
		Initialization string `path:"initialization" maxLength:"255" doc:"The id that starting it answered."`
	}

	// ReconciliationPath is the address of a reconciliation.
	ReconciliationPath struct {
		Reconciliation string `path:"reconciliation" maxLength:"255" doc:"The id that starting it answered."`
	}

	// RemovalPath is the address of a removal.
	RemovalPath struct {
		Removal string `path:"removal" maxLength:"255" doc:"The id that starting it answered."`
	}

	// KnownVersion is a request for a record that may be known already.
	KnownVersion struct {
		IfNoneMatch string `header:"If-None-Match" maxLength:"200" doc:"An ETag that is known already."`
	}

	// ReadVersion is a request to change a record that was read.
	ReadVersion struct {
		IfMatch string `header:"If-Match" required:"true" maxLength:"200" doc:"The ETag of what was read, or *."`
	}

	// MayHaveRead is a request to change a record, whether it was read or not.
	MayHaveRead struct {
		IfMatch string `header:"If-Match" maxLength:"200" doc:"The ETag of what was read. Without it the version there is now is taken."`
	}
)

func (s Spoken) lang() texts.Lang { return texts.Pick(s.Language) }

// What answers have in common.
type (
	// answer is an answer with nothing but a body.
	answer[T any] struct{ Body T }

	// list is all there is of something.
	list[T any] struct {
		Items []T `json:"items"`
	}

	// nothing is an answer without a body.
	nothing struct{}

	// single is one record with its version.
	single[T any] struct {
		Status int
		ETag   string `header:"ETag" pattern:"^\"[0-9]+\"$" doc:"The version; missing where the settings come from a file."`
		Body   T
	}

	// created is a new record with its version.
	created[T any] struct {
		ETag     string `header:"ETag" pattern:"^\"[0-9]+\"$" doc:"The version; missing where the settings come from a file."`
		Location string `header:"Location" doc:"Where it is."`
		Body     T
	}

	// accepted is what was begun, and where it is followed.
	accepted[T any] struct {
		Location string `header:"Location" doc:"Where it is."`
		Body     T
	}
)

func answered[T any](body T, err error) (*answer[T], error) {
	if err != nil {
		return nil, err
	}
	return &answer[T]{body}, nil
}

// listed answers what each of all becomes.
func listed[A, B any](all []A, err error, become func(A) B) (*answer[list[B]], error) {
	if err != nil {
		return nil, err
	}
	items := make([]B, 0, len(all))
	for _, one := range all {
		items = append(items, become(one))
	}
	return &answer[list[B]]{list[B]{items}}, nil
}

// read answers a record, or 304 where the client has this version already.
func read[T any](in KnownVersion, version settings.Version, body T) *single[T] {
	one := versioned(version, body)
	if in.IfNoneMatch != "" && one.ETag != "" && hasTag(in.IfNoneMatch, one.ETag, true) {
		one.Status = http.StatusNotModified
	}
	return one
}

func versioned[T any](version settings.Version, body T) *single[T] {
	return &single[T]{Status: http.StatusOK, ETag: entityTag(version), Body: body}
}

// entityTag is a version as RFC 9110, 8.8.3 writes it; "" for none.
func entityTag(version settings.Version) string {
	if version == 0 {
		return ""
	}
	return `"` + strconv.FormatInt(int64(version), 10) + `"`
}

// hasTag tells whether a list of entity tags has one (RFC 9110, 13.1). Weak tags
// count for reading only: two answers that only mean the same are not the same
// record to change.
func hasTag(list, tag string, weak bool) bool {
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

// changed says who has changed the record meanwhile, and when.
func (now stamp) changed() *refusal {
	answer := refused(http.StatusPreconditionFailed, "changed")
	answer.now = now
	return answer
}

// records are those of one kind, as they are now.
type records[V any] struct {
	find func(ctx context.Context, name string) (V, error)
	// unknown answers a name that none has.
	unknown  *refusal
	stamp    func(V) stamp
	readOnly bool
}

// now reads one.
func (r records[V]) now(ctx context.Context, name string) (V, error) {
	view, err := r.find(ctx, name)
	if errors.Is(err, settings.ErrNotFound) {
		return view, r.unknown
	}
	return view, err
}

// toChange reads one that may be changed, and compares If-Match with it: it is 428
// without the header and 412 when somebody else has changed the record. Where the
// settings come from a file it is 409, before anything is said of versions: there are
// none.
func (r records[V]) toChange(ctx context.Context, name, ifMatch string) (V, error) {
	view, err := r.now(ctx, name)
	switch now := r.stamp(view); {
	case err != nil:
	case r.readOnly:
		err = admin.ErrReadOnly
	case ifMatch == "":
		err = refused(http.StatusPreconditionRequired, "version-required")
	case !hasTag(ifMatch, entityTag(now.version), false):
		err = now.changed()
	}
	return view, err
}

// failed also tells of a change that came between reading and writing.
func (r records[V]) failed(ctx context.Context, name string, err error) error {
	if !errors.Is(err, settings.ErrChanged) {
		return err
	}
	view, err := r.now(ctx, name)
	if err != nil {
		return err
	}
	return r.stamp(view).changed()
}

// Version is the version of a record; nothing where the settings come from a file.
type Version struct {
	Version   settings.Version `json:"version,omitempty" minimum:"1" doc:"Counts changes from 1; also the ETag. Missing where the settings come from a file."`
	ChangedAt *time.Time       `json:"changedAt,omitempty"`
	ChangedBy *settings.Author `json:"changedBy,omitempty"`
}

func versionOf(version settings.Version, at time.Time, by settings.Author) Version {
	if version == 0 {
		return Version{}
	}
	return Version{Version: version, ChangedAt: moment(at), ChangedBy: &by}
}

// moment is a time as a body has it, nothing for none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// codeOtherName is for a body that names another record than the address.
const codeOtherName = "other-name"

func otherName(sent, name string) []settings.Problem {
	if sent == name {
		return nil
	}
	return []settings.Problem{{Field: "name", Code: codeOtherName}}
}
