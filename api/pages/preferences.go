package pages

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/web/texts"
)

// The cookies of what a browser prefers. They hold no secret.
const (
	langCookie  = "figgosync_lang"
	themeCookie = "figgosync_theme"
	flashCookie = "figgosync_flash"
	keptTime    = 365 * 24 * time.Hour
)

func (s *site) setCookie(w http.ResponseWriter, name, value string, life time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second), HttpOnly: true,
		Secure: strings.HasPrefix(s.config.PublicURL, "https://"), SameSite: http.SameSiteLaxMode,
	})
}

// language is ?lang=, else what the cookie remembers, else what the browser asks
// for, else French.
func language(r *http.Request) texts.Lang {
	if lang, ok := spoken(r.URL.Query().Get("lang")); ok {
		return lang
	}
	if cookie, err := r.Cookie(langCookie); err == nil {
		if lang, ok := spoken(cookie.Value); ok {
			return lang
		}
	}
	return texts.Pick(r.Header.Get("Accept-Language"))
}

func spoken(code string) (texts.Lang, bool) {
	lang := texts.Lang(code)
	return lang, lang == texts.French || lang == texts.English
}

// choosesLanguage remembers ?lang= and sends the browser to the same address
// without it.
func (s *site) choosesLanguage(w http.ResponseWriter, r *http.Request) bool {
	query := r.URL.Query()
	lang, ok := spoken(query.Get("lang"))
	if !ok || r.Method != http.MethodGet {
		return false
	}
	s.setCookie(w, langCookie, string(lang), keptTime)
	query.Del("lang")
	address := *r.URL
	address.RawQuery = query.Encode()
	http.Redirect(w, r, access.OwnPath(address.RequestURI()), http.StatusSeeOther)
	return true
}

// theme is "light" or "dark" when the person chose one, else "auto".
func theme(r *http.Request) string {
	if cookie, err := r.Cookie(themeCookie); err == nil && (cookie.Value == "light" || cookie.Value == "dark") {
		return cookie.Value
	}
	return "auto"
}

// savePreferences remembers the theme.
func (s *site) savePreferences(w http.ResponseWriter, r *http.Request) error {
	chosen := r.PostFormValue("theme")
	if chosen != "light" && chosen != "dark" {
		chosen = "auto"
	}
	s.setCookie(w, themeCookie, chosen, keptTime)
	return s.redirect(w, r, access.OwnPath(r.PostFormValue("next")), "")
}

// flash is a text to show once, after a redirect.
type flash struct{ Text, Tone string }

// setFlash remembers a code for the next page, with a number behind a dot where
// its text has one. The browser may send back what it wants: only codes with a
// text are shown.
func (s *site) setFlash(w http.ResponseWriter, code string) {
	s.setCookie(w, flashCookie, code, time.Minute)
}

// takeFlash returns the text to show and forgets it.
func (s *site) takeFlash(w http.ResponseWriter, r *http.Request, loc texts.Localizer) *flash {
	cookie, err := r.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	s.setCookie(w, flashCookie, "", -time.Second)
	code, number, _ := strings.Cut(cookie.Value, ".")
	count, err := strconv.Atoi(number)
	if !loc.Has("flash."+code) || number != "" && (err != nil || count < 0) {
		return nil
	}
	tone := "good"
	if strings.HasSuffix(code, "-tested") { // nobody knows yet whether it works
		tone = "info"
	}
	if strings.HasPrefix(code, "alert-no") {
		tone = "warn"
	}
	return &flash{Text: loc.T("flash."+code, "count", count), Tone: tone}
}
