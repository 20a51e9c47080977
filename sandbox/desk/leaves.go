package desk

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/lucca"
	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// leaveBody is a leave as the desk shows it.
type leaveBody struct {
	ID            string           `json:"id"`
	Employee      string           `json:"employee"`
	StartsOn      string           `json:"startsOn"`
	StartPosition lucca.Position   `json:"startPosition"`
	EndsOn        string           `json:"endsOn"`
	EndPosition   lucca.Position   `json:"endPosition"`
	Account       string           `json:"account"`
	Hours         float64          `json:"hours,omitempty"`
	Status        string           `json:"status"` // Lucca's, or "deleted"
	Via           lucca.Generation `json:"via"`
	CreatedAt     time.Time        `json:"createdAt"`
	LastUpdatedAt time.Time        `json:"lastUpdatedAt"`
}

func newLeaveBody(l lucca.Leave) leaveBody {
	status := string(l.Status)
	if l.Deleted {
		status = "deleted"
	}
	return leaveBody{
		ID: strconv.Itoa(l.ID), Employee: strconv.Itoa(l.Employee),
		StartsOn: l.StartsOn, StartPosition: l.StartPosition, EndsOn: l.EndsOn, EndPosition: l.EndPosition,
		Account: l.Account.Name, Hours: l.Hours, Status: status, Via: l.Via, CreatedAt: l.CreatedAt,
		LastUpdatedAt: l.LastUpdatedAt,
	}
}

// leaveRequest is the body of POST /sandbox/leaves. Employee is an id or an e-mail,
// account an id or a name; all but employee and startsOn may be left out.
type leaveRequest struct {
	Employee      text    `json:"employee"`
	StartsOn      string  `json:"startsOn"`
	StartPosition string  `json:"startPosition"`
	EndsOn        string  `json:"endsOn"`
	EndPosition   string  `json:"endPosition"`
	Account       text    `json:"account"`
	Hours         float64 `json:"hours"`
	Status        string  `json:"status"`
	Via           string  `json:"via"`
}

// text reads a JSON string, or a number as its text: ids are written both ways.
type text string

func (t *text) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		return json.Unmarshal(raw, (*string)(t))
	}
	var number json.Number
	if err := json.Unmarshal(raw, &number); err != nil {
		return err
	}
	*t = text(number)
	return nil
}

func (d *Desk) requestLeave(w http.ResponseWriter, r *http.Request) {
	var body leaveRequest
	if !Read(w, r, &body) {
		return
	}
	silent, ok := silently(w, r)
	if !ok {
		return
	}
	request := d.company.Request
	if silent {
		request = d.company.Silently().Request
	}
	req, err := d.translate(body)
	if err == nil {
		var leave lucca.Leave
		if leave, err = request(req); err == nil {
			w.Header().Set("Location", "/sandbox/leaves/"+strconv.Itoa(leave.ID))
			JSON(w, http.StatusCreated, newLeaveBody(leave))
			return
		}
	}
	refuse(w, err)
}

func refuse(w http.ResponseWriter, err error) {
	var invalid *lucca.InvalidError
	switch {
	case errors.As(err, &invalid):
		Problem(w, http.StatusBadRequest, invalid.Field+": "+invalid.Message+".")
	case errors.Is(err, lucca.ErrNoLeave):
		Problem(w, http.StatusNotFound, "There is no leave with this id. GET /sandbox/leaves lists them.")
	case errors.Is(err, mailboxes.ErrNoMailbox):
		Problem(w, http.StatusNotFound, "This address has no mailbox. POST /sandbox/mailboxes/{email} makes one for an employee.")
	case errors.Is(err, mailboxes.ErrNoEvent):
		Problem(w, http.StatusNotFound, "There is no event with this id. GET /sandbox/mailboxes/{email}/events lists them.")
	case errors.Is(err, mailboxes.ErrInvalid):
		Problem(w, http.StatusBadRequest,
			"No event can be like that: start and end are both days (YYYY-MM-DD, the end exclusive) or both times (YYYY-MM-DDTHH:MM), in order.")
	case errors.Is(err, mailboxes.ErrInvalidReply):
		Problem(w, http.StatusBadRequest, err.Error()+".")
	case errors.Is(err, mailboxes.ErrTaken):
		Problem(w, http.StatusConflict, "This address is another mailbox's already.")
	case errors.Is(err, lucca.ErrWrongState):
		Problem(w, http.StatusConflict, "The leave's status does not allow this: only a tentative leave can be approved, and only one not yet cancelled be deleted.")
	default:
		Problem(w, http.StatusInternalServerError, "The sandbox failed; its log says why.")
	}
}

