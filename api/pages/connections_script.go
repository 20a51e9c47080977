package pages

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// The choices of whose mailboxes SynchroFiggoScope holds.
const (
	scopeEverybody = "everybody"
	scopeGroup     = "group"
	scopeUnit      = "unit"
	scopeAttribute = "attribute"
)

var (
	scopes = []string{scopeEverybody, scopeGroup, scopeUnit, scopeAttribute}
	// scopeAttributes are recipients' properties a scope may filter by
	// (learn.microsoft.com/powershell/exchange/filter-properties) and that
	// companies keep a legal entity in.
	scopeAttributes = []string{"Company", "Department", "Office", "CustomAttribute1", "CustomAttribute2",
		"CustomAttribute3"}
)

const (
	defaultExchangeAccount = "SynchroFiggoUser"
	maxScopeText           = 200
)

// scriptInput is what the PowerShell is filled in with. It comes from query
// parameters and is run by an administrator: see quoted.
type scriptInput struct {
	Scope, Group, Unit, Attribute, Value string
	// Account is the service account as it is typed, DOMAIN\login or login@domain.
	Account string
}

// problems are what cannot be written into a script. What is not typed yet is
// none: the script shows a place for it.
func (i scriptInput) problems() []settings.Problem {
	var found []settings.Problem
	check := func(field, value string, needed bool) {
		switch {
		case !needed:
		case utf8.RuneCountInString(value) > maxScopeText:
			found = append(found, settings.Problem{Field: field, Code: settings.CodeTooLong,
				Values: map[string]string{"limit": strconv.Itoa(maxScopeText)}})
		case !scriptable(value):
			found = append(found, settings.Problem{Field: field, Code: "not-scriptable"})
		}
	}
	if !slices.Contains(scopes, i.Scope) {
		found = append(found, settings.Problem{Field: "scope", Code: "unknown-choice"})
	}
	check("scopeGroup", i.Group, i.Scope == scopeGroup)
	check("scopeUnit", i.Unit, i.Scope == scopeUnit)
	check("scopeValue", i.Value, i.Scope == scopeAttribute)
	if i.Scope == scopeAttribute && !slices.Contains(scopeAttributes, i.Attribute) {
		found = append(found, settings.Problem{Field: "scopeAttribute", Code: "unknown-choice"})
	}
	return found
}

// scriptable tells whether text can be a value in a filter: double quotes, which
// PowerShell knows in several shapes, end one, and control characters a line.
func scriptable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune("\"“”„\u2028\u2029", r)
	})
}

