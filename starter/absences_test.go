package starter_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// run is one run of an absence in the index.
type run struct {
	absence, employee, status, reason string
	state                             enums.WorkflowExecutionStatus
	started                           int // minutes
}

func (r run) fields() map[string]string {
	return map[string]string{
		"WorkflowType": workflows.AbsenceLifecycleType, "WorkflowId": workflows.AbsenceID("demo", r.absence), "ExecutionStatus": r.state.String(),
		"FiggoSource": "demo", "FiggoEmployee": r.employee, "FiggoStatus": r.status, "FiggoReason": r.reason, "FiggoLegalEntity": "1", "FiggoSynchronization": "s1",
	}
}

// index answers list filters (https://docs.temporal.io/list-filter) as far as the
// starter writes them.
type index struct {
	client.Client
	runs    []run
	queries []string
}

var (
	condition = regexp.MustCompile(`^(\w+) (=|!=|IN) (.*)$`)
	quoted    = regexp.MustCompile(`'([^']*)'`)
)

func matches(query string, fields map[string]string) bool {
	for _, part := range split(query, " AND ") {
		if inner, ok := strings.CutPrefix(part, "("); ok {
			if !slices.ContainsFunc(split(strings.TrimSuffix(inner, ")"), " OR "), func(one string) bool { return matches(one, fields) }) {
				return false
			}
			continue
		}
		m := condition.FindStringSubmatch(part)
		if m == nil {
			panic("not a condition: " + part)
		}
		var values []string
		for _, value := range quoted.FindAllStringSubmatch(m[3], -1) {
			values = append(values, value[1])
		}
		if slices.Contains(values, fields[m[1]]) == (m[2] == "!=") {
			return false
		}
	}
	return true
}

// split cuts outside of parentheses.
func split(text, at string) []string {
	var parts []string
	depth, begin := 0, 0
	for i := range len(text) {
		switch {
		case text[i] == '(':
			depth++
		case text[i] == ')':
			depth--
		case depth == 0 && strings.HasPrefix(text[i:], at):
			parts, begin = append(parts, text[begin:i]), i+len(at)
		}
	}
	return append(parts, text[begin:])
}

func (x *index) found(query string) []run {
	x.queries = append(x.queries, query)
	found := slices.DeleteFunc(slices.Clone(x.runs), func(r run) bool { return !matches(query, r.fields()) })
	slices.SortStableFunc(found, func(a, b run) int {
		if a.state != b.state {
			return int(a.state) - int(b.state) // those that run first
		}
		return b.started - a.started
	})
	return found
}

func (x *index) ListWorkflow(_ context.Context, request *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	from := 0
	if len(request.NextPageToken) > 0 {
		var err error
		if from, err = strconv.Atoi(string(request.NextPageToken)); err != nil {
			return nil, serviceerror.NewInvalidArgument("bad token")
		}
	}
	found := x.found(request.Query)
	to := min(from+int(request.PageSize), len(found))
	answer := &workflowservice.ListWorkflowExecutionsResponse{}
	if to < len(found) {
		answer.NextPageToken = []byte(strconv.Itoa(to))
	}
	for _, r := range found[min(from, to):to] {
		info := &workflow.WorkflowExecutionInfo{
			Execution: &common.WorkflowExecution{WorkflowId: workflows.AbsenceID("demo", r.absence), RunId: fmt.Sprint(r.absence, "-", r.started)},
			Status:    r.state, StartTime: timestamppb.New(time.Unix(int64(r.started)*60, 0)),
			SearchAttributes: &common.SearchAttributes{IndexedFields: map[string]*common.Payload{}},
		}
		for name, value := range r.fields() {
			if payload, err := converter.GetDefaultDataConverter().ToPayload(value); err == nil && value != "" {
				info.SearchAttributes.IndexedFields[name] = payload
			}
		}
		if r.state != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			info.CloseTime = timestamppb.New(time.Unix(int64(r.started)*60+30, 0))
		}
		answer.Executions = append(answer.Executions, info)
	}
	return answer, nil
}

func (x *index) CountWorkflow(_ context.Context, request *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	return &workflowservice.CountWorkflowExecutionsResponse{Count: int64(len(x.found(request.Query)))}, nil
}

const (
	running   = enums.WORKFLOW_EXECUTION_STATUS_RUNNING
	completed = enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
	continued = enums.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW
)

func someRuns() *index {
	return &index{runs: []run{
		{"1", "416", "synced", "", completed, 10},
		{"1", "416", "blocked", "mailbox-missing", running, 20}, // lives again
		{"2", "416", "synced", "", completed, 11},
		{"2", "416", "deleted", "", completed, 21}, // lived twice
		{"3", "417", "synced", "", continued, 12},
		{"3", "417", "synced", "", running, 22},
		{"416", "9", "skipped", "no-email", running, 23},
	}}
}

