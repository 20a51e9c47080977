// Package access says who may come in, and what for.
package access

import (
	_ "github.com/alexedwards/scs/v2"
	_ "github.com/coreos/go-oidc/v3/oidc"
)
