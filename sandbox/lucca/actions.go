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
func (s *Service) Leaves(employee int) []Leave {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := s.leaves.ordered
	if employee != 0 {
		list = s.leaves.ofEmployee[employee]
	}
	copies := make([]Leave, len(list))
	for i, leave := range list {
		copies[i] = *leave
	}
	return copies
}

// Leave returns the leave with that id, deleted or not, or ErrNoLeave.
func (s *Service) Leave(id int) (Leave, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	leave := s.leaves.byID[id]
	if leave == nil {
		return Leave{}, ErrNoLeave
	}
	return *leave, nil
}

// Request enters a leave, as its employee would, and announces it. Its error is an
// *InvalidError.
func (s *Service) Request(req LeaveRequest) (Leave, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	leave, err := s.enter(req)
	if err != nil {
		return Leave{}, err
	}
	s.announceRequest(leave)
	s.notify(leave.Employee)
	return *leave, nil
}

// Import enters a leave without a word to anyone, as leaves from before the
// webhooks were set up. Its error is an *InvalidError.
func (s *Service) Import(req LeaveRequest) (Leave, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	leave, err := s.enter(req)
	if err != nil {
		return Leave{}, err
	}
	return *leave, nil
}

func (s *Service) enter(req LeaveRequest) (*Leave, error) {
	if _, ok := s.company.employees[req.Employee]; !ok {
		return nil, &InvalidError{"employee", "no such employee; GET /sandbox/employees lists them"}
	}
	req.fill(s.company.accounts[0].ID)
	account, ok := s.company.account(req.Account)
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
	now := s.now()
	leave := &Leave{
		Employee: req.Employee, Account: account,
		StartsOn: req.StartsOn, StartPosition: req.StartPosition, EndsOn: req.EndsOn, EndPosition: req.EndPosition,
		Days: days, Hours: req.Hours, Status: Tentative, Via: req.Via, CreatedAt: now, LastUpdatedAt: now,
	}
	if req.Confirmed {
		leave.Status, leave.ConfirmedAt = Confirmed, now
	}
	s.leaves.add(leave)
	return leave, nil
}

// Approve confirms a tentative leave, as a manager would. Errors: ErrNoLeave,
// ErrWrongState.
func (s *Service) Approve(id int) (Leave, error) {
	return s.change(id, []Status{Tentative}, s.approveLeave)
}

func (s *Service) approveLeave(leave *Leave) {
	leave.Status, leave.ConfirmedAt = Confirmed, leave.LastUpdatedAt
	s.announceApproval(leave)
}

// Move puts a leave on the days of to, of which nothing else counts, and announces it.
// Only v5 is known to announce such a change of one that is there. Errors: ErrNoLeave,
// ErrWrongState, an *InvalidError.
func (s *Service) Move(id int, to LeaveRequest) (Leave, error) {
	move, err := s.moving(id, to)
	if err != nil {
		return Leave{}, err
	}
	return s.change(id, []Status{Tentative, Confirmed}, move)
}

// moving checks the days that a leave is to have, and puts it there.
func (s *Service) moving(id int, to LeaveRequest) (func(*Leave), error) {
	leave, err := s.Leave(id)
	if err != nil {
		return nil, err
	}
	if leave.Via != V5 {
		return nil, &InvalidError{"via", "only a leave that is announced by v5 webhooks can be moved"}
	}
	to.Hours = leave.Hours
	to.fill(leave.Account.ID)
	days, err := to.days(leave.Account)
	return func(leave *Leave) {
		before := *leave
		leave.StartsOn, leave.StartPosition = to.StartsOn, to.StartPosition
		leave.EndsOn, leave.EndPosition, leave.Days = to.EndsOn, to.EndPosition, days
		s.announceMove(leave, before)
	}, err
}

// Cancel takes a leave back; the v5 API goes on showing it, cancelled. Errors:
// ErrNoLeave, ErrWrongState.
func (s *Service) Cancel(id int) (Leave, error) {
	return s.change(id, []Status{Tentative, Confirmed}, s.cancelLeave)
}

// Delete takes a leave back; the v5 API does not show it any more. Errors:
// ErrNoLeave, ErrWrongState.
func (s *Service) Delete(id int) (Leave, error) {
	return s.change(id, []Status{Tentative, Confirmed}, s.deleteLeave)
}

// Withdraw is Cancel or Delete, whichever Config.Deletion says. Errors: ErrNoLeave,
// ErrWrongState.
func (s *Service) Withdraw(id int) (Leave, error) {
	return s.change(id, []Status{Tentative, Confirmed}, s.withdrawLeave)
}

func (s *Service) withdrawLeave(leave *Leave) {
	s.withdrawn++
	alternate := s.cfg.Deletion == DeletionAlternates && s.withdrawn%2 == 0
	if s.cfg.Deletion == DeletionDeletes || alternate {
		s.deleteLeave(leave)
		return
	}
	s.cancelLeave(leave)
}

// Silent does the same as the Service without a word to any webhook, as when Lucca's
// deliveries are lost.
type Silent struct{ r *Service }

// Silently returns the service's silent actions.
func (s *Service) Silently() Silent { return Silent{s} }

// Request is Service.Request.
func (s Silent) Request(req LeaveRequest) (Leave, error) {
	leave, err := s.r.Import(req)
	if err == nil {
		s.r.mu.Lock()
		defer s.r.mu.Unlock()
		s.r.notify(leave.Employee)
	}
	return leave, err
}

// Approve is Service.Approve.
func (s Silent) Approve(id int) (Leave, error) {
	return s.r.change(id, []Status{Tentative}, s.r.silently(s.r.approveLeave))
}

// Move is Service.Move.
func (s Silent) Move(id int, to LeaveRequest) (Leave, error) {
	move, err := s.r.moving(id, to)
	if err != nil {
		return Leave{}, err
	}
	return s.r.change(id, []Status{Tentative, Confirmed}, s.r.silently(move))
}

// Withdraw is Service.Withdraw.
func (s Silent) Withdraw(id int) (Leave, error) {
	return s.r.change(id, []Status{Tentative, Confirmed}, s.r.silently(s.r.withdrawLeave))
}

// silently runs do, under r.mu, while nothing is announced.
func (s *Service) silently(do func(*Leave)) func(*Leave) {
	return func(leave *Leave) {
		s.silent = true
		defer func() { s.silent = false }()
		do(leave)
	}
}

func (s *Service) cancelLeave(leave *Leave) {
	before := leave.Status
	leave.Status, leave.CancelledAt = Cancelled, leave.LastUpdatedAt
	s.announceCancellation(leave, before)
}

func (s *Service) deleteLeave(leave *Leave) {
	leave.Deleted, leave.CancelledAt = true, leave.LastUpdatedAt
	s.announceDeletion(leave)
	leave.Status = Cancelled
}

func (s *Service) change(id int, from []Status, do func(*Leave)) (Leave, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	leave := s.leaves.byID[id]
	if leave == nil {
		return Leave{}, ErrNoLeave
	}
	if leave.Deleted || !slices.Contains(from, leave.Status) {
		return Leave{}, ErrWrongState
	}
	leave.touch(s.now())
	do(leave)
	s.notify(leave.Employee)
	return *leave, nil
}
