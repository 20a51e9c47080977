package exchange

// permissionSet is what others may do in a folder nobody shared: see in a calendar
// when its owner is busy, and nothing at all elsewhere.
func permissionSet(calendar bool) *element {
	prefix, everybody := "", "None"
	if calendar {
		prefix, everybody = "Calendar", "FreeBusyTimeOnly"
	}
	return el("t:PermissionSet", el("t:"+prefix+"Permissions",
		permission(prefix, "Default", everybody), permission(prefix, "Anonymous", "None")))
}

func permission(prefix, who, level string) *element {
	e := el("t:"+prefix+"Permission", el("t:UserId", text("t:DistinguishedUser", who)))
	for _, right := range []string{"CanCreateItems", "CanCreateSubFolders", "IsFolderOwner", "IsFolderVisible",
		"IsFolderContact"} {
		e.add(text("t:"+right, "false"))
	}
	reads := "None"
	if level == "FreeBusyTimeOnly" {
		reads = "TimeOnly"
	}
	return e.add(text("t:EditItems", "None"), text("t:DeleteItems", "None"), text("t:ReadItems", reads),
		text("t:"+prefix+"PermissionLevel", level))
}

// everyRight is what the owner of a mailbox may do, and who impersonates them.
func everyRight() *element {
	rights := el("t:EffectiveRights")
	for _, name := range []string{"CreateAssociated", "CreateContents", "CreateHierarchy", "Delete", "Modify", "Read",
		"ViewPrivateItems"} {
		rights.add(text("t:"+name, "true"))
	}
	return rights
}
