package cluster

import (
	"crypto/subtle"
	"net/http"
	"strings"
)

// codecPath is where the Web UI's pages reach the payload codec.
const codecPath = "/codec"

// codecCookie holds the key in browsers that came by the link. Cookies do not know
// ports, but the path keeps it from what else is on this machine.
const codecCookie = "figgosync-codec"

// mostEncoded bounds what is decoded at once, in bytes.
const mostEncoded = 16 << 20

// serveCodec answers who has the key: the Web UI asks for no password, and a machine may
// have other users. GET /codec/KEY gives a browser the cookie and leads to the Web UI;
// programs send the key as a bearer token.
func serveCodec(mux *http.ServeMux, codec http.Handler, key string) {
	decode := http.StripPrefix(codecPath, http.MaxBytesHandler(codec, mostEncoded))
	is := func(given string) bool {
		return key != "" && subtle.ConstantTimeCompare([]byte(given), []byte(key)) == 1
	}
	mux.HandleFunc("GET "+codecPath+"/{key}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		if !is(r.PathValue("key")) {
			http.Error(w, "This link is of an earlier start: figgosync prints a new one each time.", http.StatusForbidden)
			return
		}
		http.SetCookie(w, &http.Cookie{
			Name: codecCookie, Value: key, Path: codecPath, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("POST "+codecPath+"/", func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie(codecCookie)
		bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !is(bearer) && (err != nil || !is(cookie.Value)) {
			http.Error(w, "Open the Web UI by the link that figgosync prints at the start.", http.StatusUnauthorized)
			return
		}
		decode.ServeHTTP(w, r)
	})
}
