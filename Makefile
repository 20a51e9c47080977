# What one can do here. `make` alone tells.
SHELL := /bin/bash
BIN := bin
export CGO_ENABLED ?= 0

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: standalone ## Run everything in one process with a rehearsal company (Ctrl-C ends it)
	@$(BIN)/figgosync-standalone demo --data-dir .data/demo

.PHONY: test
test: ## Run all tests (what is missing on this machine is skipped, and said)
	go test -timeout 30m ./...
	cd standalone && go test -timeout 40m ./...

.PHONY: build
build: ## Build the production binary, bin/figgosync
	go build -trimpath -o $(BIN)/figgosync ./cmd/figgosync

.PHONY: standalone
standalone: ## Build the all-in-one binary, bin/figgosync-standalone (the first time takes minutes)
	@deploy/build-standalone.sh $(BIN)/figgosync-standalone

.PHONY: cluster
cluster: build temporal ## Run the topology of the Compose file as processes of this machine (needs postgresql and nginx; Ctrl-C ends it)
	@BIN=$(BIN) deploy/cluster.sh

.PHONY: temporal
temporal: ## Build Temporal's own server, tools and Web UI for `make cluster` (the first time takes minutes)
	cd standalone && go build -trimpath -o ../$(BIN)/temporal-server go.temporal.io/server/cmd/server
	cd standalone && go build -trimpath -o ../$(BIN)/temporal-sql-tool go.temporal.io/server/cmd/tools/sql
	cd standalone && go build -trimpath -o ../$(BIN)/temporal-ui github.com/temporalio/ui-server/v2/cmd/server

.PHONY: race
race: ## Run all tests but the standalone module's under the race detector (needs gcc; COUNT= times, BUSY= beside so many busy processors)
	@for i in $$(seq 1 $(or $(BUSY),0)); do (while :; do :; done) & done; \
	trap 'kill $$(jobs -p) 2>/dev/null' EXIT; export CGO_ENABLED=1; set -x; \
	go test -timeout 170m -race -short -count $(or $(COUNT),1) ./internal/calendars/... && \
	go test -timeout 170m -race -count $(or $(COUNT),1) $$(go list ./... | grep -v /internal/calendars)

.PHONY: bench
bench: ## Measure the product beside the bare engine, in one run, and print the ratios (BENCH_WRITE=1: into docs/performance.md too)
	cd standalone && go run ./bench $(if $(BENCH_WRITE),-write ../docs/performance.md) $(BENCH)

.PHONY: chaos
chaos: $(if $(filter cluster,$(TARGET)),build temporal,standalone) ## Shake figgosync and compare every calendar with Figgo (SEED=, MINUTES=, TARGET=embedded or cluster, DISK= a small file system to fill up)
	cd standalone && go run ./chaos $(if $(SEED),--seed $(SEED)) --minutes $(or $(MINUTES),2) --target $(or $(TARGET),embedded) $(if $(DISK),--disk $(DISK)) --binary $(if $(filter cluster,$(TARGET)),$(CURDIR)/$(BIN),../$(BIN)/figgosync-standalone)

.PHONY: lint
lint: ## Check formatting, vet, staticcheck, golangci-lint and the workflows' determinism
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these files"; exit 1; }
	go vet ./...
	cd standalone && go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	cd standalone && go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run ./...
	cd standalone && go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run ./...
	go run go.temporal.io/sdk/contrib/tools/workflowcheck@v0.6.0 ./workflows/...

.PHONY: vulnerabilities
vulnerabilities: ## Look for known vulnerabilities in what is built (VULNDB= names a copy of the database)
	@deploy/vulnerabilities.sh

.PHONY: sbom
sbom: ## Write what the two binaries are made of, as CycloneDX, to bin/*.cdx.json
	@mkdir -p $(BIN)
	go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.9.0 app -json -licenses -main cmd/figgosync -output $(BIN)/figgosync.cdx.json .
	go run github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.9.0 app -json -licenses -output $(BIN)/figgosync-standalone.cdx.json standalone

.PHONY: release
release: ## Make a release's files in dist/, as a dry run (RELEASE=1: of the tag on this commit, signed)
	@deploy/release.sh

.PHONY: reproducible
reproducible: ## Make linux/amd64's release twice and compare the checksums (BINARIES= as for release)
	@first=$$(mktemp -d) second=$$(mktemp -d); trap 'rm -rf "$$first" "$$second"' EXIT; \
	for dist in $$first/dist $$second/dist; do TARGETS=linux/amd64 SBOM=0 DIST=$$dist deploy/release.sh >/dev/null || exit 1; done; \
	cmp $$first/dist/SHA256SUMS $$second/dist/SHA256SUMS && echo "both are the same:" && cat $$first/dist/SHA256SUMS

.PHONY: units
units: ## Judge the systemd units (systemd-analyze)
	systemd-analyze security --offline=true --threshold=20 --no-pager deploy/systemd/*.service

.PHONY: images-digests
images-digests: ## Pin the containers' images in .env by the digests their registries have (needs docker)
	@deploy/images-digests.sh

.PHONY: fuzz
fuzz: ## Fuzz each decoder of outside bytes for a while
	@for target in $$(grep -ho '^func Fuzz[A-Za-z0-9]*' internal/figgo/*_test.go | sed 's/func //'); do \
		go test ./internal/figgo -run '^$$' -fuzz "^$$target$$" -fuzztime 30s || exit 1; done

.PHONY: replay
replay: ## Record new workflow histories into workflows/testdata/replay
	cd standalone && FIGGOSYNC_RECORD=1 go test ./e2e -run TestRecord -count 1 -v

.PHONY: clean
clean: ## Remove what was built and the rehearsal's data
	rm -rf $(BIN) .data
