package figgo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The statuses of a webhook endpoint. Lucca suspends one that does not pass its
// challenge, or answers badly too often; it sends nothing to those that are not
// active.
const (
	WebhookActive    = "active"
	WebhookSuspended = "suspended"
	WebhookInactive  = "inactive"
)

// WebhookTopics returns the topics DecodeV5 understands: leaves, and what changes
// who an employee is, where he belongs and which mailbox is his
// (https://github.com/LuccaSA/n8n-nodes-lucca lists all there are).
func WebhookTopics() []string {
	return []string{
		TopicLeaveCreated, TopicLeaveUpdated, TopicLeaveDeleted,
		"employee.created", "employee.updated",
		"employment.created", "employment.updated", "employment.deleted",
		"job-position.created", "job-position.updated", "job-position.deleted",
	}
}

// WebhookEndpoint is where Lucca sends events to
// (https://developers.lucca.fr/api-reference/latest/webhooks/webhook-endpoint).
type WebhookEndpoint struct {
	// ID and Status are Lucca's.
	ID     string
	Status string
	// Name is what people read in Lucca.
	Name string
	// WebhookURL must be https and answer Lucca's challenge when the endpoint is
	// created.
	WebhookURL string
	// Topics are WebhookTopics when empty; APIVersion is the package's when "".
	Topics     []string
	APIVersion string
	// Secret signs the deliveries. Lucca tells it once, to CreateWebhookEndpoint.
	Secret string `json:"-"`
	// Replace asks CreateWebhookEndpoint to remove the endpoints that have the
	// same WebhookURL. It is never set on what Lucca answers.
	Replace bool
	// Leftover are the ids of the endpoints that were to be replaced and could not
	// be removed. Lucca goes on to send to them, signed with a secret nobody has.
	Leftover []string
}

// Format shows id, status and name only, so that no verb prints the secret.
func (e WebhookEndpoint) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "figgo.WebhookEndpoint{%s %s %q}", e.ID, e.Status, e.Name)
}

// LogValue hides the secret from slog.
func (e WebhookEndpoint) LogValue() slog.Value {
	return slog.GroupValue(slog.String("id", e.ID), slog.String("status", e.Status))
}

// ErrWebhookExists is what a WebhookExistsError is.
var ErrWebhookExists = errors.New("a webhook endpoint with this address is in Lucca already")

// WebhookExistsError says that there is an endpoint with the same address. Its
// secret cannot be read again. It is ErrWebhookExists.
type WebhookExistsError struct {
	// Endpoints are those with the address, without secrets; at least one.
	Endpoints []WebhookEndpoint
}

// Error names the ids.
func (e *WebhookExistsError) Error() string {
	var ids []string
	for _, endpoint := range e.Endpoints {
		ids = append(ids, endpoint.ID)
	}
	return fmt.Sprintf("%v: %s", ErrWebhookExists, strings.Join(ids, ", "))
}

// Unwrap returns ErrWebhookExists.
func (e *WebhookExistsError) Unwrap() error { return ErrWebhookExists }

const webhookEndpoints = "webhook-endpoints"

// WebhookEndpoints lists all webhook endpoints of the account that the key may
// see, those of other applications too. It needs WebhookScopes: without, the
// error is an APIError with ScopeMissing.
func (c *Client) WebhookEndpoints(ctx context.Context) ([]WebhookEndpoint, error) {
	list := v5List{
		tokens: c.webhookTokens, kind: lists, resource: webhookEndpoints, limit: v5Limit,
		query: url.Values{"include": {"links,totalCount"}},
	}
	var all []WebhookEndpoint
	cursor := ""
	for range maxPages {
		page, err := c.page(ctx, list, cursor)
		if err != nil {
			return nil, err
		}
		for _, item := range page.items {
			all = append(all, readWebhookEndpoint(item))
		}
		if problem := *page.answer.of.problem; problem != nil {
			return nil, unreadable(list.resource, problem)
		}
		if cursor = page.next; cursor == "" {
			return all, nil
		}
	}
	return nil, truncated(list.resource, "it has no end")
}

