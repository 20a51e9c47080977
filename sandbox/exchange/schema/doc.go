// Package schema reads EWS requests and checks them as an Exchange server
// does: names, namespaces, order and number of elements, attributes and values,
// by one of two editions of Microsoft's schema files (messages.xsd, types.xsd,
// shipped in every server's /EWS directory).
//
// The tables hold the types that calendar requests are made of. Inside a type
// they do not hold (a recurrence, an attachment) nothing is checked; the service
// refuses such elements itself. The tests compare the tables with the schema
// files, type by type.
package schema
