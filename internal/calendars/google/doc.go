// Package google writes absences into Google Calendar, into the primary calendar
// of each employee, with a service account that the company's Workspace admin
// gave domain-wide delegation.
//
// client.go holds the port's four methods, create.go the creation under a chosen
// event id, encode.go turns an absence.Event into Google's, auth.go signs in as
// each employee, errors.go turns every error of Google into the port's.
//
// The rules come from Google's pages on events, extended properties, versions of
// resources, errors and quotas:
// developers.google.com/workspace/calendar/api/guides.
package google
