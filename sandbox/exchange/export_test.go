package exchange

// Open tells how many requests an account has open.
func (r *Room) Open(account int) int64 { return r.accounts[account].open.Load() }
