package schema

// commonTypes are what items, folders and their ids are made of (types.xsd).
var commonTypes = map[string]string{
	"TargetFolderIdType":               "( FolderId:FolderIdType DistinguishedFolderId:DistinguishedFolderIdType ~AddressListId:AddressListIdType )",
	"NonEmptyArrayOfBaseFolderIdsType": "( FolderId:FolderIdType DistinguishedFolderId:DistinguishedFolderIdType )+",
	"FolderIdType":                     "@Id:string! @ChangeKey:string",
	"DistinguishedFolderIdType":        "Mailbox:EmailAddressType? @Id:DistinguishedFolderIdNameType! @ChangeKey:string",
	"EmailAddressType": `
		Name:string? EmailAddress:NonEmptyStringType? RoutingType:NonEmptyStringType? MailboxType:MailboxTypeType?
		ItemId:ItemIdType? ~OriginalDisplayName:string?`,
	"ArrayOfMailboxData":   "MailboxData:MailboxData*",
	"MailboxData":          "Email:EmailAddress AttendeeType:MeetingAttendeeType ExcludeConflicts:boolean?",
	"EmailAddress":         "Name:string? Address:string RoutingType:string?",
	"SerializableTimeZone": "Bias:int StandardTime:SerializableTimeZoneTime DaylightTime:SerializableTimeZoneTime",
	"SerializableTimeZoneTime": `
		Bias:int Time:string DayOrder:short Month:short DayOfWeek:DayOfWeekType Year:string?`,
	"FreeBusyViewOptionsType": "TimeWindow:Duration MergedFreeBusyIntervalInMinutes:int? RequestedView:FreeBusyViewType?",
	"Duration":                "StartTime:dateTime EndTime:dateTime",
	"UserOofSettings": `
		OofState:OofState ExternalAudience:ExternalAudience Duration:Duration? InternalReply:ReplyBody?
		ExternalReply:ReplyBody? ~DeclineMeetingReply:ReplyBody? ~DeclineEventsForScheduledOOF:boolean?
		~DeclineAllEventsForScheduledOOF:boolean? ~CreateOOFEvent:boolean? ~OOFEventSubject:string?
		~AutoDeclineFutureRequestsWhenOOF:boolean? ~OOFEventID:string? ~EventsToDeleteIDs:ArrayOfEventIDType?`,
	"ReplyBody":               "Message:string? @xml:lang",
	"FolderResponseShapeType": "BaseShape:DefaultShapeNamesType AdditionalProperties:NonEmptyArrayOfPathsToElementType?",
	"NonEmptyArrayOfAllItemsType": `
		( Item:ItemType Message:MessageType ~SharingMessage:SharingMessageType CalendarItem:CalendarItemType
		Contact:ContactItemType DistributionList:DistributionListType MeetingMessage:MeetingMessageType
		MeetingRequest:MeetingRequestMessageType MeetingResponse:MeetingResponseMessageType
		MeetingCancellation:MeetingCancellationMessageType Task:TaskType PostItem:PostItemType
		ReplyToItem:ReplyToItemType ForwardItem:ForwardItemType ReplyAllToItem:ReplyAllToItemType
		AcceptItem:AcceptItemType TentativelyAcceptItem:TentativelyAcceptItemType DeclineItem:DeclineItemType
		CancelCalendarItem:CancelCalendarItemType RemoveItem:RemoveItemType
		SuppressReadReceipt:SuppressReadReceiptType PostReplyItem:PostReplyItemType
		AcceptSharingInvitation:AcceptSharingInvitationType ~RoleMember:RoleMemberItemType ~Network:NetworkItemType
		~Person:AbchPersonItemType )+`,
	"CalendarItemType": `
		MimeContent:MimeContentType? ItemId:ItemIdType? ParentFolderId:FolderIdType? ItemClass:ItemClassType?
		Subject:string? Sensitivity:SensitivityChoicesType? Body:BodyType? Attachments:NonEmptyArrayOfAttachmentsType?
		DateTimeReceived:dateTime? Size:int? Categories:ArrayOfStringsType? Importance:ImportanceChoicesType?
		InReplyTo:string? IsSubmitted:boolean? IsDraft:boolean? IsFromMe:boolean? IsResend:boolean?
		IsUnmodified:boolean? InternetMessageHeaders:NonEmptyArrayOfInternetHeadersType? DateTimeSent:dateTime?
		DateTimeCreated:dateTime? ResponseObjects:NonEmptyArrayOfResponseObjectsType? ReminderDueBy:dateTime?
		ReminderIsSet:boolean? ~ReminderNextTime:dateTime? ReminderMinutesBeforeStart:ReminderMinutesBeforeStartType?
		DisplayCc:string? DisplayTo:string? ~DisplayBcc:string? HasAttachments:boolean?
		ExtendedProperty:ExtendedPropertyType* Culture:language? EffectiveRights:EffectiveRightsType?
		LastModifiedName:string? LastModifiedTime:dateTime? IsAssociated:boolean? WebClientReadFormQueryString:string?
		WebClientEditFormQueryString:string? ConversationId:ItemIdType? UniqueBody:BodyType? ~Flag:FlagType?
		StoreEntryId:base64Binary? ~InstanceKey:base64Binary? ~NormalizedBody:BodyType?
		~EntityExtractionResult:EntityExtractionResultType? ~PolicyTag:RetentionTagType? ~ArchiveTag:RetentionTagType?
		~RetentionDate:dateTime? ~Preview:string? ~RightsManagementLicenseData:RightsManagementLicenseDataType?
		~PredictedActionReasons:NonEmptyArrayOfPredictedActionReasonType? ~IsClutter:boolean? ~BlockStatus:boolean?
		~HasBlockedImages:boolean? ~TextBody:BodyType? ~IconIndex:IconIndexType? ~SearchKey:base64Binary?
		~SortKey:long? ~Hashtags:ArrayOfStringsType? ~Mentions:ArrayOfRecipientsType? ~MentionedMe:boolean?
		~MentionsPreview:MentionsPreviewType? ~MentionsEx:NonEmptyArrayOfMentionActionsType?
		~AppliedHashtags:NonEmptyArrayOfAppliedHashtagType? ~AppliedHashtagsPreview:AppliedHashtagsPreviewType?
		~Likes:NonEmptyArrayOfLikeType? ~LikesPreview:LikesPreviewType?
		~PendingSocialActivityTagIds:ArrayOfStringsType? ~AtAllMention:boolean? ~CanDelete:boolean?
		~InferenceClassification:InferenceClassificationType? UID:string? RecurrenceId:dateTime?
		DateTimeStamp:dateTime? Start:dateTime? End:dateTime? OriginalStart:dateTime? IsAllDayEvent:boolean?
		LegacyFreeBusyStatus:LegacyFreeBusyType? Location:string? When:string? IsMeeting:boolean? IsCancelled:boolean?
		IsRecurring:boolean? MeetingRequestWasSent:boolean? IsResponseRequested:boolean?
		CalendarItemType:CalendarItemTypeType? MyResponseType:ResponseTypeType? Organizer:SingleRecipientType?
		RequiredAttendees:NonEmptyArrayOfAttendeesType? OptionalAttendees:NonEmptyArrayOfAttendeesType?
		Resources:NonEmptyArrayOfAttendeesType? ~InboxReminders:ArrayOfInboxReminderType? ConflictingMeetingCount:int?
		AdjacentMeetingCount:int? ConflictingMeetings:NonEmptyArrayOfAllItemsType?
		AdjacentMeetings:NonEmptyArrayOfAllItemsType? Duration:string? TimeZone:string? AppointmentReplyTime:dateTime?
		AppointmentSequenceNumber:int? AppointmentState:int? Recurrence:RecurrenceType?
		FirstOccurrence:OccurrenceInfoType? LastOccurrence:OccurrenceInfoType?
		ModifiedOccurrences:NonEmptyArrayOfOccurrenceInfoType?
		DeletedOccurrences:NonEmptyArrayOfDeletedOccurrencesType? MeetingTimeZone:TimeZoneType?
		StartTimeZone:TimeZoneDefinitionType? EndTimeZone:TimeZoneDefinitionType? ConferenceType:int?
		AllowNewTimeProposal:boolean? IsOnlineMeeting:boolean? MeetingWorkspaceUrl:string? NetShowUrl:string?
		~EnhancedLocation:EnhancedLocationType? ~StartWallClock:dateTime? ~EndWallClock:dateTime?
		~StartTimeZoneId:string? ~EndTimeZoneId:string? ~IntendedFreeBusyStatus:LegacyFreeBusyType?
		~JoinOnlineMeetingUrl:string? ~OnlineMeetingSettings:OnlineMeetingSettingsType? ~IsOrganizer:boolean?
		~CalendarActivityData:CalendarActivityDataType? ~DoNotForwardMeeting:boolean?`,
	"ItemIdType":                        "@Id:string! @ChangeKey:string",
	"BodyType":                          "#string @BodyType:BodyTypeType! ~@IsTruncated:boolean",
	"ArrayOfStringsType":                "String:string*",
	"ExtendedPropertyType":              "ExtendedFieldURI:PathToExtendedFieldType ( Value:string Values:NonEmptyArrayOfPropertyValuesType )",
	"NonEmptyArrayOfPropertyValuesType": "( Value:string+ )",
	"ItemResponseShapeType": `
		BaseShape:DefaultShapeNamesType IncludeMimeContent:boolean? BodyType:BodyTypeResponseType?
		~UniqueBodyType:BodyTypeResponseType? ~NormalizedBodyType:BodyTypeResponseType? FilterHtmlContent:boolean?
		ConvertHtmlCodePageToUTF8:boolean? ~InlineImageUrlTemplate:string? ~BlockExternalImages:boolean?
		~AddBlankTargetToLinks:boolean? ~MaximumBodySize:int? AdditionalProperties:NonEmptyArrayOfPathsToElementType?`,
	"NonEmptyArrayOfPathsToElementType": "( $Path )+",
	"PathToUnindexedFieldType":          "@FieldURI:UnindexedFieldURIType!",
	"PathToIndexedFieldType":            "@FieldURI:DictionaryURIType! @FieldIndex:string!",
	"PathToExtendedFieldType": `
		@DistinguishedPropertySetId:DistinguishedPropertySetType @PropertySetId:GuidType @PropertyTag:PropertyTagType
		@PropertyName:string @PropertyId:int @PropertyType:MapiPropertyTypeType!`,
	"NonEmptyArrayOfBaseItemIdsType": `
		( ItemId:ItemIdType OccurrenceItemId:OccurrenceItemIdType RecurringMasterItemId:RecurringMasterItemIdType
		~RecurringMasterItemIdRanges:RecurringMasterItemIdRangesType )+`,
	"OccurrenceItemIdType":           "@RecurringMasterId:DerivedItemIdType! @ChangeKey:string @InstanceIndex:int!",
	"RecurringMasterItemIdType":      "@OccurrenceId:DerivedItemIdType! @ChangeKey:string",
	"NonEmptyArrayOfItemChangesType": "ItemChange:ItemChangeType+",
	"ItemChangeType": `
		( ItemId:ItemIdType OccurrenceItemId:OccurrenceItemIdType RecurringMasterItemId:RecurringMasterItemIdType )
		Updates:NonEmptyArrayOfItemChangeDescriptionsType ~CalendarActivityData:CalendarActivityDataType?`,
	"NonEmptyArrayOfItemChangeDescriptionsType": "( AppendToItemField:AppendToItemFieldType SetItemField:SetItemFieldType DeleteItemField:DeleteItemFieldType )+",
	"SetItemFieldType": `
		$Path ( Item:ItemType Message:MessageType ~SharingMessage:SharingMessageType CalendarItem:CalendarItemType
		Contact:ContactItemType DistributionList:DistributionListType MeetingMessage:MeetingMessageType
		MeetingRequest:MeetingRequestMessageType MeetingResponse:MeetingResponseMessageType
		MeetingCancellation:MeetingCancellationMessageType Task:TaskType PostItem:PostItemType
		~RoleMember:RoleMemberItemType ~Network:NetworkItemType ~Person:AbchPersonItemType )`,
	"AppendToItemFieldType": `
		$Path ( Item:ItemType Message:MessageType ~SharingMessage:SharingMessageType CalendarItem:CalendarItemType
		Contact:ContactItemType DistributionList:DistributionListType MeetingMessage:MeetingMessageType
		MeetingRequest:MeetingRequestMessageType MeetingResponse:MeetingResponseMessageType
		MeetingCancellation:MeetingCancellationMessageType Task:TaskType PostItem:PostItemType
		~RoleMember:RoleMemberItemType ~Network:NetworkItemType ~Person:AbchPersonItemType )`,
	"DeleteItemFieldType":           "$Path",
	"NonEmptyArrayOfTimeZoneIdType": "Id:string+",
	"NonEmptyArrayOfAlternateIdsType": `
		( AlternateId:AlternateIdType AlternatePublicFolderId:AlternatePublicFolderIdType
		AlternatePublicFolderItemId:AlternatePublicFolderItemIdType )+`,
	"AlternateIdType": "@Format:IdFormatType! @Id:string! @Mailbox:NonEmptyStringType! @IsArchive:boolean",
}
