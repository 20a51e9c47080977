// Package graph is the Office 365 adapter: it writes into Exchange Online
// calendars through Microsoft Graph v1.0 as an application (no user signs in),
// with Microsoft's Go SDK.
//
// Only the users, models and odataerrors parts of the SDK are used, and only
// here: its root package makes the compiler need several gigabytes more
// (github.com/microsoftgraph/msgraph-sdk-go/issues/129).
//
// An event is found again by two string named properties on it
// (learn.microsoft.com/graph/api/resources/extended-properties-overview), which
// a mailbox moved from an Exchange server keeps.
package graph