var (
	positions = map[string]lucca.Position{
		"": "", "firstHalfDay": lucca.FirstHalfDay, "AM": lucca.FirstHalfDay, "secondHalfDay": lucca.SecondHalfDay,
		"PM": lucca.SecondHalfDay,
	}
	confirmed = map[string]bool{"": false, "tentative": false, "pending": false, "confirmed": true, "approved": true}
)

func (d *Desk) translate(body leaveRequest) (lucca.LeaveRequest, error) {
	req := lucca.LeaveRequest{StartsOn: body.StartsOn, EndsOn: body.EndsOn, Hours: body.Hours,
		Via: lucca.Generation(body.Via)}
	var known bool
	if req.Employee, known = d.employee(string(body.Employee)); !known {
		return req, &lucca.InvalidError{Field: "employee",
			Message: "no such employee; give an id or an e-mail from GET /sandbox/employees"}
	}
	if err := place(&req, body.StartPosition, body.EndPosition); err != nil {
		return req, err
	}
	if req.Confirmed, known = confirmed[body.Status]; !known {
		return req, &lucca.InvalidError{Field: "status",
			Message: "give tentative (awaiting approval) or confirmed (approved)"}
	}
	var err error
	req.Account, err = d.account(string(body.Account), body.Hours > 0)
	return req, err
}

// place reads the halves of its first and last day.
func place(req *lucca.LeaveRequest, start, end string) error {
	var known bool
	if req.StartPosition, known = positions[start]; !known {
		return &lucca.InvalidError{Field: "startPosition", Message: "give firstHalfDay or secondHalfDay"}
	}
	if req.EndPosition, known = positions[end]; !known {
		return &lucca.InvalidError{Field: "endPosition", Message: "give firstHalfDay or secondHalfDay"}
	}
	return nil
}

func (d *Desk) employee(idOrEmail string) (int, bool) {
	if e, ok := d.company.EmployeeByEmail(idOrEmail); ok {
		return e.ID, true
	}
	id, _ := strconv.Atoi(idOrEmail)
	_, ok := d.company.Employee(id)
	return id, ok
}

// account finds a leave account by id or name; without either, the first one, or the
// first one counted in hours.
func (d *Desk) account(idOrName string, hours bool) (int, error) {
	accounts := d.company.Accounts()
	i := slices.IndexFunc(accounts, func(a lucca.Account) bool {
		if idOrName == "" {
			return hours == (a.Unit == lucca.WorkingHours)
		}
		return strconv.Itoa(a.ID) == idOrName || strings.EqualFold(a.Name, idOrName)
	})
	if i >= 0 {
		return accounts[i].ID, nil
	}
	names := []string{}
	for _, a := range accounts {
		names = append(names, a.Name)
	}
	return 0, &lucca.InvalidError{Field: "account", Message: "give one of " + strings.Join(names, ", ")}
}

// act answers the leave after doing one thing with it.
func (d *Desk) act(do func(*lucca.Service, int) (lucca.Leave, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, _ := strconv.Atoi(r.PathValue("id")) // 0 is no leave
		leave, err := do(d.company, id)
		if err != nil {
			refuse(w, err)
			return
		}
		JSON(w, http.StatusOK, newLeaveBody(leave))
	}
}