func TestAbsencesAreTheirNewestRun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		query starter.AbsencesQuery
		want  string
	}{
		"all":               {starter.AbsencesQuery{}, "416/skipped 3/synced 1/blocked 2/deleted"},
		"of an old run":     {starter.AbsencesQuery{Statuses: []workflows.Status{"synced"}}, "3/synced"},
		"some statuses":     {starter.AbsencesQuery{Statuses: []workflows.Status{"blocked", "deleted"}}, "1/blocked 2/deleted"},
		"those that live":   {starter.AbsencesQuery{Running: true, Employee: "416"}, "1/blocked"},
		"either":            {starter.AbsencesQuery{Either: "416", Sources: []string{"demo", "x"}}, "416/skipped 1/blocked 2/deleted"},
		"an absence":        {starter.AbsencesQuery{Absence: "2", Source: "demo"}, "2/deleted"},
		"nowhere":           {starter.AbsencesQuery{Absence: "2"}, ""},
		"a reason":          {starter.AbsencesQuery{Reason: "no-email", Source: "demo", Synchronization: "s1", LegalEntities: []string{"1", "2"}}, "416/skipped"},
		"several reasons":   {starter.AbsencesQuery{Reasons: []string{"no-email", "mailbox-missing"}}, "416/skipped 1/blocked"},
		"a reason's quote":  {starter.AbsencesQuery{Reasons: []string{"a'b"}}, ""},
		"a quote":           {starter.AbsencesQuery{Employee: "x' OR WorkflowId != '"}, ""},
		"owners":            {starter.AbsencesQuery{Owners: map[string][]string{"demo": {"416", "7"}, "x": {"417"}, "y": nil}}, "1/blocked 2/deleted"},
		"other's owners":    {starter.AbsencesQuery{Owners: map[string][]string{"x": {"416"}}}, ""},
		"owners or an id":   {starter.AbsencesQuery{Either: "416", Sources: []string{"demo"}, Owners: map[string][]string{"x": {"416"}}}, "416/skipped 1/blocked 2/deleted"},
		"an owner's quote":  {starter.AbsencesQuery{Owners: map[string][]string{"demo": {"41'6"}}}, ""},
		"ids":               {starter.AbsencesQuery{Source: "demo", IDs: []string{"1", "416", "none"}}, "416/skipped 1/blocked"},
		"ids without where": {starter.AbsencesQuery{IDs: []string{"1"}}, ""},
		"a backslash":       {starter.AbsencesQuery{Either: `416\`, Sources: []string{"demo"}}, ""},
		"broken text":       {starter.AbsencesQuery{Reason: "\xff"}, ""},
		"other legal ones":  {starter.AbsencesQuery{LegalEntities: []string{"1'", "2"}}, ""},
		"an odd status":     {starter.AbsencesQuery{Statuses: []workflows.Status{"a'b"}}, ""},
		"a source's quote":  {starter.AbsencesQuery{Either: "1", Sources: []string{"de'mo"}}, ""},
		"a control":         {starter.AbsencesQuery{Employee: "1\n"}, ""},
		"too long by far":   {starter.AbsencesQuery{Employee: strings.Repeat("1", 1001)}, ""},
		"a percent is fine": {starter.AbsencesQuery{Employee: "%"}, ""},
	} {
		for _, limit := range []int{1, 2, 200} {
			x := someRuns()
			s := starter.New(x, nil)
			query := test.query
			query.Limit = limit
			var all []string
			for page := 0; ; page++ {
				found, next, err := s.Absences(t.Context(), query)
				if err != nil || page > 20 || len(found) > limit {
					t.Fatalf("%s, %d a page: %d found, %v", name, limit, len(found), err)
				}
				for _, one := range found {
					all = append(all, one.Absence+"/"+string(one.Status))
				}
				if query.Page = next; next == "" {
					break
				}
			}
			if got := strings.Join(all, " "); got != test.want {
				t.Errorf("%s, %d a page: %s, want %s", name, limit, got, test.want)
			}
			if count, err := s.Count(t.Context(), test.query); err != nil || count != len(all) {
				t.Errorf("%s: counted %d, want %d, %v", name, count, len(all), err)
			}
			for _, sent := range x.queries {
				if strings.ContainsAny(sent, "\"`\\;\n") || strings.Count(sent, "'")%2 != 0 {
					t.Errorf("%s was sent as %s", name, sent)
				}
			}
		}
	}
}

// A Temporal that does not know of problems refuses the query.
func TestStuck(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err    error
		want   int
		failed bool
	}{
		"some": {want: 3}, "an older Temporal": {err: serviceerror.NewInvalidArgument("no such attribute")},
		"down": {err: serviceerror.NewUnavailable("down"), failed: true},
	} {
		got, err := starter.New(counting{count: 3, err: c.err}, nil).Stuck(t.Context())
		if got != c.want || (err != nil) != c.failed {
			t.Errorf("%s: %d, %v", name, got, err)
		}
	}
}

