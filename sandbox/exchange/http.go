package exchange

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/figgosync/figgosync/sandbox/exchange/schema"
	"github.com/figgosync/figgosync/sandbox/imitation"
)

// maxBody bounds a request, far above any calendar item.
const maxBody = 4 << 20

// Handler serves Path and answers 404 elsewhere.
func (s *Service) Handler() http.Handler { return http.HandlerFunc(s.serve) }

func (s *Service) serve(w http.ResponseWriter, req *http.Request) {
	// IIS cannot do Windows authentication on HTTP/2 and resets the stream.
	if req.ProtoMajor != 1 {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Server", "Microsoft-IIS/10.0")
	w.Header().Set("X-Powered-By", "ASP.NET")
	w.Header().Set("request-id", uuid.NewString())
	session := s.session(req)
	switch {
	case session == nil:
		page(w, http.StatusInternalServerError, "Sandbox: the server was started without exchange.ConnContext")
		return
	case !strings.EqualFold(req.URL.Path, Path):
		page(w, http.StatusNotFound, "404 - File or directory not found.")
		return
	}
	if account := s.authenticate(w, req, session); account != nil {
		s.closeNowAndThen(w)
		s.handle(w, req, account)
	}
}

// closeNowAndThen never counts an answer inside a handshake: a server that
// closed those could not be logged on to at all.
func (s *Service) closeNowAndThen(w http.ResponseWriter) {
	if n := s.answers.Add(1); s.every > 0 && n%s.every == 0 {
		w.Header().Set("Connection", "close")
	}
}

// handle serves an authenticated request.
func (s *Service) handle(w http.ResponseWriter, req *http.Request, a *account) {
	defer a.open.Add(-1)
	if a.open.Add(1) > int64(a.MaxConcurrent) {
		s.answerFault(w, &fault{code: "ErrorExceededConnectionCount",
			message: "You have exceeded the available concurrent connections for your account.  Try again once your other requests have completed."})
		return
	}
	kind, params, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	charset := params["charset"]
	switch {
	case req.Method == http.MethodGet || req.Method == http.MethodHead:
		page(w, http.StatusOK, "Service. You have created a service.")
		return
	case req.Method != http.MethodPost:
		w.Header().Set("Allow", "GET, HEAD, POST")
		page(w, http.StatusMethodNotAllowed, "405 - HTTP verb used to access this page is not allowed.")
		return
	case err != nil || kind != "text/xml" || charset != "" && !strings.EqualFold(charset, "utf-8"):
		w.WriteHeader(http.StatusUnsupportedMediaType)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
	if err != nil {
		page(w, http.StatusRequestEntityTooLarge, "413 - Request entity too large.")
		return
	}
	s.answerSOAP(w, req, a, body)
}

func (s *Service) answerSOAP(w http.ResponseWriter, req *http.Request, a *account, body []byte) {
	envelope, err := schema.Parse(bytes.NewReader(body))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	call, refusal := s.open(envelope, a)
	if refusal == nil {
		// Without the header the front end finds the mailbox by itself, slowly at times;
		// with a wrong one the request goes to the wrong server.
		if anchor := req.Header.Get("X-AnchorMailbox"); anchor != "" && call.impersonated != "" &&
			!strings.EqualFold(anchor, call.impersonated) {
			page(w, http.StatusServiceUnavailable,
				"503 - Service unavailable. Sandbox: X-AnchorMailbox is not the impersonated address.")
			return
		}
		refusal = call.impersonate()
	}
	var answer *element
	if refusal == nil {
		answer, refusal = call.run()
	}
	if refusal != nil {
		s.answerFault(w, refusal)
		return
	}
	s.answer(w, http.StatusOK, el("s:Header", s.build.serverVersionInfo()), answer)
}

// answerFault sends a SOAP fault, which is always HTTP 500: clients read no other.
func (s *Service) answerFault(w http.ResponseWriter, f *fault) {
	if f.missing != "" {
		imitation.Missing(w, f.missing)
	}
	s.answer(w, http.StatusInternalServerError, nil, f.element())
}

func (s *Service) answer(w http.ResponseWriter, status int, header, content *element) {
	envelope := el("s:Envelope", header, el("s:Body", content)).with("xmlns:s", schema.SOAP)
	out := bytes.NewBufferString(`<?xml version="1.0" encoding="utf-8"?>`)
	envelope.write(out)
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Content-Length", fmt.Sprint(out.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes())
}