// CreateWebhookEndpoint makes an active webhook endpoint for all legal entities
// the key may see, and returns it with its Secret: keep it, Lucca never tells it
// again. Lucca asks WebhookURL for its challenge meanwhile; Status is
// WebhookSuspended where that failed.
//
// Where Lucca has endpoints with the same address, it is a *WebhookExistsError,
// and nothing was changed. With Replace the new endpoint is made first and the
// old ones are removed then, so that no event is missed in between: see Leftover.
//
// A key without WebhookScopes gives an APIError with ScopeMissing. After an error
// that is Temporary the endpoint may be there all the same, its secret lost: the
// next try says that it exists.
func (c *Client) CreateWebhookEndpoint(ctx context.Context, wanted WebhookEndpoint) (WebhookEndpoint, error) {
	old, err := c.webhooksAt(ctx, wanted.WebhookURL)
	if err != nil {
		return WebhookEndpoint{}, err
	}
	if len(old) > 0 && !wanted.Replace {
		return WebhookEndpoint{}, &WebhookExistsError{Endpoints: old}
	}
	created, err := c.postWebhookEndpoint(ctx, wanted)
	if err != nil {
		return WebhookEndpoint{}, err
	}
	for _, endpoint := range old {
		err := c.DeleteWebhookEndpoint(ctx, endpoint.ID)
		if apiErr, ok := errors.AsType[*APIError](err); err != nil && !(ok && apiErr.NotFound()) {
			created.Leftover = append(created.Leftover, endpoint.ID)
		}
	}
	return created, nil
}

// DeleteWebhookEndpoint removes an endpoint. One that is not there is an APIError
// with NotFound. It needs WebhookScopes.
func (c *Client) DeleteWebhookEndpoint(ctx context.Context, id string) error {
	if !pathID.MatchString(id) {
		return &APIError{Resource: webhookEndpoints, Status: http.StatusNotFound, Err: errors.New("no such id can be")}
	}
	_, err := c.do(ctx, c.webhookTokens, callTo{
		method: http.MethodDelete, resource: webhookEndpoints, address: c.addressOf(webhookEndpoints, id),
		want: http.StatusNoContent, kind: lookups,
	})
	return err
}

// webhooksAt returns the endpoints with an address.
func (c *Client) webhooksAt(ctx context.Context, address string) ([]WebhookEndpoint, error) {
	all, err := c.WebhookEndpoints(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(e WebhookEndpoint) bool { return !sameAddress(e.WebhookURL, address) }), nil
}

// sameAddress compares without the case of scheme and host.
func sameAddress(a, b string) bool {
	first, err := url.Parse(a)
	second, otherErr := url.Parse(b)
	if err != nil || otherErr != nil {
		return a == b
	}
	return strings.EqualFold(first.Scheme, second.Scheme) && strings.EqualFold(first.Host, second.Host) &&
		first.RequestURI() == second.RequestURI()
}

func (c *Client) postWebhookEndpoint(ctx context.Context, wanted WebhookEndpoint) (WebhookEndpoint, error) {
	if len(wanted.Topics) == 0 {
		wanted.Topics = WebhookTopics()
	}
	if wanted.APIVersion == "" {
		wanted.APIVersion = APIVersion
	}
	body, err := json.Marshal(map[string]any{
		"name": wanted.Name, "webhookUrl": wanted.WebhookURL, "apiVersion": wanted.APIVersion, "topics": wanted.Topics,
		// null is all of them; without a status an endpoint is born inactive.
		"businessEstablishments": nil, "status": WebhookActive,
	})
	if err != nil {
		return WebhookEndpoint{}, &APIError{Resource: webhookEndpoints, Code: CodeConfiguration, Err: err}
	}
	answer, err := c.do(ctx, c.webhookTokens, callTo{
		method: http.MethodPost, resource: webhookEndpoints, address: c.addressOf(webhookEndpoints), body: body,
		want: http.StatusCreated, kind: lookups,
	})
	if err != nil {
		return WebhookEndpoint{}, err
	}
	var problem error
	created := bodyOf(answer, &problem)
	endpoint := readWebhookEndpoint(created)
	endpoint.Secret = created.members("secret").at("secret").required().text()
	if problem == nil && endpoint.Secret == "" {
		problem = errors.New("it has no secret")
	}
	if problem != nil {
		return WebhookEndpoint{}, unreadable(webhookEndpoints, problem)
	}
	return endpoint, nil
}

// readWebhookEndpoint reads all but the secret.
func readWebhookEndpoint(item value) WebhookEndpoint {
	item.required().mustBeObject()
	m := item.members("id", "name", "webhookUrl", "apiVersion", "topics", "status")
	endpoint := WebhookEndpoint{
		ID: m.at("id").requiredID(), Name: m.at("name").name(), WebhookURL: m.at("webhookUrl").text(),
		APIVersion: m.at("apiVersion").text(), Status: m.at("status").text(),
	}
	for _, topic := range m.at("topics").items(maxListed) {
		endpoint.Topics = append(endpoint.Topics, topic.text())
	}
	return endpoint
}