// counting answers any count in one way.
type counting struct {
	client.Client
	count int64
	err   error
}

func (c counting) CountWorkflow(context.Context, *workflowservice.CountWorkflowExecutionsRequest) (*workflowservice.CountWorkflowExecutionsResponse, error) {
	return &workflowservice.CountWorkflowExecutionsResponse{Count: c.count}, c.err
}

// The owner of an absence that was deleted long after its end is the one that its
// earlier runs told.
func TestOwnerOf(t *testing.T) {
	t.Parallel()
	x := someRuns()
	x.runs = append(x.runs, run{absence: "2", status: "pending", state: enums.WORKFLOW_EXECUTION_STATUS_RUNNING, started: 999})
	for absence, want := range map[string]string{"2": "416", "unheard-of": "", "o'clock": ""} {
		if got, err := starter.New(x, nil).OwnerOf(t.Context(), "demo", absence); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", absence, got, err, want)
		}
	}
}

func TestAnAbsenceLine(t *testing.T) {
	t.Parallel()
	found, _, err := starter.New(someRuns(), nil).Absences(t.Context(), starter.AbsencesQuery{Absence: "1", Source: "demo", Limit: 5})
	want := []starter.AbsenceLine{{
		Source: "demo", Absence: "1", Employee: "416", LegalEntity: "1", Synchronization: "s1", Status: "blocked", Reason: "mailbox-missing",
		StartedAt: time.Unix(1200, 0).UTC(), WorkflowID: "absence/demo/1", RunID: "1-20",
	}}
	if diff := cmp.Diff(want, found); diff != "" || err != nil {
		t.Errorf("-want +got:\n%s%v", diff, err)
	}
}

func TestAPageIsOfItsSearch(t *testing.T) {
	t.Parallel()
	s := starter.New(someRuns(), nil)
	_, next, err := s.Absences(t.Context(), starter.AbsencesQuery{Limit: 1})
	if err != nil || next == "" {
		t.Fatal(next, err)
	}
	for _, query := range []starter.AbsencesQuery{
		{Page: next, Employee: "416"}, {Page: next[:len(next)-2]}, {Page: "x"}, {Page: "%%%"}, {Page: strings.Repeat("A", 5000)}, {Page: strings.Repeat("A", 40)},
	} {
		if _, _, err := s.Absences(t.Context(), query); !errors.Is(err, starter.ErrPage) {
			t.Errorf("%.20s: %v", query.Page, err)
		}
	}
}

// Beyond what is looked at one by one a count is an upper bound, and a cheap one.
func TestManyEndedAbsencesAreCountedAtOnce(t *testing.T) {
	t.Parallel()
	x := &index{}
	for i := range 1100 {
		x.runs = append(x.runs, run{strconv.Itoa(i), "1", "synced", "", completed, i})
	}
	if count, err := starter.New(x, nil).Count(t.Context(), starter.AbsencesQuery{}); err != nil || count != 1100 || len(x.queries) != 2 {
		t.Errorf("%d with %d queries, %v", count, len(x.queries), err)
	}
}

// duplicates is a Temporal that starts each id once.
type duplicates struct {
	client.Client
	ids []string
}

func (d *duplicates) ExecuteWorkflow(_ context.Context, options client.StartWorkflowOptions, _ any, _ ...any) (client.WorkflowRun, error) {
	if options.WorkflowIDReusePolicy != enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE || !options.WorkflowExecutionErrorWhenAlreadyStarted {
		return nil, errors.New("a second start would be a second run")
	}
	if slices.Contains(d.ids, options.ID) {
		return nil, serviceerror.NewWorkflowExecutionAlreadyStarted("already", "", "")
	}
	d.ids = append(d.ids, options.ID)
	return nil, nil
}

func TestAKeyStartsOneInitialization(t *testing.T) {
	t.Parallel()
	d := &duplicates{}
	s := starter.New(d, nil)
	start := func(source, key string) string {
		id, err := s.StartInitialization(t.Context(), source, workflows.InitializationInput{Synchronization: "s1"}, key)
		if err != nil || !strings.HasPrefix(id, "initialization/"+source+"/") || strings.Contains(id, "form") {
			t.Errorf("%q, %v", id, err)
		}
		return id
	}
	first := start("demo", "form 1")
	if again := start("demo", "form 1"); again != first {
		t.Errorf("%s and %s", first, again)
	}
	for _, other := range []string{start("demo", "form 2"), start("acme", "form 1"), start("demo", ""), start("demo", "")} {
		if other == first {
			t.Errorf("%s twice", other)
		}
	}
	if len(d.ids) != 5 {
		t.Errorf("started %v", d.ids)
	}
}
