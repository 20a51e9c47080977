// Package reach tells whether a server can be reached and whether its TLS can be
// trusted, and if not, exactly why: the first two steps of every connection
// check. It sends no credentials.
//
// It goes the way the adapter itself goes, over a copy of the adapter's
// transport, so that a proxy or an own certificate authority counts as it does
// for the real calls.
package reach
