// Package absence is the heart of figgosync: it turns what an employee entered
// in Figgo (a set of half-days) and how the company wants it shown (a Policy)
// into the Events of one absence.
//
// Everything here is pure: no I/O, no clock, no other package of this module.
// Dates are civil dates and times are local times of day with an IANA zone
// beside them; no instant is ever computed, so no summer-time rule can make an
// event a day longer or shorter. Ends of days are inclusive in Figgo and in this
// package's input, exclusive in Event.
package absence
