package egress

import (
	"context"
	"net"
	"net/netip"
	"time"

	"github.com/hashicorp/golang-lru/v2/expirable"
)

const (
	// namesKept and nameAge bound what is remembered: a question for each request
	// would cost more than the request.
	namesKept = 100
	nameAge   = time.Minute
	// resolving bounds a question: behind a proxy there may be no DNS at all.
	resolving = 2 * time.Second
)

// names tells where names lead that somebody else will resolve.
type names struct {
	policy Policy
	lookup func(ctx context.Context, network, host string) ([]netip.Addr, error)
	judged *expirable.LRU[string, error]
}

func newNames(policy Policy) *names {
	return &names{
		policy: policy, lookup: net.DefaultResolver.LookupNetIP,
		judged: expirable.NewLRU[string, error](namesKept, nil, nameAge),
	}
}

// check refuses a name if one of the addresses it resolves to here is refused. The
// other errors are ctx's.
func (n *names) check(ctx context.Context, host string) error {
	if verdict, known := n.judged.Get(host); known {
		return verdict
	}
	question, cancel := context.WithTimeout(ctx, resolving)
	defer cancel()
	addresses, _ := n.lookup(question, "ip", host) // none for a name that only the proxy knows
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var verdict error
	for _, address := range addresses {
		if verdict = n.policy.CheckAddr(address); verdict != nil {
			break
		}
	}
	n.judged.Add(host, verdict)
	return verdict
}
