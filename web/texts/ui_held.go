package texts

var _ = pages(map[string]Text{
	"held.title": {"Suppressions retenues", "Held deletions"},
	"held.lead": {"Trop d’absences ont été supprimées dans Figgo en peu de temps. Leurs événements restent dans les agendas jusqu’à votre décision.",
		"Too many absences were deleted in Figgo within a short time. Their events stay in the calendars until you decide."},
	"held.none": {"Aucune suppression n’est retenue.", "No deletion is held."},
	"held.open": {"Voir et décider", "See and decide"},
	"held.sentence": {"{count} {count|suppression est retenue|suppressions sont retenues}, la première depuis :",
		"{count} {count|deletion is|deletions are} held, the first since:"},
	"held.carried-out": {"{count} {count|autre avait été exécutée|autres avaient été exécutées} juste avant. Un refus {count|la|les} réécrit ; seules les notes que {count|son propriétaire|leurs propriétaires} y avai{count|t|ent} ajoutées sont perdues.",
		"{count} {count|other was|others were} carried out just before. A refusal writes {count|it|them} anew; only the notes that {count|its owner|their owners} had added are gone."},
	"held.look":            {"Vérifiez d’abord dans Lucca que ces absences doivent disparaître.", "First see in Lucca whether these absences are meant to disappear."},
	"held.deletions.label": {"Pour les exécuter toutes, tapez leur nombre : {count}", "To carry all of them out, type their number: {count}"},
	"held.deletions":       {"Nombre de suppressions", "Number of deletions"},
	"held.approve":         {"Supprimer {count} {count|événement|événements}", "Delete {count} {count|event|events}"},
	"held.drop":            {"Refuser : garder tous les événements", "Refuse: keep all events"},
	"held.drop.ask":        {"Garder tous les événements ?", "Keep all events?"},
	"held.drop.text": {"Les événements restent dans les agendas, bien que Figgo n’ait plus ces absences. Pour en retirer un plus tard, resynchronisez son absence.",
		"The events stay in the calendars although Figgo no longer has these absences. To remove one later, resynchronize its absence."},
	"held.drop.keep": {"Ne rien décider", "Decide nothing"},
	"held.list":      {"Suppressions retenues", "Held deletions"},
	"held.days":      {"Jours", "Days"},
	"held.since":     {"Supprimée dans Figgo", "Deleted in Figgo"},

	"flash.held-approved": {"Les suppressions sont exécutées.", "The deletions are being carried out."},
	"flash.held-dropped":  {"Refusées : tous les événements restent.", "Refused: all events stay."},
})
