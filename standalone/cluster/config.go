package cluster

import (
	"fmt"
	"math/rand/v2"
	"time"

	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
)

const (
	loopback    = "127.0.0.1"
	clusterName = "active"
	// clusterID is fixed, because the database remembers it.
	clusterID = "5f1d1c1e-6b6c-4b57-9a31-7a3f0c8ad1e4"
)

// database describes the SQLite store. A commit is on the disk when it returns
// (synchronous=full): a webhook answered 202 must survive a power cut.
func database(options Options) *config.SQL {
	if options.DataDir == "" {
		return &config.SQL{
			PluginName:        sqlite.PluginName,
			DatabaseName:      fmt.Sprintf("memory%d", rand.Uint64()),
			ConnectAttributes: map[string]string{"mode": "memory", "cache": "shared"},
		}
	}
	return &config.SQL{
		PluginName:        sqlite.PluginName,
		DatabaseName:      databasePath(options.DataDir),
		ConnectAttributes: map[string]string{"mode": "rwc", "journal_mode": "wal", "synchronous": "full"},
	}
}

// visibilityDatabase describes the store of the index of workflows. It is a file of its
// own, because SQLite has one writer a file and the index is written as often as the
// histories. A data directory that was made with one file for both keeps it.
func visibilityDatabase(options Options) *config.SQL {
	described := database(options)
	if options.DataDir != "" && (!HasData(options.DataDir) || exists(visibilityPath(options.DataDir))) {
		described.DatabaseName = visibilityPath(options.DataDir)
	}
	return described
}

func serverConfig(options Options, sql, visibility *config.SQL) (*config.Config, error) {
	ports, err := freePorts(loopback, 3)
	if err != nil {
		return nil, err
	}
	frontend := hostPort(options.IP, options.Port)
	return &config.Config{
		Global: config.Global{
			// Neither metrics nor pprof: both open a port that answers everybody.
			Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: loopback},
		},
		Persistence: config.Persistence{
			DefaultStore: "default", VisibilityStore: "visibility", NumHistoryShards: 1,
			DataStores: map[string]config.DataStore{"default": {SQL: sql}, "visibility": {SQL: visibility}},
		},
		ClusterMetadata:     clusterMetadata(frontend),
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		Services: map[string]config.Service{
			// No HTTPPort: the HTTP API behind it takes commands from any web page.
			"frontend": {RPC: config.RPC{GRPCPort: options.Port, BindOnIP: options.IP}},
			"history":  {RPC: config.RPC{GRPCPort: ports[0], BindOnIP: loopback}},
			"matching": {RPC: config.RPC{GRPCPort: ports[1], BindOnIP: loopback}},
			"worker":   {RPC: config.RPC{GRPCPort: ports[2], BindOnIP: loopback}},
		},
		Archival: config.Archival{
			History:    config.HistoryArchival{State: "disabled"},
			Visibility: config.VisibilityArchival{State: "disabled"},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
		}},
		PublicClient: config.PublicClient{HostPort: frontend},
	}, nil
}

func clusterMetadata(frontend string) *cluster.Config {
	return &cluster.Config{
		FailoverVersionIncrement: 10, MasterClusterName: clusterName, CurrentClusterName: clusterName,
		ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
			Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend, ClusterID: clusterID,
		}},
	}
}
