// Package desk is the sandbox's own side: a JSON API and a page, both under
// /sandbox, to act as an employee or a manager in Figgo and to look into the
// mailboxes. It knows the company and the mailboxes, and no protocol of theirs.
package desk
