package settings

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/record"
)

// MaxAccount is the longest account of a rule, in characters.
const MaxAccount = 260

// checkRules checks what tags cannot say of a policy's rules.
func checkRules(c *record.Checker, rules []absence.Rule) {
	for i, rule := range rules {
		at := func(field string) string { return "policy.rules." + strconv.Itoa(i) + "." + field }
		checkAccounts(c, at("accounts"), rule.Accounts)
		if rule.Title == absence.TitleTemplate && strings.TrimSpace(rule.Template) == "" {
			c.Add(at("template"), CodeRequired)
		}
		if unknown := absence.UnknownPlaceholders(rule.Template); len(unknown) > 0 {
			c.Add(at("template"), CodePlaceholder, "placeholder", unknown[0], "known",
				strings.Join(absence.Placeholders(), ", "))
		}
		checkReplyText(c, at("replyText"), rule.ReplyText)
		// Outlook separates categories by these.
		if strings.ContainsAny(rule.Category, ",;") {
			c.Add(at("category"), CodeBadCategory)
		}
		if rule.OutOfOffice != nil && rule.Telework != nil {
			c.Add(at("telework"), CodeOneOfTwo, "other", "outOfOffice")
		}
	}
}

// checkReplyText checks what stands in braces in a text of an automatic reply.
func checkReplyText(c *record.Checker, field, text string) {
	if unknown := absence.UnknownReplyPlaceholders(text); len(unknown) > 0 {
		c.Add(field, CodePlaceholder, "placeholder", unknown[0], "known",
			strings.Join(absence.ReplyPlaceholders(), ", "))
	}
}

func checkAccounts(c *record.Checker, field string, accounts []string) {
	if len(accounts) == 0 {
		c.Add(field, CodeRequired)
	}
	const most = 100 // as the tag of absence.Rule.Accounts says
	if len(accounts) > most {
		c.Add(field, CodeTooManyItems, "limit", strconv.Itoa(most))
		return
	}
	for i, account := range accounts {
		if !isAccount(account) || slices.Contains(accounts[:i], account) {
			c.Add(field+"."+strconv.Itoa(i), CodeBadAccount, "limit", strconv.Itoa(MaxAccount))
		}
	}
}

// isAccount tells whether a text is an id, or a name or category with its beginning.
func isAccount(account string) bool {
	if !utf8.ValidString(account) || utf8.RuneCountInString(account) > MaxAccount || strings.ContainsFunc(account,
		unicode.IsControl) {
		return false
	}
	for _, beginning := range []string{absence.AccountName, absence.AccountCategory} {
		if name, is := strings.CutPrefix(account, beginning); is {
			return strings.TrimSpace(name) != ""
		}
	}
	return account != "" && !strings.ContainsFunc(account, unicode.IsSpace) && !strings.Contains(account, ":")
}

// Reveals returns how a policy would show sensitive absence types as such, nil where it
// does not or somebody confirmed it. Nothing is shown so unless it is confirmed; who
// fills in a policy must be told nevertheless.
func Reveals(p absence.Policy) []Problem {
	if p.ConfirmReveals {
		return nil
	}
	c := &record.Checker{}
	for _, telling := range p.Tellings() {
		path := "policy." + telling.Field
		if telling.Rule >= 0 {
			path = "policy.rules." + strconv.Itoa(telling.Rule) + "." + telling.Field
		}
		c.Add(path, CodeReveals)
	}
	return c.Problems()
}
