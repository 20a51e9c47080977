package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

func (s *Server) sourceRoutes() {
	const tag, all, one = "sources", "/api/v1/sources", "/api/v1/sources/{source}"
	see, change := s.see(), s.change()
	register(see, operation{
		at: "GET " + all, id: "listSources", tag: tag, summary: "List the sources",
		answer: "The sources, without secrets.",
	}, s.listSources)
	register(change, operation{
		at: "POST " + all, id: "createSource", tag: tag, summary: "Make a source",
		description: "name is required here.",
		status:      201, answer: "Made.", refuses: []int{409, 422}, sends: exampleSourceInput, example: exampleSource,
	}, s.createSource)
	register(see, operation{
		at: "GET " + one, id: "getSource", tag: tag, summary: "Read a source", answer: "The source, without secrets.",
		also: known, example: exampleSource,
	}, s.getSource)
	register(change, operation{
		at: "PUT " + one, id: "putSource", tag: tag, summary: "Replace a source",
		description: "What is left out gets its default; secrets that are left out stay.", answer: "Replaced.",
		refuses: []int{409, 422},
	}, s.putSource)
	register(change, operation{
		at: "DELETE " + one, id: "deleteSource", tag: tag, summary: "Remove a source",
		description: "409 in-use while a synchronization needs it.", status: 204, answer: "Removed.",
		refuses: []int{409},
	}, s.deleteSource)
	s.luccaRoutes(tag, one)
	register(change, operation{
		at: "POST " + one + "/http-key", id: "createHttpKey", tag: tag,
		summary:     "Make a new key for the HTTP synchronization",
		description: "The key before it opens nothing from then on.", answer: "The key, told once.",
		refuses: []int{409, 422},
	}, s.createHTTPKey)
}

// luccaRoutes are the operations that ask Lucca, which takes longer.
func (s *Server) luccaRoutes(tag, one string) {
	trying := s.group(access.Configure, adminBody, withLongTimeout(sourceTime))
	register(trying, operation{
		at: "POST " + one + "/check", id: "checkSource", tag: tag, summary: "Ask Lucca with what is stored",
		description: "Names the legal entities that the key shows, and counts the absence types.",
		answer:      "What was found; a refusal by Lucca is no failed request.",
	}, s.checkSource)
	register(s.group(access.Consult, adminBody, withLongTimeout(sourceTime)), operation{
		at: "GET " + one + "/legal-entities", id: "listLegalEntities", tag: tag, summary: "List Figgo's legal entities",
		answer: "The legal entities, up to five minutes old; trouble where Figgo did not tell them.",
	}, s.listLegalEntities)
	register(s.group(access.Consult, adminBody, withLongTimeout(sourceTime)), operation{
		at: "GET " + one + "/accounts", id: "listAccounts", tag: tag, summary: "List Figgo's absence types",
		description: "What policy.rules[].accounts may name: \"name:\" and a name, or an id.",
		answer:      "The absence types, up to an hour old; trouble where Figgo does not list them.",
	}, s.listAccounts)
	register(trying, operation{
		at: "POST " + one + "/webhook", id: "createWebhook", tag: tag, summary: "Make the webhook endpoint in Lucca",
		description: "Replaces endpoints with the same address, and stores the new secret. The integration key " +
			"needs webhook-endpoints.readwrite. 409 no-public-url without --public-url, legacy-source for v3.",
		answer: "What came of it; a refusal by Lucca is no failed request.", refuses: []int{409},
	}, s.createWebhook)
}

// known is what an answer without a body means that reads one record.
var known = map[int]*huma.Response{304: {Description: "It is the version that is known."}}

const exampleSourceInput = `{"name": "acme", "host": "https://acme.ilucca.net", "api": "v5",
	"clientId": "2b6f0c1e", "clientSecret": "…"}`

var exampleSource = source(admin.SourceView{
	Source: settings.Source{
		Name: "acme", Host: "https://acme.ilucca.net", API: settings.APIv5, TokenURL: settings.DefaultTokenURL,
		ClientID: "2b6f0c1e",
	},
	Stored:       map[string]bool{"clientSecret": true},
	LuccaWebhook: "https://figgosync.example.com/webhooks/lucca/acme",
	HTTPWebhook:  "https://figgosync.example.com/webhooks/figgo/acme",
	Version:      1, ChangedAt: exampleTime, ChangedBy: settings.Author{ID: "person:42", Name: "Jane Doe"},
})

