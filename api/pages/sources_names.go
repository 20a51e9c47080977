package pages

import (
	"golang.org/x/text/unicode/norm"
	"unicode"

	"context"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// luccaDomain are the domains of Lucca's own hosts, under which nothing of an
// address but the host counts.
var luccaDomain = regexp.MustCompile(`(^|\.)i?lucca[a-z0-9-]*\.[a-z]{2,}$`)

// luccaHost makes the base address of a Lucca account from what people paste: an
// account's name, a host, or the address of any page of Lucca.
func luccaHost(typed string) string {
	if typed == "" {
		return ""
	}
	if accountName.MatchString(typed) {
		return "https://" + strings.ToLower(typed) + ".ilucca.net"
	}
	whole := typed
	if !strings.Contains(typed, "://") {
		whole = "https://" + typed
	}
	parsed, err := url.Parse(whole)
	if err != nil || parsed.Host == "" {
		return typed // the settings say what is wrong with it
	}
	if luccaDomain.MatchString(strings.ToLower(parsed.Hostname())) && parsed.User == nil {
		return strings.ToLower(parsed.Scheme + "://" + parsed.Host)
	}
	return strings.TrimRight(whole, "/")
}

var accountName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$`)

func (s *site) freeSourceName(ctx context.Context, wanted string) (string, error) {
	all, err := s.config.Admin.Sources(ctx)
	if err != nil {
		return "", err
	}
	taken := map[string]bool{}
	for _, one := range all {
		taken[one.Name] = true
	}
	return freeName(wanted, taken), nil
}

// freeName is the wanted name, or the first free one like it.
func freeName(wanted string, taken map[string]bool) string {
	const most = 40 // characters, see settings.Source
	name := wanted
	for i := 2; taken[name]; i++ {
		suffix := "-" + strconv.Itoa(i)
		name = wanted[:min(len(wanted), most-len(suffix))] + suffix
	}
	return name
}

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

// slug makes a name of the settings from text, missing where nothing is left.
func slug(text, missing string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1 // an accent
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(text))
	name := strings.Trim(notInNames.ReplaceAllString(plain, "-"), "-")
	name = strings.Trim(name[:min(len(name), 40)], "-")
	if name == "" || name == "new" {
		return missing
	}
	return name
}

// nameOf is a source's name where none was chosen: the account's.
func nameOf(host string) string {
	parsed, err := url.Parse(host)
	if err != nil {
		return "lucca"
	}
	if _, err := netip.ParseAddr(parsed.Hostname()); err == nil {
		return "lucca"
	}
	account, _, _ := strings.Cut(parsed.Hostname(), ".")
	return slug(account, "lucca")
}
