package lucca

import "slices"

const firstLeaveID = 8750

type leaves struct {
	byID       map[int]*Leave
	ofEmployee map[int][]*Leave
	ordered    []*Leave // by id
	next       int
}

func (l *leaves) add(leave *Leave) {
	leave.ID = l.next
	l.next++
	l.byID[leave.ID] = leave
	l.ofEmployee[leave.Employee] = append(l.ofEmployee[leave.Employee], leave)
	l.ordered = append(l.ordered, leave)
}

// Leaves lists the leaves of an employee by id, deleted ones included; employee 0
// is everybody.
func (r *Room) Leaves(employee int) []Leave {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := r.leaves.ordered
	if employee != 0 {
		list = r.leaves.ofEmployee[employee]
	}
	copies := make([]Leave, len(list))
	for i, leave := range list {
		copies[i] = *leave
	}
	return copies
}

// Leave returns the leave with that id, deleted or not, or ErrNoLeave.
func (r *Room) Leave(id int) (Leave, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	leave := r.leaves.byID[id]
	if leave == nil {
		return Leave{}, ErrNoLeave
	}
	return *leave, nil
}

// Request enters a leave, as its employee would, and announces it. Its error is an
// *InvalidError.
func (r *Room) Request(req LeaveRequest) (Leave, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	leave, err := r.enter(req)
	if err != nil {
		return Leave{}, err
	}
	r.announceRequest(leave)
	r.notify(leave.Employee)
	return *leave, nil
}

// Import enters a leave without a word to anyone, as leaves from before the
// webhooks were set up. Its error is an *InvalidError.
func (r *Room) Import(req LeaveRequest) (Leave, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	leave, err := r.enter(req)
	if err != nil {
		return Leave{}, err
	}
	return *leave, nil
}

func (r *Room) enter(req LeaveRequest) (*Leave, error) {
	if _, ok := r.company.employees[req.Employee]; !ok {
		return nil, &InvalidError{"employee", "no such employee; GET /sandbox/employees lists them"}
	}
	req.fill(r.company.accounts[0].ID)
	account, ok := r.company.account(req.Account)
	if !ok {
		return nil, &InvalidError{"account", "no such leave account"}
	}
	if req.Via != V5 && req.Via != HTTP {
		return nil, &InvalidError{"via", "give v5 or http"}
	}
	days, err := req.days(account)
	if err != nil {
		return nil, err
	}
	now := r.now()
	leave := &Leave{
		Employee: req.Employee, Account: account,
		StartsOn: req.StartsOn, StartPosition: req.StartPosition, EndsOn: req.EndsOn, EndPosition: req.EndPosition,
		Days: days, Hours: req.Hours, Status: Tentative, Via: req.Via, CreatedAt: now, LastUpdatedAt: now,
	}
	if req.Confirmed {
		leave.Status, leave.ConfirmedAt = Confirmed, now
	}
	r.leaves.add(leave)
	return leave, nil
}

// Approve confirms a tentative leave, as a manager would. Errors: ErrNoLeave,
// ErrWrongState.
func (r *Room) Approve(id int) (Leave, error) {
	return r.change(id, []Status{Tentative}, r.approveLeave)
}

func (r *Room) approveLeave(leave *Leave) {
	leave.Status, leave.ConfirmedAt = Confirmed, leave.LastUpdatedAt
	r.announceApproval(leave)
}

// Cancel takes a leave back; the v5 API goes on showing it, cancelled. Errors:
// ErrNoLeave, ErrWrongState.
func (r *Room) Cancel(id int) (Leave, error) {
	return r.change(id, []Status{Tentative, Confirmed}, r.cancelLeave)
}

// Delete takes a leave back; the v5 API does not show it any more. Errors:
// ErrNoLeave, ErrWrongState.
func (r *Room) Delete(id int) (Leave, error) {
	return r.change(id, []Status{Tentative, Confirmed}, r.deleteLeave)
}

// Withdraw is Cancel or Delete, whichever Config.Deletion says. Errors: ErrNoLeave,
// ErrWrongState.
func (r *Room) Withdraw(id int) (Leave, error) {
	return r.change(id, []Status{Tentative, Confirmed}, r.withdrawLeave)
}

func (r *Room) withdrawLeave(leave *Leave) {
	r.withdrawn++
	alternate := r.cfg.Deletion == DeletionAlternates && r.withdrawn%2 == 0
	if r.cfg.Deletion == DeletionDeletes || alternate {
		r.deleteLeave(leave)
		return
	}
	r.cancelLeave(leave)
}

// Silent does the same as the Room without a word to any webhook, as when Lucca's
// deliveries are lost.
type Silent struct{ r *Room }

// Silently returns the room's silent actions.
func (r *Room) Silently() Silent { return Silent{r} }

// Request is Room.Request.
func (s Silent) Request(req LeaveRequest) (Leave, error) {
	leave, err := s.r.Import(req)
	if err == nil {
		s.r.mu.Lock()
		defer s.r.mu.Unlock()
		s.r.notify(leave.Employee)
	}
	return leave, err
}

// Approve is Room.Approve.
func (s Silent) Approve(id int) (Leave, error) {
	return s.r.change(id, []Status{Tentative}, s.r.silently(s.r.approveLeave))
}

// Withdraw is Room.Withdraw.
func (s Silent) Withdraw(id int) (Leave, error) {
	return s.r.change(id, []Status{Tentative, Confirmed}, s.r.silently(s.r.withdrawLeave))
}

// silently runs do, under r.mu, while nothing is announced.
func (r *Room) silently(do func(*Leave)) func(*Leave) {
	return func(leave *Leave) {
		r.silent = true
		defer func() { r.silent = false }()
		do(leave)
	}
}

func (r *Room) cancelLeave(leave *Leave) {
	before := leave.Status
	leave.Status, leave.CancelledAt = Cancelled, leave.LastUpdatedAt
	r.announceCancellation(leave, before)
}

func (r *Room) deleteLeave(leave *Leave) {
	leave.Deleted, leave.CancelledAt = true, leave.LastUpdatedAt
	r.announceDeletion(leave)
	leave.Status = Cancelled
}

func (r *Room) change(id int, from []Status, do func(*Leave)) (Leave, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	leave := r.leaves.byID[id]
	if leave == nil {
		return Leave{}, ErrNoLeave
	}
	if leave.Deleted || !slices.Contains(from, leave.Status) {
		return Leave{}, ErrWrongState
	}
	leave.touch(r.now())
	do(leave)
	r.notify(leave.Employee)
	return *leave, nil
}
