package settings

import (
	"github.com/figgosync/figgosync/internal/record"
)

// Rules say what values may be, the same for a settings file, the pages and the
// REST API.
type Rules = record.Rules

// The codes of Problems. Behind each are the Values that its text names.
const (
	CodeRequired       = record.CodeRequired
	CodeBadName        = "bad-name"         // limit
	CodeTooLong        = record.CodeTooLong // limit, in characters
	CodeTooMany        = "too-many"         // limit
	CodeNotUTF8        = record.CodeNotUTF8
	CodeControl        = record.CodeControl
	CodeSpace          = record.CodeSpace
	CodeBadChoice      = record.CodeBadChoice // allowed
	CodeBadNumber      = record.CodeBadNumber // least, most
	CodeBadDuration    = "bad-duration"       // least, most
	CodeRetryOrder     = "retry-order"        // first, last
	CodeNotAddress     = record.CodeNotAddress
	CodeNotHTTPS       = record.CodeNotHTTPS
	CodeNotWeb         = record.CodeNotWeb
	CodeHasLogin       = record.CodeHasLogin
	CodeHasQuery       = record.CodeHasQuery
	CodeBadHeader      = "bad-header"
	CodeWeak           = "weak-secret" // least, in characters
	CodeSecretAgain    = "secret-again"
	CodeOtherProvider  = "other-provider" // provider
	CodeBadZone        = "bad-zone"       // zone
	CodeBadClock       = "bad-clock"
	CodeBadWindow      = "bad-window"
	CodeBadQuiet       = "bad-quiet-hours"
	CodeHoursOrder     = "hours-order"        // time, before
	CodeUnknownSource  = "unknown-source"     // name
	CodeUnknownConnect = "unknown-connection" // name
	CodeTriedTwice     = "tried-twice"        // name
	CodeEntityTaken    = "legal-entity-taken" // legalEntity, synchronization
	CodeEntityTwice    = "legal-entity-twice" // legalEntity
	CodeBadEntity      = "bad-legal-entity"   // limit
	CodeTooManyItems   = record.CodeTooManyItems
	CodeBadAccount     = "bad-account"     // limit
	CodePlaceholder    = "bad-placeholder" // placeholder, known
	CodeBadCategory    = "bad-category"
	CodeOneOfTwo       = "one-of-two" // other
	CodeBadLine        = "bad-line"   // line
	CodeLineTwice      = "line-twice" // line, first
	// CodeReveals is about a policy that shows sensitive types; see Reveals.
	CodeReveals = "reveals-sensitive"
)

// Codes lists every code a Problem of this package has; calendar systems have
// further ones.
func Codes() []string {
	return []string{
		CodeRequired, CodeBadName, CodeTooLong, CodeTooMany, CodeNotUTF8, CodeControl, CodeSpace, CodeBadChoice,
		CodeBadNumber,
		CodeBadDuration, CodeRetryOrder, CodeNotAddress, CodeNotHTTPS, CodeNotWeb, CodeHasLogin, CodeHasQuery,
		CodeBadHeader, CodeWeak, CodeSecretAgain,
		CodeOtherProvider, CodeBadZone, CodeBadClock, CodeBadWindow, CodeBadQuiet, CodeHoursOrder,
		CodeUnknownSource, CodeUnknownConnect, CodeTriedTwice,
		CodeEntityTaken,
		CodeEntityTwice, CodeBadEntity, CodeTooManyItems, CodeBadAccount, CodePlaceholder, CodeBadCategory,
		CodeOneOfTwo, CodeBadLine, CodeLineTwice,
		CodeReveals,
	}
}

// NamePattern is what the name of a record looks like.
const NamePattern = `^[a-z0-9-]{1,40}$`

// The bounds of texts, in characters.
const (
	MaxName     = 40
	MaxLabel    = 120
	MaxAddress  = record.MaxAddress
	MaxID       = record.MaxText   // a client id, a tenant, a login
	MaxSecret   = record.MaxSecret // a secret of one line
	MaxPEM      = record.MaxFile
	MaxZone     = 64 // as the tag of Synchronization.Zone says
	MaxEntity   = 128
	MaxEntities = 10_000
)
