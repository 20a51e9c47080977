package exchange

import (
	"slices"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
)

// Build is the version of a server: major.minor.build.revision.
type Build string

// The servers a service can be. 15.2 is Exchange 2019 and SE alike.
const (
	ServerSE      Build = "15.2.2562.17"
	Server2016    Build = "15.1.2507.61"
	Server2013    Build = "15.0.1497.48" // with SP1 and later updates
	Server2010SP2 Build = "14.2.390.3"
)

// versions are the values of RequestServerVersion in the order of types.xsd.
// There is none for Exchange 2019 or SE.
var versions = []string{
	"Exchange2007", "Exchange2007_SP1", "Exchange2009", "Exchange2010", "Exchange2010_SP1", "Exchange2010_SP2",
	"Exchange2012", "Exchange2013", "Exchange2013_SP1", "Exchange2015", "Exchange2016",
	"V2015_10_05", "V2016_01_06", "V2016_04_13", "V2016_07_13", "V2016_10_10", "V2017_01_07", "V2017_04_14",
	"V2017_07_11",
}

// newestVersion is the last RequestServerVersion each build accepts
// (learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-schema-versions-in-exchange).
var newestVersion = map[Build]string{
	ServerSE: "V2017_07_11", Server2016: "Exchange2016", Server2013: "Exchange2013_SP1",
	Server2010SP2: "Exchange2010_SP2",
}

// first is what a request without a RequestServerVersion declares
// (learn.microsoft.com/exchange/client-developer/exchange-web-services/ews-schema-versions-in-exchange).
const first = "Exchange2007"

// set returns the edition of the schema a declared version is checked by. ok is
// false for a version the build does not accept. Those before Exchange 2010 are
// checked by its schema and by notIn2007.
func (b Build) set(version string) (set schema.Set, ok bool) {
	at := slices.Index(versions, version)
	if at < 0 || at > slices.Index(versions, newestVersion[b]) {
		return 0, false
	}
	if at < slices.Index(versions, "Exchange2013") {
		return schema.Exchange2010, true
	}
	return schema.ExchangeSE, true
}

// notIn2007 are elements a client uses here that came with Exchange 2010.
var notIn2007 = []string{"StartTimeZone", "EndTimeZone", "TimeZoneContext", "GetServerTimeZones"}

// tooNew finds what a version before Exchange 2010 does not have, nil for nothing.
func tooNew(version string, n *schema.Node) *schema.Node {
	if slices.Index(versions, version) >= slices.Index(versions, "Exchange2010") {
		return nil
	}
	if slices.Contains(notIn2007, n.Name.Local) {
		return n
	}
	for _, child := range n.Children {
		if found := tooNew(version, child); found != nil {
			return found
		}
	}
	return nil
}

// serverVersionInfo is the header every answer carries.
func (b Build) serverVersionInfo() *element {
	info := el("h:ServerVersionInfo").with("xmlns:h", schema.Types)
	for i, part := range strings.Split(string(b), ".") {
		if _, err := strconv.Atoi(part); err == nil && i < 4 {
			info.with([]string{"MajorVersion", "MinorVersion", "MajorBuildNumber", "MinorBuildNumber"}[i], part)
		}
	}
	return info.with("Version", newestVersion[b])
}