// moveLeave puts a leave on other days; of the body only those count.
func (d *Desk) moveLeave(w http.ResponseWriter, r *http.Request) {
	var body struct {
		StartsOn      string `json:"startsOn"`
		StartPosition string `json:"startPosition"`
		EndsOn        string `json:"endsOn"`
		EndPosition   string `json:"endPosition"`
	}
	silent, ok := silently(w, r)
	if !ok || !Read(w, r, &body) {
		return
	}
	to := lucca.LeaveRequest{StartsOn: body.StartsOn, EndsOn: body.EndsOn}
	if err := place(&to, body.StartPosition, body.EndPosition); err != nil {
		refuse(w, err)
		return
	}
	d.act(func(company *lucca.Service, id int) (lucca.Leave, error) {
		if silent {
			return company.Silently().Move(id, to)
		}
		return company.Move(id, to)
	})(w, r)
}

// announced is act, which ?silent=true keeps from Figgo's webhooks.
func (d *Desk) announced(do func(*lucca.Service, int) (lucca.Leave, error),
	silent func(lucca.Silent, int) (lucca.Leave, error)) http.HandlerFunc {
	loud := d.act(do)
	quiet := d.act(func(company *lucca.Service, id int) (lucca.Leave, error) { return silent(company.Silently(), id) })
	return func(w http.ResponseWriter, r *http.Request) {
		switch wanted, ok := silently(w, r); {
		case !ok:
		case wanted:
			quiet(w, r)
		default:
			loud(w, r)
		}
	}
}

// silently reads ?silent=, or answers 400.
func silently(w http.ResponseWriter, r *http.Request) (silent, ok bool) {
	switch r.URL.Query().Get("silent") {
	case "", "false":
		return false, true
	case "true":
		return true, true
	}
	Problem(w, http.StatusBadRequest, "silent: give true or false.")
	return false, false
}

// listLeaves answers all leaves by id, or those of ?employee=.
func (d *Desk) listLeaves(w http.ResponseWriter, r *http.Request) {
	employee, ok := d.chosen(w, r)
	if !ok {
		return
	}
	list := []leaveBody{}
	for _, leave := range d.company.Leaves(employee) {
		list = append(list, newLeaveBody(leave))
	}
	JSON(w, http.StatusOK, list)
}

// chosen reads ?employee=, an id or an e-mail; 0 is everybody.
func (d *Desk) chosen(w http.ResponseWriter, r *http.Request) (int, bool) {
	named := r.URL.Query().Get("employee")
	if named == "" {
		return 0, true
	}
	id, ok := d.employee(named)
	if !ok {
		Problem(w, http.StatusNotFound, "No such employee. GET /sandbox/employees lists them.")
	}
	return id, ok
}

// deliveryBody is one webhook sent, or on its way. TookMs is the last attempt's time to
// an answer, in milliseconds; HTTPStatus 0 is no answer.
type deliveryBody struct {
	ID         string           `json:"id"`
	Leave      string           `json:"leave"`
	Via        lucca.Generation `json:"via"`
	Topic      string           `json:"topic"`
	State      string           `json:"state"`
	Attempts   int              `json:"attempts"`
	HTTPStatus int              `json:"httpStatus"`
	TookMs     float64          `json:"tookMs"`
	At         time.Time        `json:"at"`
}

// orNone is "" for a webhook that is about no leave.
func orNone(leave int) string {
	if leave == 0 {
		return ""
	}
	return strconv.Itoa(leave)
}

// listDeliveries answers the last 100 webhooks, newest first; ?employee= narrows.
func (d *Desk) listDeliveries(w http.ResponseWriter, r *http.Request) {
	employee, ok := d.chosen(w, r)
	if !ok {
		return
	}
	list := []deliveryBody{}
	for _, s := range d.company.Deliveries(employee, 100) {
		list = append(list, deliveryBody{
			ID: s.ID, Leave: orNone(s.Leave), Via: s.Via, Topic: s.Topic, State: s.State, Attempts: s.Attempts,
			HTTPStatus: s.Status, TookMs: float64(s.Took.Microseconds()) / 1000, At: s.At,
		})
	}
	JSON(w, http.StatusOK, list)
}
