package access

import (
	"net/url"
	"path"
	"strings"
)

// maxNext bounds the address that a sign-in returns to.
const maxNext = 2000

// LocalPath returns the address to go to after a sign-in: the given one where it is
// an OwnPath and not one of signing in or out, else "/".
func LocalPath(next string) string {
	own := OwnPath(next)
	if path, _, _ := strings.Cut(own, "?"); under(path, "/sign-in") || under(path, "/sign-out") {
		return "/"
	}
	return own
}

// OwnPath returns an address where it is a path of this site, with or without a
// query, else "/". Browsers read "//host" and "/\host" as another site.
func OwnPath(next string) string {
	if len(next) > maxNext || !strings.HasPrefix(next, "/") || strings.ContainsFunc(next, unsafeInPath) {
		return "/"
	}
	u, err := url.Parse(next)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" ||
		u.Path != path.Clean(u.Path) && u.Path != path.Clean(u.Path)+"/" ||
		strings.ContainsFunc(u.Path, unsafeInPath) {
		return "/"
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

func unsafeInPath(r rune) bool { return r == '\\' || r < ' ' || r == 0x7f || r == 0xfffd }
