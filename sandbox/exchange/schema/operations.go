package schema

import (
	"slices"
	"strings"
	"sync"
)

// operations are the elements that may stand in soap:Body, of services.wsdl; ~ marks
// those Exchange 2010 lacks.
const operations = `
	AddDelegate ~AddDistributionGroupToImList ~AddImContactToGroup ~AddImGroup ~AddNewImContactToGroup
	~AddNewTelUriContactToGroup ~AddTag ApplyConversationAction ~ArchiveItem ConvertId CopyFolder CopyItem
	CreateAttachment CreateFolder ~CreateFolderPath CreateItem CreateManagedFolder ~CreateMeetingInstanceRequest
	~CreateMeetingSpace ~CreateOrUpdateFocusedOtherOverride CreateUserConfiguration DeleteAttachment
	~DeleteFocusedOtherOverride DeleteFolder DeleteItem ~DeleteMeetingInstanceRequest ~DeleteMeetingSpace
	~DeleteSearchSuggestion DeleteUserConfiguration ~DisableApp DisconnectPhoneCall EmptyFolder ~EndSearchSession
	~ExecuteSearch ExpandDL ExportItems ~FindAvailableMeetingTimes FindConversation FindFolder FindItem
	~FindMeetingSpaceByJoinUrl ~FindMeetingTimeCandidates FindMessageTrackingReport ~FindPeople ~FindTags
	~GetAppManifests ~GetAppMarketplaceUrl GetAttachment ~GetClientAccessToken ~GetConversationItems GetDelegate
	~GetDiscoverySearchConfiguration GetEvents ~GetFocusedOtherOverrides GetFolder ~GetHoldOnMailboxes
	~GetImItemList ~GetImItems GetInboxRules GetItem ~GetLastPrivateCatalogUpdate GetMailTips
	~GetMeetingInstanceRequest ~GetMeetingSpace GetMessageTrackingReport ~GetNonIndexableItemDetails
	~GetNonIndexableItemStatistics GetPasswordExpirationDate ~GetPersona GetPhoneCallInformation
	~GetPrivateCatalogAddIns GetRoomLists GetRooms ~GetSearchSuggestions ~GetSearchableMailboxes GetServerTimeZones
	GetServiceConfiguration GetSharingFolder GetSharingMetadata ~GetSpecificUserConfiguration GetStreamingEvents
	GetUserAvailabilityRequest GetUserConfiguration GetUserOofSettingsRequest ~GetUserPhoto
	~GetUserRetentionPolicyTags ~HideTag ~InstallApp ~MarkAllItemsAsRead ~MarkAsJunk MoveFolder MoveItem PlayOnPhone
	RefreshSharingFolder ~RegisterConsent ~RemoveContactFromImList RemoveDelegate ~RemoveDistributionGroupFromImList
	~RemoveImContactFromGroup ~RemoveImGroup ~ReportMessage ResolveNames ~SearchMailboxes SendItem
	~SetHoldOnMailboxes ~SetImGroup ~SetImListMigrationCompleted ~SetTeamMailbox SetUserOofSettingsRequest
	~SetUserPhoto ~StartSearchSession Subscribe SyncFolderHierarchy SyncFolderItems ~UninstallApp ~UnpinTeamMailbox
	Unsubscribe UpdateDelegate UpdateFolder UpdateInboxRules UpdateItem ~UpdateItemInRecoverableItems
	~UpdateMeetingInstanceRequest ~UpdateMeetingSpace UpdateUserConfiguration UploadItems`

var operationNames = sync.OnceValue(func() [2][]string {
	var sets [2][]string
	for word := range strings.FieldsSeq(operations) {
		bare := strings.TrimPrefix(word, "~")
		sets[ExchangeSE] = append(sets[ExchangeSE], bare)
		if bare == word {
			sets[Exchange2010] = append(sets[Exchange2010], bare)
		}
	}
	return sets
})

// Operation tells whether the edition has an operation whose request is that element.
func (s Set) Operation(name string) bool { return slices.Contains(operationNames()[s], name) }
