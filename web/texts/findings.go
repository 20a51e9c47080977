package texts

import "sync"

// FindingFor explains what a step of a connection check found: what it means, and
// what the administrator must do. An unknown code gets a general answer.
func FindingFor(code string) Reason {
	if finding, ok := Findings()[code]; ok {
		return finding
	}
	return Findings()["unexpected"]
}

// Findings lists the codes that have a text. The labels of the fields that they name are
// there once all texts are: when the program has started.
var Findings = sync.OnceValue(func() map[string]Reason { return withFields(findings) })

// findings are in files of their own by where the trouble is.
var findings = merge(networkFindings, tlsFindings, office365Findings, exchangeFindings, googleFindings, commonFindings)

func merge(parts ...map[string]Reason) map[string]Reason {
	all := map[string]Reason{}
	for _, part := range parts {
		for code, reason := range part {
			if _, twice := all[code]; twice {
				panic("two texts for the finding " + code)
			}
			all[code] = Reason{What: typeset(reason.What), Do: typeset(reason.Do)}
		}
	}
	return all
}

// CheckStep is the name of a step of a connection check.
func CheckStep(code string) Text {
	if text, ok := checkSteps[code]; ok {
		return text
	}
	return Text{code, code}
}

var checkSteps = map[string]Text{
	"address":     {"Adresse", "Address"},
	"tls":         {"TLS", "TLS"},
	"credentials": {"Identifiants", "Credentials"},
	"right":       {"Droit", "Right"},
	"mailbox":     {"Boîte aux lettres", "Mailbox"},
	"write":       {"Écriture", "Write"},
	"remove":      {"Retrait", "Remove"},
}

// CheckOutcome is how a step of a connection check ended.
func CheckOutcome(code string) Text {
	switch code {
	case "ok":
		return Text{"réussi", "passed"}
	case "failed":
		return Text{"échec", "failed"}
	case "skipped":
		return Text{"non vérifié", "skipped"}
	}
	return Text{code, code}
}

