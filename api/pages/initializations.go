package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

func (s *site) initializationRoutes() {
	s.slow("POST /synchronizations/{name}/initializations", access.Configure, s.startInitialization)
	s.slow("GET /synchronizations/{name}/initializations", access.Consult, s.initializationHistory)
	s.slow("GET /initializations/{id}", access.Consult, s.initialization)
	s.slow("GET /initializations/{id}/people", access.Consult, s.exportPreview)
	s.slow("GET /initializations/{id}/people/{employee}", access.Consult, s.initializationPerson)
	s.stream("GET /initializations/{id}/events", access.Consult, s.initializationEvents)
	s.page("GET /initializations/{id}/cancel", access.Configure, s.askCancelInitialization)
	s.page("POST /initializations/{id}/cancel", access.Configure, s.cancelInitialization)
	s.slow("POST /initializations/{id}/confirm", access.Configure, s.confirmInitialization)
	s.slow("POST /initializations/{id}/approve", access.Configure, s.approveInitialization)
}

// initializationForm is the form at the bottom of a synchronization's page.
type initializationForm struct {
	Synchronization string
	Form            *form
	Entities        []option
}

// newInitializationForm asks for everything since the first day of this month.
func (s *site) newInitializationForm(of settings.Synchronization) *initializationForm {
	now := s.config.Now()
	if zone, err := time.LoadLocation(of.Zone); err == nil {
		now = now.In(zone)
	}
	f := newForm(0)
	f.Set("since", absence.Date{Year: now.Year(), Month: now.Month(), Day: 1}.String())
	f.Set("legalEntities", of.LegalEntities...)
	asked := &initializationForm{Synchronization: of.Name, Form: f}
	for _, id := range of.LegalEntities {
		asked.Entities = append(asked.Entities, option{Value: id, Label: id})
	}
	return asked
}

// name gives the legal entities their names.
func (i *initializationForm) name(choices *entityChoices) {
	if choices == nil {
		return
	}
	for at := range i.Entities {
		for _, one := range choices.Choices {
			if one.ID == i.Entities[at].Value && one.Name != "" {
				i.Entities[at].Label = one.Name
			}
		}
	}
}

