# Everything a newcomer needs: `make demo` to see pgcopy work, `make test` to know that it does.

SHELL   := /bin/sh
GO      ?= go
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -X github.com/pgcopy/pgcopy/cli.version=$(VERSION)

# The version is stamped by LDFLAGS. Go's own stamping fails where git does not trust the checkout's owner.
BUILD   := -trimpath -buildvcs=false -ldflags "$(LDFLAGS)"

.DEFAULT_GOAL := help
.PHONY: help build test test-versions test-formats chaos soak demo bench lint fmt clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/pgcopy
	$(GO) build $(BUILD) -o bin/pgcopy .

# Packages are compiled side by side, but tested one after the other (-p 1): each starts PostgreSQL servers and runs
# pgcopy between them, and two at a time on two cores turn honest time limits into flaky ones.
# A second version of PostgreSQL lets the tests between versions run; they skip, and say so, where it cannot be had.
test: ## run all tests on throwaway PostgreSQL servers (installs PostgreSQL where it is absent)
	scripts/ensure-postgres
	scripts/fetch-postgres 17 || echo 'The tests between versions will be skipped.' >&2
	$(GO) build -buildvcs=false ./...
	$(GO) test -p 1 -timeout 18m ./...

test-versions: ## clone between PostgreSQL 10 to 18: fetches those versions into the cache folder, and copies and compares pair by pair
	scripts/ensure-postgres
	scripts/fetch-postgres --all
	PGCOPY_TEST_VERSIONS=all $(GO) test -count=1 -timeout 30m -v \
		-run '^(TestVersions|TestOldVersions|TestOlderTarget|TestMissingClient)$$' ./internal/e2e
	PGCOPY_TEST_VERSIONS=all $(GO) test -count=1 -timeout 10m -v -run '^TestCopyStatistics' ./steps

# Twice the tests that copy: what a table's format and its parts are must make no difference to any of them.
test-formats: ## run the tests that copy with text and unsplit, and with binary and every table of more than 16 kB split (half an hour)
	scripts/ensure-postgres
	PGCOPY_TEST_COPY_FORMAT=text PGCOPY_TEST_SPLIT=never $(GO) test -count=1 -p 1 -timeout 30m ./steps ./internal/e2e
	PGCOPY_TEST_COPY_FORMAT=binary PGCOPY_TEST_SPLIT=16kB $(GO) test -count=1 -p 1 -timeout 30m ./steps ./internal/e2e

# KILLS=500 make chaos kills more often, PGCOPY_CHAOS_SEED=n takes the moments of an earlier run (its log has the number).
KILLS ?= 200
chaos: ## kill clones of the kitchen sink and of millions of rows at random moments, KILLS times (200), break their connections, and crash the target at each step
	scripts/ensure-postgres
	PGCOPY_CHAOS_KILLS=$(KILLS) PGCOPY_FAULT_ROWS=1000000 PGCOPY_FAULT_COPIES=10 PGCOPY_TARGET_CRASHES=1000 $(GO) test -count=1 -timeout 120m -v \
		-run '^(TestChaos|TestBrokenConnections|TestTargetCrashesAnywhere)$$' ./internal/e2e

# What make test does for seconds, for minutes: pgbench under each plugin, everything that can break while changes are followed, and
# millions of rows and transactions.
soak: ## follow changes for a long time: 2 minutes of pgbench with each plugin, 10 of crashes, 5 million rows in a transaction (25 minutes)
	scripts/ensure-postgres
	PGCOPY_TEST_PATIENCE=20m PGCOPY_FOLLOW_SECONDS=120 PGCOPY_FOLLOW_CHAOS=600 PGCOPY_FOLLOW_ROWS=5000000 PGCOPY_FOLLOW_TRANSACTIONS=1000000 $(GO) test -count=1 -timeout 120m -v \
		-run '^(TestFollowPgbench|TestFollowChaos|TestFollowMemory)$$' ./internal/e2e

demo: ## clone a sample database between two throwaway servers and prove both sides equal
	scripts/ensure-postgres
	$(GO) build $(BUILD) -o bin/pgcopy .
	$(GO) run -buildvcs=false ./internal/demo

# SCALE=0.05 SETS=pgb,many ROUNDS=1 make bench is a quick look; BASE=bench/results/x.json compares with an earlier commit; TOOLS=pgcopy,pipe runs
# only those of pgcopy, pgcopydb, dump, pipe; JOBS=2,4 tries those numbers; PGCOPYDB=path names a pgcopydb, PGCOPYDB=none does without one;
# PG=18 measures on servers, and with pg_dump, of that version.
# bench/README.md has all variables, and what is measured.
SCALE  ?= 1
ROUNDS ?= 3
FSYNC  ?= true
SAMPLE ?= false
bench: ## measure pgcopy against its peers and against physics on throwaway servers, an hour or two (SCALE=0.05 ROUNDS=1: minutes)
	scripts/ensure-postgres
	@if [ -n '$(PG)' ]; then scripts/fetch-postgres '$(PG)'; fi
	$(GO) build $(BUILD) -o bin/pgcopy .
	$(GO) build -buildvcs=false -o bin/bench ./bench
	@peer='$(PGCOPYDB)'; if [ -z "$$peer" ]; then bench/peers >/dev/null || echo 'pgcopydb will not be measured.' >&2; fi; \
	bin/bench run -major '$(or $(PG),0)' -scale '$(SCALE)' -rounds '$(ROUNDS)' -sets '$(SETS)' -jobs '$(JOBS)' -tools '$(TOOLS)' -pgcopydb "$$peer" -base '$(BASE)' \
		-out '$(OUT)' -logs '$(LOGS)' -fsync='$(FSYNC)' -sample='$(SAMPLE)' -pgcopy-args '$(PGCOPY_ARGS)' -pgcopydb-args '$(PGCOPYDB_ARGS)'

# The import map runs uncached (-count=1): it answers for files that it does not read itself.
lint: ## gofmt, go vet, staticcheck, and the import map
	@unformatted=$$(gofmt -l .) || exit; \
	if [ -n "$$unformatted" ]; then printf 'not formatted (make fmt):\n%s\n' "$$unformatted" >&2; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) test -count=1 ./internal/importmap

fmt: ## format all Go files
	gofmt -w .

clean: ## remove what the other targets built
	rm -rf bin
