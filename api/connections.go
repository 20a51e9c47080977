package api

import (
	"context"
	"net/http"

	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
)

func (s *Server) connectionRoutes() {
	const tag, all, one = "connections", "/api/v1/connections", "/api/v1/connections/{connection}"
	see, change := s.see(), s.change()
	register(see, operation{
		at: "GET " + all, id: "listConnections", tag: tag, summary: "List the connections",
		answer: "The connections, without secrets.",
	}, s.listConnections)
	register(change, operation{
		at: "POST " + all, id: "createConnection", tag: tag, summary: "Make a connection",
		description: "name is required here.",
		status:      201, answer: "Made.", refuses: []int{409, 422}, sends: exampleConnectionInput,
	}, s.createConnection)
	register(see, operation{
		at: "GET " + one, id: "getConnection", tag: tag, summary: "Read a connection",
		answer: "The connection, without secrets.", also: known,
	}, s.getConnection)
	register(change, operation{
		at: "PUT " + one, id: "putConnection", tag: tag, summary: "Replace a connection",
		description: "What is left out gets its default; secrets that are left out stay, those of another provider " +
			"are forgotten.",
		answer: "Replaced.", refuses: []int{409, 422},
	}, s.putConnection)
	register(change, operation{
		at: "DELETE " + one, id: "deleteConnection", tag: tag, summary: "Remove a connection",
		description: "409 in-use while a synchronization needs it.", status: 204,
		answer: "Removed. What it wrote stays in calendars and cannot be removed without it.", refuses: []int{409},
	}, s.deleteConnection)
	register(s.group(access.Configure, checkBody, withLongTimeout(checkTime)), operation{
		at: "POST " + one + "/check", id: "checkConnection", tag: tag,
		summary: "Check a connection step by step, in a worker",
		description: "Takes up to a minute and a half. The steps are address, tls, credentials, right, mailbox, " +
			"write and remove; after a failed one the rest is skipped. A finding has one meaning; what and do " +
			"explain it in the language of Accept-Language. On a step that is ok it is a notice.",
		answer: "What was found; a failed step is no failed request.",
		problems: map[int]string{
			400: "The body or the mailbox is wrong.",
			503: "Temporal or the settings do not answer, or no worker took the check up.",
			504: "The worker did not answer in time.",
		},
	}, s.checkConnection)
	s.consentOperation(change, tag, one)
}

const exampleConnectionInput = `{"name": "office", "provider": "office365",
	"office365": {"tenantId": "7f3c2b1a-5d4e-4c6f-8a9b-0c1d2e3f4a5b", "clientId": "client-1", "clientSecret": "…"}}`

func (s *Server) listConnections(ctx context.Context, _ *None) (*answer[list[connectionBody]], error) {
	views, err := s.config.Admin.Connections(ctx)
	return listed(views, err, connection)
}

// connections are the connections as they are now.
func (s *Server) connections() records[admin.ConnectionView] {
	return records[admin.ConnectionView]{
		find: s.config.Admin.Connection, unknown: refused(http.StatusNotFound, "unknown-connection"),
		readOnly: s.config.Admin.ReadOnly(),
		stamp: func(view admin.ConnectionView) stamp {
			return stamp{view.Version, view.ChangedAt, view.ChangedBy}
		},
	}
}

func (s *Server) getConnection(ctx context.Context, in *struct {
	ConnectionPath
	KnownVersion
}) (*single[connectionBody], error) {
	view, err := s.connections().now(ctx, in.Connection)
	return read(in.KnownVersion, view.Version, connection(view)), err
}

func (s *Server) createConnection(ctx context.Context, in *struct {
	Spoken
	Body body[settings.Connection]
}) (*created[connectionBody], error) {
	input, err := connectionInput(in.Body, "")
	if err != nil {
		return nil, err
	}
	view, err := s.config.Admin.PutConnection(ctx, author(ctx), input, 0)
	return &created[connectionBody]{entityTag(view.Version), "/api/v1/connections/" + view.Name, connection(view)}, err
}

func (s *Server) putConnection(ctx context.Context, in *struct {
	ConnectionPath
	ReadVersion
	Spoken
	Body body[settings.Connection]
}) (*single[connectionBody], error) {
	now, err := s.connections().toChange(ctx, in.Connection, in.IfMatch)
	if err != nil {
		return nil, err
	}
	input, err := connectionInput(in.Body, now.Name)
	if err != nil {
		return nil, err
	}
	view, err := s.config.Admin.PutConnection(ctx, author(ctx), input, now.Version)
	return versioned(view.Version, connection(view)), s.connections().failed(ctx, now.Name, err)
}

func (s *Server) deleteConnection(ctx context.Context, in *struct {
	ConnectionPath
	ReadVersion
}) (*nothing, error) {
	now, err := s.connections().toChange(ctx, in.Connection, in.IfMatch)
	if err != nil {
		return nil, err
	}
	return nil, s.connections().failed(
		ctx, now.Name, s.config.Admin.RemoveConnection(ctx, author(ctx), now.Name, now.Version),
	)
}
