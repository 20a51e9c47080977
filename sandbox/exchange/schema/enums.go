package schema

// enums are the enumerations of types.xsd; ~ marks values Exchange 2010 lacks.
// FieldURI is the part of UnindexedFieldURIType that calendar items and folders
// have.
var enums = map[string]string{
	"AffectedTaskOccurrencesType":             "AllOccurrences SpecifiedOccurrenceOnly",
	"BodyTypeResponseType":                    "Best HTML Text",
	"BodyTypeType":                            "HTML Text",
	"CalendarItemCreateOrDeleteOperationType": "SendToNone SendOnlyToAll SendToAllAndSaveCopy",
	"CalendarItemTypeType":                    "Single Occurrence Exception RecurringMaster",
	"CalendarItemUpdateOperationType":         "SendToNone SendOnlyToAll SendOnlyToChanged SendToAllAndSaveCopy SendToChangedAndSaveCopy",
	"ConflictResolutionType":                  "NeverOverwrite AutoResolve AlwaysOverwrite",
	"ContainmentComparisonType": `
		Exact IgnoreCase IgnoreNonSpacingCharacters Loose IgnoreCaseAndNonSpacingCharacters LooseAndIgnoreCase
		LooseAndIgnoreNonSpace LooseAndIgnoreCaseAndIgnoreNonSpace`,
	"ContainmentModeType":   "FullString Prefixed Substring PrefixOnWords ExactPhrase",
	"DateTimePrecisionType": "Seconds Milliseconds",
	"DayOfWeekType":         "Sunday Monday Tuesday Wednesday Thursday Friday Saturday Day Weekday WeekendDay",
	"DefaultShapeNamesType": "IdOnly Default AllProperties ~PcxPeopleSearch",
	"DictionaryURIType": `
		item:InternetMessageHeader contacts:ImAddress contacts:PhysicalAddress:Street contacts:PhysicalAddress:City
		contacts:PhysicalAddress:State contacts:PhysicalAddress:CountryOrRegion contacts:PhysicalAddress:PostalCode
		contacts:PhoneNumber contacts:EmailAddress distributionlist:Members:Member`,
	"DisposalType": "HardDelete SoftDelete MoveToDeletedItems",
	"DistinguishedFolderIdNameType": `
		calendar contacts deleteditems drafts inbox journal notes outbox sentitems tasks msgfolderroot
		publicfoldersroot root junkemail searchfolders voicemail recoverableitemsroot recoverableitemsdeletions
		recoverableitemsversions recoverableitemspurges ~recoverableitemsdiscoveryholds archiveroot
		archivemsgfolderroot archivedeleteditems ~archiveinbox archiverecoverableitemsroot
		archiverecoverableitemsdeletions archiverecoverableitemsversions archiverecoverableitemspurges
		~archiverecoverableitemsdiscoveryholds ~syncissues ~conflicts ~localfailures ~serverfailures ~recipientcache
		~quickcontacts ~conversationhistory ~adminauditlogs ~todosearch ~mycontacts ~directory ~imcontactlist
		~peopleconnect ~favorites ~mecontact ~personmetadata ~teamspaceactivity ~teamspacemessaging
		~teamspaceworkitems ~scheduled ~orionnotes ~tagitems ~alltaggeditems ~externalcontacts ~teamchat
		~teamchathistory ~yammerroot ~yammerinbound ~yammeroutbound ~yammerfeeds ~onedriveroot ~onedriverecylebin
		~onedrivesystem ~onedrivevolume ~important ~starred ~archive`,
	"DistinguishedPropertySetType": `
		Meeting Appointment Common PublicStrings Address InternetHeaders CalendarAssistant UnifiedMessaging Task
		~Sharing`,
	"IconIndexType": `
		~Default ~PostItem ~MailRead ~MailUnread ~MailReplied ~MailForwarded ~MailEncrypted ~MailSmimeSigned
		~MailEncryptedReplied ~MailSmimeSignedReplied ~MailEncryptedForwarded ~MailSmimeSignedForwarded
		~MailEncryptedRead ~MailSmimeSignedRead ~MailIrm ~MailIrmForwarded ~MailIrmReplied ~SmsSubmitted
		~SmsRoutedToDeliveryPoint ~SmsRoutedToExternalMessagingSystem ~SmsDelivered ~OutlookDefaultForContacts
		~AppointmentItem ~AppointmentRecur ~AppointmentMeet ~AppointmentMeetRecur ~AppointmentMeetNY
		~AppointmentMeetYes ~AppointmentMeetNo ~AppointmentMeetMaybe ~AppointmentMeetCancel ~AppointmentMeetInfo
		~TaskItem ~TaskRecur ~TaskOwned ~TaskDelegated`,
	"IdFormatType":                "EwsLegacyId EwsId EntryId HexEntryId StoreId OwaId",
	"ExternalAudience":            "None Known All",
	"ImportanceChoicesType":       "Low Normal High",
	"IndexBasePointType":          "Beginning End",
	"InferenceClassificationType": "~Focused ~Other",
	"ItemQueryTraversalType":      "Shallow SoftDeleted Associated",
	"LegacyFreeBusyType":          "Free Tentative Busy OOF ~WorkingElsewhere NoData",
	"MailboxTypeType":             "Unknown OneOff Mailbox PublicDL PrivateDL Contact PublicFolder ~GroupMailbox ~ImplicitContact",
	"MapiPropertyTypeType": `
		ApplicationTime ApplicationTimeArray Binary BinaryArray Boolean CLSID CLSIDArray Currency CurrencyArray Double
		DoubleArray Error Float FloatArray Integer IntegerArray Long LongArray Null Object ObjectArray Short
		ShortArray SystemTime SystemTimeArray String StringArray`,
	"MeetingAttendeeType":         "Organizer Required Optional Room Resource",
	"MessageDispositionType":      "SaveOnly SendOnly SendAndSaveCopy",
	"OofState":                    "Disabled Enabled Scheduled",
	"ResolveNamesSearchScopeType": "ActiveDirectory ActiveDirectoryContacts Contacts ContactsActiveDirectory",
	"ResponseTypeType":            "Unknown Organizer Tentative Accept Decline NoResponseReceived",
	"SensitivityChoicesType":      "Normal Personal Private Confidential",
	"SortDirectionType":           "Ascending Descending",
	"FieldURI": `
		folder:FolderId folder:ParentFolderId folder:DisplayName folder:UnreadCount folder:TotalCount
		folder:ChildFolderCount folder:FolderClass folder:SearchParameters folder:ManagedFolderInformation
		folder:PermissionSet folder:EffectiveRights folder:SharingEffectiveRights ~folder:DistinguishedFolderId
		~folder:PolicyTag ~folder:ArchiveTag ~folder:ReplicaList item:ItemId item:ParentFolderId item:ItemClass
		item:MimeContent item:Attachments item:Subject item:DateTimeReceived item:Size item:Categories
		item:HasAttachments item:Importance item:InReplyTo item:InternetMessageHeaders item:IsAssociated item:IsDraft
		item:IsFromMe item:IsResend item:IsSubmitted item:IsUnmodified item:DateTimeSent item:DateTimeCreated
		item:Body item:ResponseObjects item:Sensitivity item:ReminderDueBy item:ReminderIsSet ~item:ReminderNextTime
		item:ReminderMinutesBeforeStart item:DisplayTo item:DisplayCc ~item:DisplayBcc item:Culture
		item:EffectiveRights item:LastModifiedName item:LastModifiedTime item:ConversationId item:UniqueBody
		~item:Flag item:StoreEntryId ~item:InstanceKey ~item:NormalizedBody ~item:EntityExtractionResult
		~item:PolicyTag ~item:ArchiveTag ~item:RetentionDate ~item:Preview ~item:PredictedActionReasons
		~item:IsClutter ~item:RightsManagementLicenseData ~item:BlockStatus ~item:HasBlockedImages
		item:WebClientReadFormQueryString item:WebClientEditFormQueryString ~item:TextBody ~item:IconIndex
		~item:MimeContentUTF8 ~item:Mentions ~item:MentionedMe ~item:MentionsPreview ~item:MentionsEx ~item:Hashtags
		~item:AppliedHashtags ~item:AppliedHashtagsPreview ~item:Likes ~item:LikesPreview
		~item:PendingSocialActivityTagIds ~item:AtAllMention ~item:CanDelete ~item:InferenceClassification
		~item:FirstBody calendar:Start calendar:End calendar:OriginalStart ~calendar:StartWallClock
		~calendar:EndWallClock ~calendar:StartTimeZoneId ~calendar:EndTimeZoneId calendar:IsAllDayEvent
		calendar:LegacyFreeBusyStatus calendar:Location ~calendar:EnhancedLocation calendar:When calendar:IsMeeting
		calendar:IsCancelled calendar:IsRecurring calendar:MeetingRequestWasSent calendar:IsResponseRequested
		calendar:CalendarItemType calendar:MyResponseType calendar:Organizer calendar:RequiredAttendees
		calendar:OptionalAttendees calendar:Resources calendar:ConflictingMeetingCount calendar:AdjacentMeetingCount
		calendar:ConflictingMeetings calendar:AdjacentMeetings ~calendar:InboxReminders calendar:Duration
		calendar:TimeZone calendar:AppointmentReplyTime calendar:AppointmentSequenceNumber calendar:AppointmentState
		calendar:Recurrence calendar:FirstOccurrence calendar:LastOccurrence calendar:ModifiedOccurrences
		calendar:DeletedOccurrences calendar:MeetingTimeZone calendar:ConferenceType calendar:AllowNewTimeProposal
		calendar:IsOnlineMeeting calendar:MeetingWorkspaceUrl calendar:NetShowUrl calendar:UID calendar:RecurrenceId
		calendar:DateTimeStamp calendar:StartTimeZone calendar:EndTimeZone ~calendar:JoinOnlineMeetingUrl
		~calendar:OnlineMeetingSettings ~calendar:IsOrganizer ~calendar:CalendarActivityData
		~calendar:DoNotForwardMeeting`,
}
