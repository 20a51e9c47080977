package exchange

// Open tells how many requests an account has open.
func (s *Service) Open(account int) int64 { return s.accounts[account].open.Load() }
