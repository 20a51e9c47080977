package pages

import (
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// operationRoutes are the pages of reconciliations and removals.
func (s *site) operationRoutes() {
	s.slow("POST /reconciliations", access.Configure, s.startReconciliation)
	s.slow("POST /removals", access.Configure, s.startRemoval)
	for _, kind := range []settings.Kind{settings.KindReconciliation, settings.KindRemoval} {
		path := "/" + string(kind) + "s"
		of := operationsOf{s, kind}
		s.slow("GET "+path, access.Consult, of.list)
		s.slow("GET "+path+"/{id}", access.Consult, of.one)
		s.stream("GET "+path+"/{id}/events", access.Consult, of.events)
		s.slow("POST "+path+"/{id}/approve", access.Configure, of.approve)
		s.page("GET "+path+"/{id}/cancel", access.Configure, of.askCancel)
		s.page("POST "+path+"/{id}/cancel", access.Configure, of.cancel)
		for _, part := range []string{"approve"} { // a browser that reloads an answer asks for its address
			s.page("GET "+path+"/{id}/"+part, access.Consult, func(w http.ResponseWriter, r *http.Request) error {
				return s.redirect(w, r, path+"/"+url.PathEscape(r.PathValue("id")), "")
			})
		}
	}
}

// operationsOf are the pages of one kind of operations.
type operationsOf struct {
	*site
	kind settings.Kind
}

// operationsPage lists the newest operations of a kind, and has the forms that start
// one.
type operationsPage struct {
	Kind settings.Kind
	// Synchronization is the one whose operations are listed, "" for all.
	Synchronization string
	Runs            []*operationView
	Down            bool
	Chart           *nightsChart
	// Form starts one for a synchronization, One for a legal entity or an employee.
	Form, One *form
	// Synchronizations may be started for; Sources are those of people and legal
	// entities.
	Synchronizations, Sources []option
}

func (o operationsOf) list(w http.ResponseWriter, r *http.Request) error {
	f := newForm(0)
	if name := r.URL.Query().Get("synchronization"); plainText(name) {
		f.Set("synchronization", name)
	}
	return o.showList(w, r, f)
}

func (o operationsOf) showList(w http.ResponseWriter, r *http.Request, f *form) error {
	loc := o.loc(r)
	p := operationsPage{Kind: o.kind, Form: f, One: newForm(0)}
	if f.Get("source") != "" {
		p.Form, p.One = p.One, p.Form
	}
	if name := r.URL.Query().Get("synchronization"); plainText(name) {
		p.Synchronization = name
	}
	synchronizations, err := o.config.Admin.Synchronizations(r.Context())
	if err != nil {
		return err
	}
	for _, one := range synchronizations {
		if !one.Paused || o.kind == settings.KindRemoval {
			p.Synchronizations = append(p.Synchronizations, option{Value: one.Name, Label: one.Label()})
		}
		if !slices.ContainsFunc(p.Sources, func(known option) bool { return known.Value == one.Source }) {
			p.Sources = append(p.Sources, option{Value: one.Source, Label: one.Source})
		}
	}
	all, err := o.config.Admin.Operations(r.Context(), o.kind, p.Synchronization)
	switch {
	case errors.Is(err, admin.ErrEngineDown):
		p.Down = true
	case err != nil:
		return err
	}
	for _, one := range all {
		p.Runs = append(p.Runs, newOperationView(loc, o.kind, one))
	}
	p.Chart = newNightsChart(p.Runs)
	return o.show(w, r, page{
		Template: "operations.html", Title: loc.T("operation.list." + string(o.kind)), Nav: o.nav(),
		Guide: string(o.kind), Data: p, Status: f.status(),
	})
}

// nav is the entry of the navigation that the pages belong to.
func (o operationsOf) nav() string {
	if o.kind == settings.KindReconciliation {
		return "reconciliations"
	}
	return "synchronizations"
}

func (o operationsOf) path(id string) string { return "/" + string(o.kind) + "s/" + url.PathEscape(id) }

// startReconciliation starts one, once for each form.
func (s *site) startReconciliation(w http.ResponseWriter, r *http.Request) error {
	of := operationsOf{s, settings.KindReconciliation}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	input := workflows.ReconciliationInput{
		Synchronization: f.Get("synchronization"), Repair: f.Get("do") == "repair",
		From: f.Date("from"), To: f.Date("to"),
		Approve: workflows.Approval{Deletions: f.Int("deletions"), Changes: f.Int("changes")},
	}
	return of.start(w, r, f, func() (string, error) {
		return s.config.Admin.StartReconciliation(r.Context(), principal(r).Author(), input, "")
	})
}

// startRemoval starts one, or its preview, once for each form.
func (s *site) startRemoval(w http.ResponseWriter, r *http.Request) error {
	of := operationsOf{s, settings.KindRemoval}
	f, err := readForm(r)
	if err != nil {
		return err
	}
	scope := admin.RemovalScope{
		Synchronization: f.Get("synchronization"), Source: f.Get("source"), LegalEntity: f.Get("legalEntity"),
		Employee: f.Get("employee"), Initialization: f.Get("initialization"),
		DryRun: f.Get("do") != "start", Approve: f.Int("deletions"),
	}
	return of.start(w, r, f, func() (string, error) {
		return s.config.Admin.StartRemoval(r.Context(), principal(r).Author(), scope, "")
	})
}

func (o operationsOf) start(w http.ResponseWriter, r *http.Request, f *form, start func() (string, error)) error {
	if !f.Bad() {
		id, err := o.once.Do(onceKey(r, f), func() (any, error) { return start() })
		if err == nil {
			return o.redirect(w, r, o.path(id.(string)), "")
		}
		if !f.Invalid(err) {
			return err
		}
	}
	return o.showList(w, r, f)
}

// one shows an operation, while it runs and afterwards.
func (o operationsOf) one(w http.ResponseWriter, r *http.Request) error {
	v, err := o.view(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	return o.showOne(w, r, v)
}

func (o operationsOf) showOne(w http.ResponseWriter, r *http.Request, v *operationView) error {
	return o.show(w, r, page{
		Template: "operation.html", Title: v.Title(o.loc(r)), Nav: o.nav(), Guide: string(o.kind), Data: v,
		Status: v.Form.status(),
	})
}

// view asks how far an operation is. Where only the progress is missing the rest is
// shown.
func (o operationsOf) view(r *http.Request, id string) (*operationView, error) {
	one, err := o.config.Admin.Operation(r.Context(), o.kind, id)
	switch {
	case errors.Is(err, starter.ErrUnreadable), errors.Is(err, admin.ErrEngineDown) && one.WorkflowID != "":
	case err != nil:
		return nil, err
	}
	v := newOperationView(o.loc(r), o.kind, one)
	v.Unreadable = errors.Is(err, starter.ErrUnreadable)
	v.Down = err != nil && !v.Unreadable
	v.People = o.config.Admin.OperationPeople(r.Context(), one)
	v.WorkflowURL = o.config.Admin.WorkflowURL(one.WorkflowID, one.RunID)
	return v, nil
}

// approve lets a waiting one go on with the numbers that the page showed.
func (o operationsOf) approve(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	other, err := o.approval(w, r, o.path(id), func(approval workflows.Approval) error {
		return o.config.Admin.ApproveOperation(r.Context(), principal(r).Author(), o.kind, id, approval)
	})
	if err != nil || !other {
		return err
	}
	v, err := o.view(r, id)
	if err != nil {
		return err
	}
	v.Form.Problems = append(v.Form.Problems, settings.Problem{Code: "other-numbers"})
	return o.showOne(w, r, v)
}

// approval approves by the numbers of a form and answers it, but for where the run waits
// for other numbers.
func (s *site) approval(
	w http.ResponseWriter, r *http.Request, path string, approve func(workflows.Approval) error,
) (other bool, err error) {
	f, err := readForm(r)
	if err != nil {
		return false, err
	}
	err = approve(workflows.Approval{Deletions: f.Int("deletions"), Changes: f.Int("changes")})
	refusal, refused := errors.AsType[*admin.NotApprovableError](err)
	switch {
	case err == nil:
		return false, s.redirect(w, r, path, "operation-approved")
	case refused && refusal.Breaker == nil: // somebody was faster
		return false, s.redirect(w, r, path, "")
	case refused:
		return true, nil
	}
	return false, err
}

func (o operationsOf) askCancel(w http.ResponseWriter, r *http.Request) error {
	v, err := o.view(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	return o.confirmPage(w, r, o.nav(), v.Cancel)
}

func (o operationsOf) cancel(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := o.config.Admin.CancelOperation(r.Context(), principal(r).Author(), o.kind, id); err != nil {
		return err
	}
	return o.redirect(w, r, o.path(id), "operation-cancelled")
}
