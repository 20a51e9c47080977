package graph

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"golang.org/x/sync/semaphore"

	"github.com/figgosync/figgosync/internal/calendars"
)

// issuer issues numbered tokens; err makes it fail.
type issuer struct {
	issued int
	ttl    time.Duration
	err    error
	hang   bool
}

func (i *issuer) GetToken(ctx context.Context, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if i.hang {
		<-ctx.Done()
		return azcore.AccessToken{}, ctx.Err()
	}
	if i.err != nil {
		attemptOf(ctx).err = i.err
		return azcore.AccessToken{}, errors.New("a long text with everything in it")
	}
	i.issued++
	return azcore.AccessToken{Token: fmt.Sprint("token-", i.issued), ExpiresOn: time.Now().Add(i.ttl)}, nil
}

// caching answers with its first token again and again, as Microsoft's
// credentials do.
type caching struct {
	issuer *issuer
	token  azcore.AccessToken
}

func (c *caching) GetToken(ctx context.Context, options policy.TokenRequestOptions) (token azcore.AccessToken, err error) {
	if c.token.Token == "" {
		c.token, err = c.issuer.GetToken(ctx, options)
	}
	return c.token, err
}

func tokensOf(i *issuer) *tokens {
	return &tokens{lock: semaphore.NewWeighted(1), newCredential: func() (azcore.TokenCredential, error) { return &caching{issuer: i}, nil }}
}

func wantToken(t *testing.T, tokens *tokens, want string) {
	t.Helper()
	if got, err := tokens.get(t.Context()); err != nil || got != want {
		t.Errorf("token %q, %v; want %q", got, err, want)
	}
}

func TestTokensAreRenewedShortlyBeforeTheirEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := tokensOf(&issuer{ttl: time.Hour})
		wantToken(t, tokens, "token-1")
		time.Sleep(54 * time.Minute)
		wantToken(t, tokens, "token-1")
		time.Sleep(2 * time.Minute)
		wantToken(t, tokens, "token-2")
	})
}

func TestShortTokensAreUsedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := tokensOf(&issuer{ttl: time.Minute})
		wantToken(t, tokens, "token-1")
		time.Sleep(50 * time.Second)
		wantToken(t, tokens, "token-1")
		time.Sleep(5 * time.Second)
		wantToken(t, tokens, "token-2")
	})
}

func TestALivingTokenOutlastsAnOutage(t *testing.T) {
	for name, outage := range map[string]*issuer{
		"refused": {ttl: time.Hour, err: &refusal{status: 503}},
		"hanging": {ttl: time.Hour, hang: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				failure := *outage
				outage.err, outage.hang = nil, false
				tokens := tokensOf(outage)
				wantToken(t, tokens, "token-1")
				time.Sleep(56 * time.Minute)
				outage.err, outage.hang = failure.err, failure.hang
				start := time.Now()
				for range 10 {
					wantToken(t, tokens, "token-1")
				}
				if took := time.Since(start); took > renewTimeout {
					t.Errorf("ten calls waited %s for the authority", took)
				}
				time.Sleep(5 * time.Minute)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if token, err := tokens.get(ctx); err == nil {
					t.Errorf("%s is used after its end", token)
				}
				outage.err, outage.hang = nil, false
				wantToken(t, tokens, "token-2")
			})
		})
	}
}

func TestRefusedRenewalsAreNotHidden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		issuer := &issuer{ttl: time.Hour}
		tokens := tokensOf(issuer)
		wantToken(t, tokens, "token-1")
		time.Sleep(56 * time.Minute)
		issuer.err = &refusal{status: 401, shaped: true, code: "AADSTS7000222"}
		_, err := tokens.get(t.Context())
		if blocked, ok := errors.AsType[*calendars.Blocked](err); !ok || blocked.Reason != calendars.CredentialsRejected {
			t.Errorf("error %v", err)
		}
	})
}

func TestForgetDropsOnlyTheTokenMeant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := tokensOf(&issuer{ttl: time.Hour})
		wantToken(t, tokens, "token-1")
		tokens.forget("token-0", 0)
		tokens.forget("", 0)
		tokens.forget("token-1", rightsAge)
		wantToken(t, tokens, "token-1")
		time.Sleep(rightsAge)
		tokens.forget("token-1", rightsAge)
		wantToken(t, tokens, "token-2")
		tokens.forget("token-2", 0)
		wantToken(t, tokens, "token-3")
	})
}

func TestWaitingForARenewalObeysTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := tokensOf(&issuer{hang: true})
		hung, stop := context.WithCancel(t.Context())
		defer stop()
		go func() { _, _ = tokens.get(hung) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := tokens.get(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
}

// The limiter keeps nothing of a mailbox that has no request.
func TestLimiterForgetsMailboxes(t *testing.T) {
	limits := newLimiter(1)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for i := range 100 {
		name := fmt.Sprintf("Person%d@example.com", i)
		release, err := limits.acquire(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := limits.acquire(ended, name); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if _, err := limits.acquire(ended, "other@example.com"); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		release()
	}
	if n := limits.mailboxes.Size(); n != 0 {
		t.Errorf("%d mailboxes are remembered", n)
	}
}
