// Package cluster runs a whole Temporal server, with SQLite behind it and its Web
// UI in front, inside this process: for one machine, for rehearsal and for tests.
// Where many processes share the work, run Temporal's own images instead.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/primitives"
	schema "go.temporal.io/server/schema/sqlite"
	server "go.temporal.io/server/temporal"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Options say where the server listens and keeps its data.
type Options struct {
	// DataDir holds the database; "" keeps everything in memory.
	DataDir string
	// IP is the address to listen on, 127.0.0.1 when empty. Port is the gRPC
	// port, a free one when 0. UIPort is the Web UI's; 0 runs none.
	IP     string
	Port   int
	UIPort int
	// Codec lets the Web UI's pages read payloads; nil leaves them encrypted there.
	// It answers browsers that came by the Web UI's address with /codec/ and CodecKey
	// behind it, and programs that send that as a bearer token; nobody where it is "".
	Codec    http.Handler
	CodecKey string
	// Hosts are names, besides localhost and IP addresses, under which the Web UI
	// is reached.
	Hosts []string
	// Log gets the server's warnings and errors; nil drops them.
	Log *slog.Logger
	// SearchAttributes are registered as Keyword.
	SearchAttributes []temporal.SearchAttributeKeyKeyword
}

// Namespace is the one namespace of the server, and Retention how long it keeps
// workflows that have ended: as long as those of the Compose file.
const (
	Namespace = "default"
	Retention = 30 * 24 * time.Hour
)

// Cluster is a running server. Start, Stop; once each.
type Cluster struct {
	options Options
	server  server.Server
	ui      *webUI
	// stopping silences the server's log.
	stopping atomic.Bool
}

// Start starts the server, and its Web UI if asked, and returns once it serves.
// A data directory that another process uses, that cannot be written to or that
// is damaged, and ports that are taken, are errors; nothing is left running.
func Start(options Options) (*Cluster, error) {
	options, err := complete(options)
	if err != nil {
		return nil, err
	}
	if err := checkDatabase(options.DataDir); err != nil {
		return nil, err
	}
	c := &Cluster{options: options}
	if c.server, err = newServer(options, &c.stopping); err != nil {
		return nil, err
	}
	if err := c.server.Start(); err != nil {
		return nil, fmt.Errorf("start the Temporal server: %w", err)
	}
	if err := c.openNamespace(); err != nil {
		return nil, errors.Join(err, c.server.Stop())
	}
	if options.UIPort != 0 {
		if c.ui, err = startWebUI(options); err != nil {
			return nil, errors.Join(err, c.server.Stop())
		}
	}
	return c, nil
}

// Address is where clients connect.
func (c *Cluster) Address() string { return hostPort(c.options.IP, c.options.Port) }

// Stop ends the Web UI and the server. Stop clients and workers before it.
func (c *Cluster) Stop() error {
	c.stopping.Store(true)
	if c.ui != nil {
		c.ui.stop()
	}
	return c.server.Stop()
}

func complete(options Options) (Options, error) {
	if options.IP == "" {
		options.IP = "127.0.0.1"
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	if options.Port == 0 {
		ports, err := freePorts(options.IP, 1)
		if err != nil {
			return options, err
		}
		options.Port = ports[0]
	}
	if options.Port == options.UIPort {
		return options, fmt.Errorf("port %d is asked for twice, by --temporal-port and --temporal-web-ui-port: choose another for one of them", options.Port)
	}
	return options, errors.Join(
		checkPort(options.IP, options.Port, "--temporal-port"), checkPort(options.IP, options.UIPort, "--temporal-web-ui-port"))
}

// checkPort tells whether a port is free. The server and the Web UI open it
// themselves a moment later, when there is more to undo.
func checkPort(ip string, port int, flag string) error {
	if port == 0 {
		return nil
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", hostPort(ip, port))
	if err != nil {
		return fmt.Errorf("port %d is taken: stop what uses it, or choose another with %s: %w", port, flag, err)
	}
	return listener.Close()
}

func newServer(options Options, stopping *atomic.Bool) (server.Server, error) {
	sql, visibility := database(options), visibilityDatabase(options)
	cfg, err := serverConfig(options, sql, visibility)
	if err != nil {
		return nil, err
	}
	if err := prepare(options, sql, visibility); err != nil {
		return nil, err
	}
	logger := serverLog{log: options.Log, stopping: stopping}
	authorizer, err := authorization.GetAuthorizerFromConfig(&cfg.Global.Authorization)
	if err != nil {
		return nil, fmt.Errorf("authorizer: %w", err)
	}
	claims, err := authorization.GetClaimMapperFromConfig(&cfg.Global.Authorization, logger)
	if err != nil {
		return nil, fmt.Errorf("claim mapper: %w", err)
	}
	return server.NewServer(
		server.WithConfig(cfg),
		server.ForServices(server.DefaultServices),
		server.WithStaticHosts(staticHosts(cfg)),
		server.WithLogger(logger),
		server.WithAuthorizer(authorizer),
		server.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
		server.WithDynamicConfigClient(dynamicConfig()),
	)
}

func staticHosts(cfg *config.Config) map[primitives.ServiceName]static.Hosts {
	all := map[primitives.ServiceName]static.Hosts{}
	for _, name := range server.DefaultServices {
		service := primitives.ServiceName(name)
		all[service] = static.SingleLocalHost(hostPort(loopback, cfg.Services[name].RPC.GRPCPort))
	}
	return all
}

// prepare makes the database and the namespace where they are missing.
func prepare(options Options, sql, visibility *config.SQL) error {
	if options.DataDir != "" && !HasData(options.DataDir) {
		// The index first: where the histories are, both are.
		for _, described := range []*config.SQL{visibility, sql} {
			if err := makeDatabase(described); err != nil {
				return fmt.Errorf("make the database in %s: %w", options.DataDir, err)
			}
		}
	}
	attributes := map[string]enums.IndexedValueType{}
	for _, key := range options.SearchAttributes {
		attributes[key.GetName()] = enums.INDEXED_VALUE_TYPE_KEYWORD
	}
	namespace, err := schema.NewNamespaceConfig(clusterName, Namespace, false, attributes)
	if err != nil {
		return fmt.Errorf("describe the namespace: %w", err)
	}
	namespace.Detail.Config.Retention = durationpb.New(Retention)
	if err := schema.CreateNamespaces(sql, namespace); err != nil {
		return fmt.Errorf("make the namespace (is the database in %s one of this version?): %w", options.DataDir, err)
	}
	return nil
}

func hostPort(ip string, port int) string { return net.JoinHostPort(ip, strconv.Itoa(port)) }

func freePorts(ip string, count int) ([]int, error) {
	var ports []int
	for range count {
		listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", hostPort(ip, 0))
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer listener.Close()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

func databasePath(dataDir string) string { return filepath.Join(dataDir, "temporal.db") }

func visibilityPath(dataDir string) string { return filepath.Join(dataDir, "temporal-visibility.db") }
