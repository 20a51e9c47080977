package cluster

import "go.temporal.io/server/common/dynamicconfig"

// pollsPerSecond is how often each of the shard's queues may be read. The server's
// own 20 are meant for hundreds of shards in one process; the one shard here read
// its queues every 50 ms at best, and every change waits for two such reads.
const pollsPerSecond = 1000

// dynamicConfig turns fairness between sources on (off by default,
// docs.temporal.io/develop/task-queue-priority-fairness) and lifts limits meant
// for shared clusters. Names, defaults and meanings: common/dynamicconfig/constants.go
// of the server.
func dynamicConfig() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		dynamicconfig.MakeKey("matching.enableFairness"):                        true,
		dynamicconfig.MakeKey("system.forceSearchAttributesCacheRefreshOnRead"): true,
		dynamicconfig.MakeKey("frontend.enableServerVersionCheck"):              false,
		dynamicconfig.MakeKey("frontend.persistenceMaxQPS"):                     10000,
		dynamicconfig.MakeKey("history.persistenceMaxQPS"):                      45000,
		dynamicconfig.MakeKey("matching.persistenceMaxQPS"):                     45000,
		dynamicconfig.MakeKey("frontend.namespaceRPS.visibility"):               100,
		dynamicconfig.MakeKey("history.transferProcessorMaxPollRPS"):            pollsPerSecond,
		dynamicconfig.MakeKey("history.timerProcessorMaxPollRPS"):               pollsPerSecond,
		dynamicconfig.MakeKey("history.visibilityProcessorMaxPollRPS"):          pollsPerSecond,
	}
}