func (s *Server) listSources(ctx context.Context, _ *None) (*answer[list[sourceBody]], error) {
	views, err := s.config.Admin.Sources(ctx)
	return listed(views, err, source)
}

// sources are the sources as they are now.
func (s *Server) sources() records[admin.SourceView] {
	return records[admin.SourceView]{
		find: s.config.Admin.Source, unknown: refused(http.StatusNotFound, "unknown-source"),
		readOnly: s.config.Admin.ReadOnly(),
		stamp: func(view admin.SourceView) stamp {
			return stamp{view.Version, view.ChangedAt, view.ChangedBy}
		},
	}
}

func (s *Server) getSource(ctx context.Context, in *struct {
	SourcePath
	KnownVersion
}) (*single[sourceBody], error) {
	view, err := s.sources().now(ctx, in.Source)
	return read(in.KnownVersion, view.Version, source(view)), err
}

func (s *Server) createSource(ctx context.Context, in *struct {
	Spoken
	Body body[settings.Source]
}) (*created[sourceBody], error) {
	input, err := sourceInput(in.Body, "")
	if err != nil {
		return nil, err
	}
	view, err := s.config.Admin.PutSource(ctx, author(ctx), input, 0)
	return &created[sourceBody]{entityTag(view.Version), "/api/v1/sources/" + view.Name, source(view)}, err
}

func (s *Server) putSource(ctx context.Context, in *struct {
	SourcePath
	ReadVersion
	Spoken
	Body body[settings.Source]
}) (*single[sourceBody], error) {
	now, err := s.sources().toChange(ctx, in.Source, in.IfMatch)
	if err != nil {
		return nil, err
	}
	input, err := sourceInput(in.Body, now.Name)
	if err != nil {
		return nil, err
	}
	view, err := s.config.Admin.PutSource(ctx, author(ctx), input, now.Version)
	return versioned(view.Version, source(view)), s.sources().failed(ctx, now.Name, err)
}

func (s *Server) deleteSource(ctx context.Context, in *struct {
	SourcePath
	ReadVersion
}) (*nothing, error) {
	now, err := s.sources().toChange(ctx, in.Source, in.IfMatch)
	if err != nil {
		return nil, err
	}
	return nil, s.sources().failed(ctx, now.Name, s.config.Admin.RemoveSource(ctx, author(ctx), now.Name, now.Version))
}

// sourceCheckBody is what a try-out of a source found.
type sourceCheckBody struct {
	OK     bool   `json:"ok"`
	Reason string `json:"reason,omitempty" doc:"A stable word for programs, such as source-rejected; temporary where Lucca did not answer."`
	What   string `json:"what,omitempty" doc:"What it means."`
	Do     string `json:"do,omitempty" doc:"What an administrator must do."`
	Code   string `json:"code,omitempty" doc:"Lucca's own code."`
	// LegalEntities are empty where Figgo was not asked for them or did not answer.
	LegalEntities []legalEntityBody `json:"legalEntities"`
	Accounts      int               `json:"accounts" doc:"How many absence types Lucca lists."`
	// AccountsTrouble says why Lucca lists none: rules by name wait for what they ask.
	AccountsTrouble *troubleBody `json:"accountsTrouble,omitempty"`
}

type legalEntityBody struct {
	ID              string `json:"id"`
	Name            string `json:"name"`
	Zone            string `json:"zone,omitempty" doc:"IANA time zone, where Figgo tells."`
	Synchronization string `json:"synchronization,omitempty" doc:"The one it is in."`
}

func sourceCheck(check admin.SourceCheck, lang texts.Lang) sourceCheckBody {
	body := sourceCheckBody{
		OK: check.Reason == "", Reason: check.Reason, Code: check.Code,
		LegalEntities: legalEntities(check.LegalEntities), Accounts: check.Accounts,
		AccountsTrouble: sourceTrouble(check.NoAccounts, lang),
	}
	if check.Reason != "" {
		reason := texts.ReasonFor(check.Reason)
		body.What, body.Do = reason.What.In(lang), reason.Do.In(lang)
	}
	return body
}

