package calendartest

import (
	"net/http"
	"sync"
)

// InOrder is the handler, each of whose requests sees all that those that
// ended before it did: by the memory model the answer tells the next request
// so, which one that is reset or closed without a byte does not. What requests
// that run at once share is still the handler's to guard.
func InOrder(handler http.Handler) http.Handler {
	var ended sync.Mutex
	handOver := func() {
		ended.Lock()
		defer ended.Unlock()
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handOver()
		defer handOver()
		handler.ServeHTTP(w, r)
	})
}
