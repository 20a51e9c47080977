package workflows

// Release numbers the ways of these workflows that differ in what they ask of
// Temporal. A life goes the way of the newest Release an answer of Route told it,
// a LegalEntityInitialization the one in its input: both are in the history, so a
// run that began before a deployment is replayed the way it went. Raise it with
// every such difference, and keep the ways of lower numbers for as long as runs of
// theirs may be open, which is months.
//
// workflow.GetVersion does the same at the price of two more events and an entry
// in the index for every absence.
//
//	0  what came before
//	1  FiggoReason and FiggoSynchronization; the timer for the end of life may be
//	   late; words to an initialization are gathered; it signals lives that run
//	   without trying to start them, and learns the pace from their words
const Release = 1
