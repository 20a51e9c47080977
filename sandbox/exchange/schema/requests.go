package schema

// inTypes are the children of operations that messages.xsd takes from types.xsd.
var inTypes = map[string]bool{
	"TimeZone": true, "FreeBusyViewOptions": true, "SuggestionsViewOptions": true, "Mailbox": true,
	"UserOofSettings": true,
}

// requestTypes are the operations, by the name of their type in messages.xsd.
// Their children are in the messages namespace but for those of inTypes, everything
// below in types.
var requestTypes = map[string]string{
	"CreateItemType": `
		SavedItemFolderId:TargetFolderIdType? Items:NonEmptyArrayOfAllItemsType
		@MessageDisposition:MessageDispositionType @SendMeetingInvitations:CalendarItemCreateOrDeleteOperationType`,
	"UpdateItemType": `
		SavedItemFolderId:TargetFolderIdType? ItemChanges:NonEmptyArrayOfItemChangesType
		@ConflictResolution:ConflictResolutionType! @MessageDisposition:MessageDispositionType
		@SendMeetingInvitationsOrCancellations:CalendarItemUpdateOperationType ~@SuppressReadReceipts:boolean`,
	"DeleteItemType": `
		ItemIds:NonEmptyArrayOfBaseItemIdsType @DeleteType:DisposalType!
		@SendMeetingCancellations:CalendarItemCreateOrDeleteOperationType
		@AffectedTaskOccurrences:AffectedTaskOccurrencesType ~@SuppressReadReceipts:boolean`,
	"GetItemType": "ItemShape:ItemResponseShapeType ItemIds:NonEmptyArrayOfBaseItemIdsType",
	"FindItemType": `
		ItemShape:ItemResponseShapeType ( IndexedPageItemView:IndexedPageViewType
		FractionalPageItemView:FractionalPageViewType ~SeekToConditionPageItemView:SeekToConditionPageViewType
		CalendarView:CalendarViewType ContactsView:ContactsViewType )? ( GroupBy:GroupByType
		DistinguishedGroupBy:DistinguishedGroupByType )? Restriction:RestrictionType?
		SortOrder:NonEmptyArrayOfFieldOrdersType? ParentFolderIds:NonEmptyArrayOfBaseFolderIdsType QueryString:string?
		@Traversal:ItemQueryTraversalType!`,
	"GetFolderType":          "FolderShape:FolderResponseShapeType FolderIds:NonEmptyArrayOfBaseFolderIdsType",
	"ConvertIdType":          "SourceIds:NonEmptyArrayOfAlternateIdsType @DestinationFormat:IdFormatType!",
	"GetServerTimeZonesType": "Ids:NonEmptyArrayOfTimeZoneIdType? @ReturnFullTimeZoneData:boolean",
	"GetUserAvailabilityRequestType": `
		TimeZone:SerializableTimeZone? MailboxDataArray:ArrayOfMailboxData FreeBusyViewOptions:FreeBusyViewOptionsType?
		SuggestionsViewOptions:SuggestionsViewOptionsType?`,
	"GetUserOofSettingsRequest": "Mailbox:EmailAddress",
	"SetUserOofSettingsRequest": "Mailbox:EmailAddress UserOofSettings:UserOofSettings",
	"ResolveNamesType": `
		ParentFolderIds:NonEmptyArrayOfBaseFolderIdsType? UnresolvedEntry:NonEmptyStringType
		@ReturnFullContactData:boolean! @SearchScope:ResolveNamesSearchScopeType
		@ContactDataShape:DefaultShapeNamesType`,
}

// headers are the SOAP headers a client may send, with their types.
var headers = map[string]string{
	"RequestServerVersion":  "RequestServerVersionType",
	"ExchangeImpersonation": "ExchangeImpersonationType",
	"TimeZoneContext":       "TimeZoneContextType",
	"MailboxCulture":        "MailboxCultureType",
	"DateTimePrecision":     "DateTimePrecisionType",
}

// headerTypes are the types of SOAP headers. RequestServerVersion has no named
// type in types.xsd.
var headerTypes = map[string]string{
	"RequestServerVersionType":  "@Version:string!",
	"ExchangeImpersonationType": "ConnectingSID:ConnectingSIDType",
	"ConnectingSIDType": `
		( PrincipalName:NonEmptyStringType SID:NonEmptyStringType PrimarySmtpAddress:NonEmptyStringType
		SmtpAddress:NonEmptyStringType )`,
	"TimeZoneContextType": "TimeZoneDefinition:TimeZoneDefinitionType",
	"TimeZoneDefinitionType": `
		[ Periods:NonEmptyArrayOfPeriodsType TransitionsGroups:ArrayOfTransitionsGroupsType?
		Transitions:ArrayOfTransitionsType? ]? @Id:string @Name:string`,
	"MailboxCultureType": "#language",
}
