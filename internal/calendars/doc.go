// Package calendars is the port to the calendar systems: what figgosync asks of
// any calendar (Calendar), how it recognizes its own events (Key, Marker), the
// typed errors an adapter answers with, and Apply, the one algorithm that makes
// a mailbox show exactly the events of an absence.
//
// Adapters live in sub-packages (graph, ews, google), never import each other,
// and all run the conformance suite in calendartest.
package calendars
