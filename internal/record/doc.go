// Package record reads what a struct says about its own settings: names, secrets,
// defaults and rules are tags beside each field, and everything that handles a
// record (settings file, database rows, export, audit log, forms, REST API) takes
// them from there. A setting is spelled once.
//
// A field is a setting when it has a json name:
//
//	type Server struct {
//		URL      string        `json:"url" rule:"address required" hint:"write the server's address"`
//		Password record.Secret `json:"password" rule:"required"`
//		MinTLS   string        `json:"minTls" choice:"1.2 1.1 1.0"`
//		Base     string        `json:"base" rule:"address" default:"https://example.com/v1/" end:"/"`
//	}
//
// The tags:
//
//   - json: the name in every place a person or program meets the setting;
//   - named: the field of the same struct that holds the name instead, for a record
//     behind an interface;
//   - rule: words with spaces between: required, one kind of text (text, word,
//     address, file; text when none is told), http for an address that may begin
//     with http:// even where others must not, visible for a text, or texts, that
//     [Clean] rids of invisible characters like words and addresses, max=N, the longest text in
//     characters or the largest number, and items=N, how many items a list may
//     have, of max=N characters each; a map of texts has them too;
//   - choice: the values it may have, the first one being the default, unless its json
//     name says omitempty: then it may have none;
//   - default: the value where none is given;
//   - end: how an address ends: with "/" exactly one slash, with "-" none;
//   - show: "digest" for a long text, for texts, or for texts by their keys, of which changes show a digest only, "never"
//     for what no change is told of;
//   - opens: the secret of the same record that a secret is the password of: a new
//     file comes with its own;
//   - to: the address fields that a secret is sent to;
//   - hint: what to write, for the reader of a settings file;
//   - doc: what it is, for the reader of the API's document. The tag of a field
//     named _ is about the record itself.
//
// A record may hold others: a struct, a pointer to one that may be missing, or a list
// of structs, whose fields have their places in their paths: "rules.0.title". A *bool is
// a flag that may be neither.
//
// Settings that several records have are a struct of their own, which each embeds.
//
// A record may say more by [Checked].
package record