// quoted writes text as a PowerShell literal, in which nothing is expanded.
// PowerShell takes four typographic quotes for single ones too
// (learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules),
// so each of them is doubled, as CodeGeneration.EscapeSingleQuotedStringContent does.
func quoted(text string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range text {
		if strings.ContainsRune("'‘’‚‛", r) {
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
	return b.String()
}

// login is the account without its domain. The one in a suggestion is used where
// nothing, or nothing that may be written into a script, is typed.
func login(account string) string {
	if _, after, found := strings.Cut(account, `\`); found {
		account = after
	}
	account, _, _ = strings.Cut(account, "@")
	account = strings.TrimSpace(account)
	if !scriptable(account) || utf8.RuneCountInString(account) > maxScopeText {
		return defaultExchangeAccount
	}
	return cmp.Or(account, defaultExchangeAccount)
}

// scriptStep is one part of the PowerShell with why it is there.
type scriptStep struct {
	ID, Title, Help, Code string
	// Optional steps are folded.
	Optional bool
}

// exchangeScript is what an Exchange administrator runs in the Exchange
// Management Shell
// (learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-configure-impersonation).
// i must have no problems. Nothing has to be refreshed afterwards.
func exchangeScript(loc texts.Localizer, i scriptInput) []scriptStep {
	user := quoted(login(i.Account))
	step := func(id string, optional bool, code string) scriptStep {
		return scriptStep{ID: "script-" + id, Title: loc.T("script." + id + ".title"),
			Help: loc.T("script." + id + ".help"), Code: code, Optional: optional}
	}
	return []scriptStep{
		step("account", false, "$password = Read-Host -AsSecureString "+quoted(loc.T("script.account.prompt"))+"\n"+
			"New-ADUser -Name "+user+" -SamAccountName "+user+
			" -AccountPassword $password `\n  -Enabled $true -PasswordNeverExpires $true -CannotChangePassword $true"),
		step("scope", false, scopeCommand(loc, "SynchroFiggoScope", i)),
		step("right", false, "New-ManagementRoleAssignment -Name SynchroFiggoAssignment -Role ApplicationImpersonation `\n"+
			"  -User "+user+" -CustomRecipientWriteScope SynchroFiggoScope"),
		step("verify", false, "Get-ManagementRoleAssignment -Identity SynchroFiggoAssignment | Format-List Role, RoleAssigneeName, CustomRecipientWriteScope\n"+
			"$scope = Get-ManagementScope -Identity SynchroFiggoScope\n"+
			previewCommand(loc, i)),
		step("throttling", true, "New-ThrottlingPolicy -Name SynchroFiggoPolicy -ThrottlingPolicyScope Regular -EwsMaxConcurrency 27\n"+
			"Set-ThrottlingPolicyAssociation -Identity "+user+" -ThrottlingPolicy SynchroFiggoPolicy"),
		step("address", true, "Get-WebServicesVirtualDirectory | Format-List Server, InternalUrl, ExternalUrl, WindowsAuthentication, BasicAuthentication"),
	}
}

func previewCommand(loc texts.Localizer, i scriptInput) string {
	command := "Get-Recipient -RecipientPreviewFilter $scope.RecipientFilter -ResultSize 20"
	if i.Scope == scopeUnit {
		command += " -OrganizationalUnit " + quoted(place(loc, "unit", i.Unit))
	}
	return command + " | Format-Table Name, PrimarySmtpAddress"
}

// place is what was typed, or a word in capitals that stands for it.
func place(loc texts.Localizer, what, typed string) string {
	return cmp.Or(strings.TrimSpace(typed), loc.T("script.place."+what))
}

// scopeCommand makes the management scope. A group is named in filters by its
// distinguished name only, and counts with its direct members.
func scopeCommand(loc texts.Localizer, name string, i scriptInput) string {
	const mailboxes = `RecipientType -eq "UserMailbox"`
	command := "New-ManagementScope -Name " + name
	switch i.Scope {
	case scopeGroup:
		return "$group = (Get-Group -Identity " + quoted(place(loc, "group", i.Group)) +
			").DistinguishedName.Replace(\"'\", \"''\")\n" +
			command + " `\n  -RecipientRestrictionFilter \"RecipientType -eq 'UserMailbox' -and MemberOfGroup -eq '$group'\""
	case scopeUnit:
		return command + " -RecipientRoot " + quoted(place(loc, "unit", i.Unit)) +
			" `\n  -RecipientRestrictionFilter " + quoted(mailboxes)
	case scopeAttribute:
		return command + " `\n  -RecipientRestrictionFilter " +
			quoted(mailboxes+" -and "+i.Attribute+` -eq "`+place(loc, "value", i.Value)+`"`)
	default:
		return command + " -RecipientRestrictionFilter " + quoted(mailboxes)
	}
}

// office365Script limits an Entra application to some mailboxes with Exchange
// Online's RBAC for Applications (learn.microsoft.com/exchange/permissions-exo/application-rbac).
func office365Script(loc texts.Localizer, clientID string, i scriptInput) string {
	if !scriptable(clientID) || clientID == "" || utf8.RuneCountInString(clientID) > maxScopeText {
		clientID = loc.T("script.clientId.placeholder")
	}
	app := quoted(clientID)
	return "Connect-ExchangeOnline\n" +
		"New-ServicePrincipal -AppId " + app + " -ObjectId " + quoted(loc.T("script.objectId.placeholder")) +
		" -DisplayName figgosync\n" +
		scopeCommand(loc, "figgosync", i) + "\n" +
		"New-ManagementRoleAssignment -App " + app +
		` -Role "Application Calendars.ReadWrite" -CustomResourceScope figgosync` + "\n" +
		"Test-ServicePrincipalAuthorization -Identity " + app + " -Resource jane.doe@example.com"
}
