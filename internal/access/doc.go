// Package access says who may come in, and what for: people by OpenID Connect
// or a link that works once, programs by API tokens. It keeps sessions, protects
// pages from other sites, and sets the headers of every answer.
//
// Its tables hold hashes of what opens a door, never the thing itself: who reads
// the database cannot sign in with it. Its logs name nobody; who did what is in
// the audit log.
package access