// startInitialization starts an initialization, or its preview, once for each
// form.
func (s *site) startInitialization(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	view, err := s.config.Admin.Synchronization(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	input := workflows.InitializationInput{
		Synchronization: view.Name, LegalEntities: f.All("legalEntities"), DryRun: f.Get("do") != "start",
		Confirm: f.Int("confirm"),
	}
	if input.Since, err = absence.ParseDate(f.Get("since")); err != nil {
		f.Problems = append(f.Problems, settings.Problem{Field: "since", Code: "not-a-date"})
	}
	if len(input.LegalEntities) == 0 { // would stand for all of them
		f.Problems = append(f.Problems, settings.Problem{Field: "legalEntities", Code: settings.CodeRequired})
	}
	preview, err := s.previewed(r, f)
	if err != nil {
		return err
	}
	if !f.Bad() {
		id, err := s.config.Admin.StartInitialization(r.Context(), principal(r).Author(), input, startKey(r, f))
		if err == nil {
			return s.redirect(w, r, "/initializations/"+url.PathEscape(id), "")
		}
		if !f.Invalid(err) {
			return err
		}
		for i, problem := range f.Problems {
			if problem.Field == "synchronization" { // the page itself
				f.Problems[i].Field = ""
			}
		}
	}
	if preview != nil && preview.Start != nil {
		preview.Start.Form = f
		return s.show(w, r, page{Template: "initialization.html", Title: preview.Title(s.loc(r)),
			Nav: "synchronizations", Guide: "initialization", Data: preview, Status: f.status()})
	}
	asked := s.newInitializationForm(view.Synchronization)
	asked.Form = f
	return s.showSynchronization(w, r, synchronizationPage{Synchronization: view, Form: synchronizationForm(view),
		Initialization: asked})
}

// previewed is the preview that a form starts for real, nil for none. A large run
// is confirmed there by the number of people: another one is told at its field.
func (s *site) previewed(r *http.Request, f *form) (*runView, error) {
	id := f.Get("preview")
	if id == "" || f.Get("do") != "start" {
		return nil, nil
	}
	run, err := s.run(r, id)
	if err != nil {
		return nil, err
	}
	if run.Start != nil && run.Start.Asked && f.Int("confirm") != run.Employees {
		f.Problems = slices.DeleteFunc(f.Problems, func(p settings.Problem) bool { return p.Field == "confirm" })
		f.Problems = append(f.Problems, notThatNumber("confirm", run.Employees))
	}
	return run, nil
}

func notThatNumber(field string, people int) settings.Problem {
	return settings.Problem{Field: field, Code: "not-that-number",
		Values: map[string]string{"number": strconv.Itoa(people)}}
}

// startKey is the same for the same form sent twice, in every process. What was
// typed belongs to it: whoever goes back and changes the form means another run.
func startKey(r *http.Request, f *form) string {
	sum := sha256.Sum256([]byte(onceKey(r, f)))
	return hex.EncodeToString(sum[:16])
}

// initialization shows one, while it runs and afterwards.
func (s *site) initialization(w http.ResponseWriter, r *http.Request) error {
	run, err := s.run(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	if text := strings.TrimSpace(r.URL.Query().Get("person")); plainText(text) {
		run.search(text)
	}
	return s.show(w, r, page{Template: "initialization.html", Title: run.Title(s.loc(r)), Nav: "synchronizations",
		Guide: "initialization", Data: run})
}

// run asks how far an initialization is. Where only the progress is missing the
// rest is shown.
func (s *site) run(r *http.Request, id string) (*runView, error) {
	one, err := s.config.Admin.Initialization(r.Context(), id)
	switch {
	case errors.Is(err, starter.ErrUnreadable), errors.Is(err, admin.ErrEngineDown) && one.WorkflowID != "":
	case err != nil:
		return nil, err
	}
	run := newRunView(s.loc(r), id, one)
	run.Unreadable = errors.Is(err, starter.ErrUnreadable)
	run.Down = err != nil && !run.Unreadable
	s.nameRun(r, run)
	run.Names = s.config.Admin.RunPeople(r.Context(), one)
	run.search("") // puts them in order
	run.expect(s.config.Admin.Expected(r.Context(), one))
	run.WorkflowURL = s.config.Admin.WorkflowURL(one.WorkflowID, one.RunID)
	return run, nil
}

// nameRun gives the legal entities their names, and what may be done next. What
// cannot be asked is left out.
func (s *site) nameRun(r *http.Request, run *runView) {
	if entities, err := s.config.Admin.LegalEntities(r.Context(), run.Source); err == nil {
		for i := range run.Entities {
			for _, one := range entities {
				if one.ID == run.Entities[i].ID && one.Name != "" {
					run.Entities[i].Name = one.Name
				}
			}
		}
	}
	if synchronization, err := s.config.Admin.Synchronization(r.Context(), run.Synchronization); err == nil {
		run.offerStart(synchronization.Synchronization)
	}
}

func (s *site) askCancelInitialization(w http.ResponseWriter, r *http.Request) error {
	run, err := s.run(r, r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.confirmPage(w, r, "synchronizations", run.Cancel)
}

func (s *site) cancelInitialization(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := s.config.Admin.CancelInitialization(r.Context(), principal(r).Author(), id); err != nil {
		return err
	}
	return s.redirect(w, r, "/initializations/"+url.PathEscape(id), "initialization-cancelled")
}

// confirmInitialization takes the number of people that a large one asks for.
func (s *site) confirmInitialization(w http.ResponseWriter, r *http.Request) error {
	f, err := readForm(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	employees := f.Int("employees")
	if f.Get("employees") == "" {
		f.Problems = append(f.Problems, settings.Problem{Field: "employees", Code: settings.CodeRequired})
	}
	if !f.Bad() {
		err = s.config.Admin.ConfirmInitialization(r.Context(), principal(r).Author(), id, employees)
		if err == nil {
			return s.redirect(w, r, "/initializations/"+url.PathEscape(id), "")
		}
		if !errors.Is(err, starter.ErrNotConfirmable) && !f.Invalid(err) {
			return err
		}
	}
	run, failed := s.run(r, id)
	if failed != nil {
		return failed
	}
	if run.Phase != workflows.PhaseConfirming {
		// It was confirmed a moment ago, by this form sent twice or by somebody else.
		return s.redirect(w, r, "/initializations/"+url.PathEscape(id), "")
	}
	if errors.Is(err, starter.ErrNotConfirmable) {
		f.Problems = append(f.Problems, notThatNumber("employees", run.Employees))
	}
	run.Confirm = f
	return s.show(w, r, page{Template: "initialization.html", Title: run.Title(s.loc(r)), Nav: "synchronizations",
		Guide: "initialization", Data: run, Status: f.status()})
}

// approveInitialization lets a waiting one go on with the numbers that the page showed.
func (s *site) approveInitialization(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	path := "/initializations/" + url.PathEscape(id)
	other, err := s.approval(w, r, path, func(approval workflows.Approval) error {
		return s.config.Admin.ApproveInitialization(r.Context(), principal(r).Author(), id, approval)
	})
	if err != nil || !other {
		return err
	}
	run, err := s.run(r, id)
	if err != nil {
		return err
	}
	run.Form.Problems = append(run.Form.Problems, settings.Problem{Code: "other-numbers"})
	return s.show(w, r, page{Template: "initialization.html", Title: run.Title(s.loc(r)), Nav: "synchronizations",
		Guide: "initialization", Data: run, Status: run.Form.status()})
}

// historyPage lists the initializations of a synchronization, the newest first.
type historyPage struct {
	Synchronization string
	Runs            []historyRun
	Down            bool
}

// historyRun is one of them. Counted is true when its counts are known.
type historyRun struct {
	starter.Initialization
	ID      string
	Counted bool
}

// The newest runs are asked for their counts: each is a query to its workflow.
const (
	countedRuns = 6
	countTime   = 4 * time.Second
	shownRuns   = 30
)

// initializationHistory is the piece with past initializations; it comes after
// the page, because Temporal may take its time.
func (s *site) initializationHistory(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	p := historyPage{Synchronization: name}
	all, err := s.config.Admin.Initializations(r.Context(), name)
	switch {
	case errors.Is(err, admin.ErrEngineDown):
		p.Down = true
	case err != nil:
		return err
	}
	for _, one := range all[:min(len(all), shownRuns)] {
		p.Runs = append(p.Runs, historyRun{Initialization: one, ID: starter.ShortID(one.WorkflowID)})
	}
	s.count(r, p.Runs[:min(len(p.Runs), countedRuns)])
	if !fromHTMX(r) {
		return s.show(w, r, page{Template: "initialization-history.html", Title: s.loc(r).T("init.history"),
			Nav: "synchronizations", Guide: "initialization", Data: p})
	}
	return s.fragment(w, r, "initialization-history", p)
}

func (s *site) count(r *http.Request, runs []historyRun) {
	var all sync.WaitGroup
	for i := range runs {
		all.Go(func() {
			ctx, cancel := contextWithin(r, countTime)
			defer cancel()
			if one, err := s.config.Admin.Initialization(ctx, runs[i].ID); err == nil {
				runs[i].Counts, runs[i].Phase, runs[i].Counted = one.Counts, one.Phase, true
			}
		})
	}
	all.Wait()
}

// Live tells whether it goes on.
func (h historyRun) Live() bool { return !starter.Ended(h.Phase) }
