// Package workflows holds the durable workflows: AbsenceLifecycle, one per absence,
// and the initializations. It orchestrates and does nothing itself: no I/O, no clock but the
// workflow's, no randomness, so that a history replays the same for ever.
//
// contract.go has every name, id, signal, query and message that others use.
package workflows
