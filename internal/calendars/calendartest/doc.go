// Package calendartest is the conformance suite of the calendar port, for tests
// only. Run puts one adapter before one calendar system, through calendars.Apply
// and over real HTTP, and looks each time at what the person sees afterwards.
//
// An adapter runs it with a Harness that wires its sandbox service: the service with
// its mailboxes, the acts of a person in her own calendar, and a Proxy before it
// all that loses answers, cuts connections and speaks nonsense.
//
// Memory is a calendar in memory for tests of what uses the port. It runs the
// part of the suite that needs no HTTP.
package calendartest
