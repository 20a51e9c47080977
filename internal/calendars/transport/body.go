package transport

import (
	"io"
	"net/http"
)

// ReadAll reads a whole body of limit bytes at most. A longer one is an
// *http.MaxBytesError, whose Code is answer-too-big.
func ReadAll(body io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, &http.MaxBytesError{Limit: limit}
	}
	return data, err
}