func legalEntities(all []admin.LegalEntity) []legalEntityBody {
	items := []legalEntityBody{}
	for _, one := range all {
		items = append(items, legalEntityBody(one))
	}
	return items
}

// spokenSource is a request about a source whose answer has texts.
type spokenSource struct {
	SourcePath
	Spoken
}

func (s *Server) checkSource(ctx context.Context, in *spokenSource) (*answer[sourceCheckBody], error) {
	now, err := s.sources().now(ctx, in.Source)
	if err != nil {
		return nil, err
	}
	check, err := s.config.Admin.CheckSource(ctx, author(ctx), now.Name)
	return answered(sourceCheck(check, in.lang()), err)
}

// legalEntityList has trouble where Figgo did not tell its legal entities.
type legalEntityList struct {
	Items   []legalEntityBody `json:"items"`
	Trouble *troubleBody      `json:"trouble,omitempty"`
}

func (s *Server) listLegalEntities(ctx context.Context, in *spokenSource) (*answer[legalEntityList], error) {
	now, err := s.sources().now(ctx, in.Source)
	if err != nil {
		return nil, err
	}
	all, err := s.config.Admin.LegalEntities(ctx, now.Name)
	body := legalEntityList{Items: legalEntities(all)}
	if refusal, ok := errors.AsType[*admin.SourceError](err); ok {
		body.Trouble, err = sourceTrouble(refusal, in.lang()), nil
	}
	return answered(body, err)
}

// sourceTrouble says why Lucca did not tell something, nil where it did.
func sourceTrouble(refusal *admin.SourceError, lang texts.Lang) *troubleBody {
	if refusal == nil {
		return nil
	}
	reason := texts.ReasonFor(refusal.Reason)
	return &troubleBody{
		Reason: refusal.Reason, What: reason.What.In(lang), Do: reason.Do.In(lang), Code: refusal.Code,
	}
}

// accountBody is an absence type.
type accountBody struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Category  string `json:"category,omitempty" doc:"Where Lucca tells."`
	Sensitive bool   `json:"sensitive" doc:"It tells of somebody's health, family, disability, beliefs or union work by its name."`
}

// accountList has trouble where Figgo did not list its absence types.
type accountList struct {
	Items   []accountBody `json:"items"`
	Trouble *troubleBody  `json:"trouble,omitempty"`
}

func (s *Server) listAccounts(ctx context.Context, in *spokenSource) (*answer[accountList], error) {
	now, err := s.sources().now(ctx, in.Source)
	if err != nil {
		return nil, err
	}
	all, err := s.config.Admin.Accounts(ctx, now.Name)
	body := accountList{Items: make([]accountBody, len(all))}
	for i, one := range all {
		body.Items[i] = accountBody(one)
	}
	if refusal, ok := errors.AsType[*admin.SourceError](err); ok {
		body.Trouble, err = sourceTrouble(refusal, in.lang()), nil
	}
	return answered(body, err)
}

func (s *Server) createWebhook(ctx context.Context, in *spokenSource) (*answer[sourceCheckBody], error) {
	now, err := s.sources().now(ctx, in.Source)
	if err != nil {
		return nil, err
	}
	check, err := s.config.Admin.CreateWebhook(ctx, author(ctx), now.Name)
	switch {
	case errors.Is(err, admin.ErrNoPublicURL):
		err = refused(http.StatusConflict, "no-public-url")
	case errors.Is(err, admin.ErrLegacySource):
		err = refused(http.StatusConflict, "legacy-source")
	}
	return answered(sourceCheck(check, in.lang()), err)
}

// httpKeyBody has a new key, once.
type httpKeyBody struct {
	HTTPSynchronizationKey string     `json:"httpSynchronizationKey" doc:"The whole Authorization header to enter in Lucca."`
	Source                 sourceBody `json:"source"`
}

func (s *Server) createHTTPKey(ctx context.Context, in *struct {
	SourcePath
	ReadVersion
}) (*single[httpKeyBody], error) {
	now, err := s.sources().toChange(ctx, in.Source, in.IfMatch)
	if err != nil {
		return nil, err
	}
	key, view, err := s.config.Admin.GenerateHTTPKey(ctx, author(ctx), now.Name, now.Version)
	return versioned(view.Version, httpKeyBody{key, source(view)}), s.sources().failed(ctx, now.Name, err)
}
