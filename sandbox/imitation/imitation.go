// Package imitation is how the imitated systems tell a request that is wrong from one
// that the real system would serve and the sandbox does not imitate. The first gets
// the documented error; the second gets a code that no system has, HTTP 501 (but for
// SOAP, whose faults are HTTP 500), and a header that says what is missing, which the
// sandbox counts and shows.
package imitation

import "net/http"

// Header is the response header that says what is not imitated.
const Header = "X-Sandbox-Not-Imitated"

// Code is the error code of such an answer, in the place where each system has its
// codes.
const Code = "SandboxNotImitated"

// Missing marks an answer whose header is not written yet.
func Missing(w http.ResponseWriter, what string) { w.Header().Set(Header, what) }
