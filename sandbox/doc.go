// Package sandbox puts the imitated outside world together: one Lucca account, one
// Entra tenant with Microsoft Graph, one Exchange server and Google Calendar, over
// one store of mailboxes; a small demo company; a desk to act from; and faults on
// demand. Each system is a service of its own, and none of them knows figgosync.
package sandbox
