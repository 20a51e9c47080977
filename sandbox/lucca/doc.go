// Package lucca imitates one Lucca account ("Timmi Absences", formerly Figgo):
// its company, its three API generations and the two kinds of webhooks it sends.
//
// It is strict where Lucca documents a rule, so that a client that would fail in
// production fails here: tokens and scopes are checked, Api-Version is required,
// unknown query parameters are refused, 50 requests a minute are answered and no
// more, webhooks are signed, repeated, sent three at once and in no order.
//
// Sources: https://developers.lucca.fr/documentation (v5 and legacy API) and
// https://support.lucca.fr/hc/en-us/articles/360007031991 (HTTP synchronization).
package lucca