var commonFindings = map[string]Reason{
	"throttled": {
		What: Text{"Le système de calendrier limite nos requêtes pour le moment.", "The calendar system is slowing our requests down for now."},
		Do: Text{"Attendez quelques minutes et refaites la vérification. figgosync patiente de lui-même ; si cela revient souvent, baissez maxConcurrent dans la connexion.",
			"Wait some minutes and check again. figgosync waits by itself; if it comes back often, lower maxConcurrent in the connection."},
	},
	"credentials-refused": {
		What: Text{"Les identifiants sont refusés pour une raison que le fournisseur ne précise pas au-delà du code affiché.", "The credentials are refused for a reason the provider tells no more of than the code shown."},
		Do: Text{"Cherchez le code dans la documentation du fournisseur (Microsoft : https://login.microsoftonline.com/error?code=NUMÉRO, sans « AADSTS »), puis renouvelez le secret, la clé ou le mot de passe de la connexion.",
			"Look the code up at the provider (Microsoft: https://login.microsoftonline.com/error?code=NUMBER, without “AADSTS”), then renew the connection's secret, key or password."},
	},
	"mailbox-unknown": {
		What: Text{"Aucune boîte aux lettres de ce système ne porte cette adresse.", "No mailbox of this system has this address."},
		Do: Text{"Vérifiez l’orthographe, puis cherchez-la : Get-Recipient -Identity ADRESSE dans PowerShell Exchange (ou Exchange Online). Si la personne vient d’arriver, créez sa boîte ; sinon corrigez l’adresse e-mail dans Figgo, ou l’entité légale de la synchronisation.",
			"Check the spelling, then look for it: Get-Recipient -Identity ADDRESS in Exchange (or Exchange Online) PowerShell. If the person is new, create the mailbox; else correct the e-mail address in Figgo, or the synchronization's legal entity."},
	},
	"mailbox-disabled": {
		What: Text{"La boîte aux lettres existe mais son compte est désactivé ou sans licence de messagerie.", "The mailbox exists, but its account is disabled or has no mail licence."},
		Do: Text{"Réactivez le compte ou rendez-lui sa licence (centre d’administration Microsoft 365 > Utilisateurs > Licences, ou Enable-Mailbox sur un serveur Exchange). Si la personne est partie, retirez-la de Figgo.",
			"Enable the account again or give its licence back (Microsoft 365 admin center > Users > Licenses, or Enable-Mailbox on an Exchange server). If the person has left, remove them from Figgo."},
	},
	"mailbox-access-denied": {
		What: Text{"Le serveur refuse l’accès à ce calendrier sans mettre en cause le droit de la connexion.", "The server refuses access to this calendar without blaming the connection's right."},
		Do: Text{"Regardez ce que cette boîte a de particulier : suspension, boîte de ressource ou d’audit, propriétaire externe, stratégie qui lui est propre. Faites la vérification avec la boîte d’un collègue pour comparer.",
			"Look at what is special about this mailbox: suspended, a resource or audit mailbox, an external owner, a policy of its own. Run the check with a colleague's mailbox to compare."},
	},
	"mailbox-full": {
		What: Text{"La boîte aux lettres a épuisé son espace : plus rien ne peut y être écrit.", "The mailbox has used up its space: nothing more can be written to it."},
		Do: Text{"Libérez de l’espace (éléments récupérables compris) ou relevez le quota : Set-Mailbox ADRESSE -ProhibitSendReceiveQuota 60GB.",
			"Free some space (recoverable items too) or raise the quota: Set-Mailbox ADDRESS -ProhibitSendReceiveQuota 60GB."},
	},
	"request-refused": {
		What: Text{"Le système de calendrier juge notre requête mal formée.", "The calendar system finds our request malformed."},
		Do:   Text{"C’est un défaut de figgosync, pas de vos réglages : signalez-le avec le code affiché et la version du serveur.", "This is a fault of figgosync, not of your settings: report it with the code shown and the server's version."},
	},
	"auto-reply-not-granted": {
		What: Text{"La connexion n’a pas le droit de lire et de régler les réponses automatiques de la boîte.", "The connection may not read and set the mailbox's automatic replies."},
		Do: Text{"Office 365 : ajoutez l’autorisation d’application MailboxSettings.ReadWrite et le consentement administrateur. Exchange : le compte a besoin du rôle ApplicationImpersonation sur cette boîte. Google : déléguez aussi https://www.googleapis.com/auth/gmail.settings.basic et activez l’API Gmail dans le projet. Le calendrier n’en dépend pas.",
			"Office 365: add the application permission MailboxSettings.ReadWrite and admin consent. Exchange: the account needs the ApplicationImpersonation role over this mailbox. Google: delegate https://www.googleapis.com/auth/gmail.settings.basic too and turn the Gmail API on in the project. The calendar does not depend on it."},
	},
	"written-not-found": {
		What: Text{"Le serveur a accepté l’événement d’essai mais ne le retrouve pas par son marqueur.", "The server took the test event but does not find it by its marker."},
		Do: Text{"Refaites la vérification dans quelques minutes. Si cela persiste, l’index de la boîte est en retard ou abîmé (Exchange : New-MailboxRepairRequest -Mailbox ADRESSE -CorruptionType SearchFolder) ; figgosync risquerait d’écrire des doublons.",
			"Check again in some minutes. If it stays so, the mailbox's index is late or damaged (Exchange: New-MailboxRepairRequest -Mailbox ADDRESS -CorruptionType SearchFolder); figgosync might write duplicates."},
	},
	"probe-left-behind": {
		What: Text{"L’événement d’essai « figgosync » a été écrit mais n’a pas pu être retiré.", "The test event “figgosync” was written but could not be removed."},
		Do: Text{"Refaites la vérification avec l’essai d’écriture : elle retire aussi ce qu’une précédente a laissé. Sinon, supprimez à la main l’événement d’une journée « figgosync » à la date affichée.",
			"Run the check with the write test again: it also removes what an earlier one left. Else delete the all-day event “figgosync” on the date shown by hand."},
	},
	"unexpected": {
		What: Text{"La vérification a rencontré une situation qu’elle ne connaît pas.", "The check met a situation it does not know."},
		Do:   Text{"Relancez-la avec --log-level debug et signalez le code et les lignes du journal.", "Run it again with --log-level debug and report the code and the log's lines."},
	},
}
