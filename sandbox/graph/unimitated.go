package graph

import (
	"net/http"
	"slices"
	"strings"
)

// What Graph v1.0 has and the service has not, so that it can be told from what does not
// exist: learn.microsoft.com/graph/api/overview and the $metadata of v1.0.
var (
	// collections are the first segments of paths.
	collections = strings.Fields(`admin agreements agreementAcceptances appCatalogs applications auditLogs authenticationMethodsPolicy
		chats communications connections contacts contracts copilot dataPolicyOperations deviceAppManagement deviceManagement devices
		directory directoryObjects directoryRoles directoryRoleTemplates domains drive drives education employeeExperience external
		groupLifecyclePolicies groups groupSettings groupSettingTemplates identity identityGovernance identityProtection
		informationProtection invitations oauth2PermissionGrants organization permissionGrants places planner policies print
		privacy reports roleManagement schemaExtensions search security servicePrincipals shares sites solutions storage
		subscribedSkus subscriptions teams teamsTemplates teamwork tenantRelationships users $metadata`)
	// belowUsers are what follows a user.
	belowUsers = strings.Fields(`activities agreementAcceptances appRoleAssignments authentication calendar calendarGroups calendars
		calendarView chats contactFolders contacts createdObjects directReports drive drives employeeExperience events extensions
		findMeetingTimes followedSites getMailTips inferenceClassification insights joinedTeams licenseDetails mailboxSettings
		mailFolders manager managedDevices memberOf messages oauth2PermissionGrants onenote onlineMeetings outlook ownedDevices
		ownedObjects people photo photos planner presence registeredDevices reminderView scopedRoleMemberOf sendMail settings
		solutions sponsors teamwork todo transitiveMemberOf translateExchangeIds`)
	// belowCalendar are what follows a user's calendar.
	belowCalendar = strings.Fields(`allowedCalendarSharingRoles calendarPermissions calendarView events getSchedule
		multiValueExtendedProperties permanentDelete singleValueExtendedProperties`)
	// belowEvents are what follows an event.
	belowEvents = strings.Fields(`accept attachments calendar cancel decline dismissReminder exceptionOccurrences extensions forward
		instances multiValueExtendedProperties permanentDelete singleValueExtendedProperties snoozeReminder tentativelyAccept`)
	// functions are what stands in the place of an event's id.
	functions = []string{"delta", "$count"}
	// anywhere are query parameters that every resource takes.
	anywhere = []string{"$format"}
	// ofLists are query parameters that lists take.
	ofLists = []string{"$search", "$skiptoken", "$deltatoken", "$format"}
)

func has(names []string, name string) bool {
	name, _, _ = strings.Cut(strings.TrimPrefix(name, "microsoft.graph."), "(")
	return slices.ContainsFunc(names, func(one string) bool { return strings.EqualFold(one, name) })
}

// refusePath is the answer to a path that does not begin with a user and something of
// theirs.
func refusePath(segments []string) *failure {
	switch {
	case strings.EqualFold(segments[0], "me"):
		return failBadRequest("/me request is only valid with delegated authentication flow.")
	case has(collections, segments[0]):
		return failNotImitated("/" + segments[0])
	}
	return failSegment(segments[0])
}

// refuseBelow is the answer to what follows a user, directly or by their calendar.
func refuseBelow(rest []string, directly bool) *failure {
	segments, place := belowCalendar, "calendar/"
	if directly {
		segments, place = belowUsers, ""
	}
	if !has(segments, rest[0]) {
		return failSegment(rest[0])
	}
	if strings.EqualFold(rest[0], "events") && len(rest) > 2 {
		if !has(belowEvents, rest[2]) {
			return failSegment(rest[2])
		}
		return failNotImitated("/users/{id}/" + place + "events/{id}/" + rest[2])
	}
	if rest[len(rest)-1] == "" {
		return failSegment("")
	}
	return failNotImitated("/users/{id}/" + place + rest[0] + "/...")
}

func failSegment(name string) *failure {
	return failBadRequest("Resource not found for the segment '%s'.", name)
}

// refuseMethod is the answer to a method that a resource of the service does not have here.
func refuseMethod(of resource, method string) *failure {
	if method == http.MethodPatch && of == calendarResource {
		return failNotImitated("changing a calendar")
	}
	return fail(http.StatusMethodNotAllowed, "ErrorMethodNotAllowed", "The OData request is not supported: %s.", method)
}

// refuseParameter is the answer to a query parameter that the resource does not take
// here. Graph takes those of OData without $ as well
// (learn.microsoft.com/graph/query-parameters).
func refuseParameter(of resource, method, name string) *failure {
	taken := slices.Concat(parameters[of], anywhere)
	if of == eventsResource || of == viewResource {
		taken = append(taken, ofLists...)
	}
	if method == http.MethodGet && slices.ContainsFunc(taken, func(one string) bool {
		return strings.EqualFold(one, "$"+strings.TrimPrefix(name, "$"))
	}) {
		return failNotImitated("the query parameter " + name)
	}
	return failBadRequest("The query parameter '%s' is not supported.", name)
}
