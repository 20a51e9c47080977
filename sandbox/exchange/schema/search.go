package schema

// The substitution groups t:Path and t:SearchExpression.
const (
	pathGroup   = "( FieldURI:PathToUnindexedFieldType IndexedFieldURI:PathToIndexedFieldType ExtendedFieldURI:PathToExtendedFieldType )"
	searchGroup = "( Exists:ExistsType Excludes:ExcludesType IsEqualTo:IsEqualToType IsNotEqualTo:IsNotEqualToType " +
		"IsGreaterThan:IsGreaterThanType IsGreaterThanOrEqualTo:IsGreaterThanOrEqualToType IsLessThan:IsLessThanType " +
		"IsLessThanOrEqualTo:IsLessThanOrEqualToType Contains:ContainsExpressionType Not:NotType And:AndType Or:OrType ~Near:NearType )"
)

// searchTypes are views, sort orders and restrictions (types.xsd).
var searchTypes = map[string]string{
	"IndexedPageViewType":            "@MaxEntriesReturned:int @Offset:int! @BasePoint:IndexBasePointType!",
	"FractionalPageViewType":         "@MaxEntriesReturned:int @Numerator:int! @Denominator:int!",
	"CalendarViewType":               "@MaxEntriesReturned:int @StartDate:dateTime! @EndDate:dateTime!",
	"NonEmptyArrayOfFieldOrdersType": "FieldOrder:FieldOrderType+",
	"FieldOrderType":                 "$Path @Order:SortDirectionType!",
	"RestrictionType":                "$Search",
	"ExistsType":                     "$Path",
	"IsEqualToType":                  "$Path FieldURIOrConstant:FieldURIOrConstantType",
	"IsNotEqualToType":               "$Path FieldURIOrConstant:FieldURIOrConstantType",
	"IsGreaterThanType":              "$Path FieldURIOrConstant:FieldURIOrConstantType",
	"IsGreaterThanOrEqualToType":     "$Path FieldURIOrConstant:FieldURIOrConstantType",
	"IsLessThanType":                 "$Path FieldURIOrConstant:FieldURIOrConstantType",
	"IsLessThanOrEqualToType":        "$Path FieldURIOrConstant:FieldURIOrConstantType",
	"ContainsExpressionType": `
		$Path Constant:ConstantValueType @ContainmentMode:ContainmentModeType
		@ContainmentComparison:ContainmentComparisonType`,
	"NotType":                "$Search",
	"AndType":                "$Search+",
	"OrType":                 "$Search+",
	"FieldURIOrConstantType": "( $Path Constant:ConstantValueType )",
	"ConstantValueType":      "@Value:string!",
}
