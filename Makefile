# Every task of this project, for people and for CI. `make` alone lists them.
# run, test, build and bench need only Go.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

GO ?= go

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-zA-Z-]+:.*## /{printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- try it

# Not go run: at Ctrl-C it reports an error although the program ended well.
.PHONY: run
run: ## serve on http://127.0.0.1:8080 without any account (ADDR=, USER_CREATION_RATE=, MAIL_QUOTA=, MAIL_RATE=, BOUNCES=, POOL_LATENCY=, POOL_KIND=)
	@$(GO) build -o build/usher ./cmd/usher && exec build/usher local

.PHONY: local-aws
local-aws: ## stand-ins of the services for sam local, and env.json (BRIDGE= is the host's address for containers)
	@$(GO) build -o build/local-aws ./cmd/local-aws
	@exec build/local-aws

# ---- check it

# The race detector needs a C compiler. Go turns cgo off where there is none.
RACE ?= $(if $(filter 1,$(shell $(GO) env CGO_ENABLED)),-race)

.PHONY: test
test: lint ## format, vet, staticcheck and every test (RACE= turns the race detector off)
	$(GO) test $(RACE) -shuffle=on $$($(GO) list ./... | grep -v -x $(addprefix -e ,$(UNRACED)))
	$(GO) test -shuffle=on $(UNRACED)
	@$(if $(RACE),,echo '*** the race detector was off: it needs cgo and a C compiler')
	@$(GO) test -v -run '^TestInstalled$$' ./internal/testing/peers | sed -n '/NOT TESTED/,/^---/{/^---/!p;}' | sed 's/^/*** /'

# The trials of the pace take four times as long with the race detector. In the
# simulation the race detector sees none of the order that its turns give to those who
# wake from a sleep, and reports the simulation's own records. The tests of each package
# have it on for the code that both run.
UNRACED := usher.example/internal/testing/pacing usher.example/internal/testing/sim

# Programs that no package pattern matches: only tests or this file build them.
APART := .ci/zip.go .ci/notice.go .ci/packaged.go ./internal/testing/runtimeapi/testdata/echo ./internal/testing/compare/testdata/goroutines

.PHONY: lint
lint:
	@unformatted=$$(gofmt -l .) && { test -z "$$unformatted" || { echo "gofmt -w these:"; echo "$$unformatted"; exit 1; }; } >&2
	$(GO) vet ./...
	@for program in $(APART); do $(GO) vet $$program || exit 1; done
	$(GO) tool staticcheck ./...

FUZZTIME ?= 20s

.PHONY: fuzz
fuzz: ## every fuzz target, one after the other, FUZZTIME=20s each
	@for package in $$($(GO) list ./...); do \
		targets=$$($(GO) test -list '^Fuzz' $$package) || { echo "$$targets"; exit 1; }; \
		for target in $$(echo "$$targets" | grep '^Fuzz'); do \
			echo "== $$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
		done; \
	done

.PHONY: bench
bench: ## every benchmark
	$(GO) test -run '^$$' -bench . -benchmem -timeout 60m ./...

.PHONY: bench-binaries
bench-binaries: ## users per second of the built functions against the pace, with 0 and 60 ms added before the table (needs make peers)
	$(GO) test -run '^$$' -bench '^BenchmarkBinaries$$' -benchtime 1x -v -timeout 20m ./functions

SCHEDULES ?= 1000000

# The heap is small: collecting it less often saves an eighth of the time.
.PHONY: sim
sim: ## simulate SCHEDULES=1000000 new schedules, or that of SEED=
	GOGC=400 $(GO) test ./internal/testing/sim -run TestPromisesHoldInEverySchedule -v -count=1 -timeout 0 $(if $(SEED),-seed $(SEED),-schedules $(SCHEDULES))

# make test has the single faults.
.PHONY: sim-small
sim-small: ## every single fault in the small world, and each pair of them
	GOGC=400 $(GO) test ./internal/testing/sim -run '^TestEveryFaultInTheSmallWorld$$' -v -count=1 -timeout 0 -deep

IN_FILES ?= 300

.PHONY: sim-files
sim-files: ## simulate IN_FILES=300 schedules of one machine with its state in SQLite, which ends and starts again, or that of SEED=
	GOGC=400 $(GO) test ./internal/testing/sim -run TestPromisesHoldInFiles -v -count=1 -timeout 0 $(if $(SEED),-seed $(SEED),-in-files $(IN_FILES))

KILLS ?= 200
KILL_ROWS ?= 5000

.PHONY: kill
kill: ## kill usher invite KILLS=200 times at random moments over KILL_ROWS=5000 people, while 3 % of the answers are lost
	$(GO) test ./cmd/usher -run '^TestKilledAtAnyMoment$$' -v -count=1 -timeout 0 -kills $(KILLS) -kill-rows $(KILL_ROWS)

ROWS ?= 300
ONLY ?= .

.PHONY: compare
compare: ## usher beside boto3, the AWS CLI and a Go loop with ROWS=300 people each (the CLI a tenth): nothing lost, 3 % of the answers, a kill (ONLY=boto3 picks; needs make peers)
	USHER_REQUIRE_PEERS=1 $(GO) test ./internal/testing/compare -v -count=1 -timeout 0 -rows $(ROWS) -only "$(ONLY)"

ROWS_AT_SIZE ?= 1000000

.PHONY: bench-size
bench-size: ## the state with ROWS_AT_SIZE=1000000 rows beside one of a hundredth: rows a second, bytes a row, times to open, poll, page and receive (nine minutes)
	$(GO) test ./internal/sqlite -run '^$$' -bench '^BenchmarkAtSize$$' -benchtime 1x -timeout 0 -rows-at-size $(ROWS_AT_SIZE)

CUTS ?= 1000

.PHONY: power-cut
power-cut: ## record the writes of a process, and cut the power at CUTS=1000 moments: what was not synced is lost or torn (needs strace)
	$(GO) test ./internal/sqlite -run '^TestWhatWasAnsweredSurvivesAPowerCut$$' -v -count=1 -timeout 0 -power-cuts $(CUTS) -power-lines 5000

PAIRS ?= 1000000

.PHONY: differential
differential: ## compare the check with the run for PAIRS=1000000 random pools and rows
	GOGC=400 $(GO) test ./internal/onboard -run '^TestTheCheckIsTheRun$$' -v -count=1 -timeout 0 -pairs $(PAIRS)

.PHONY: peers
peers: ## install what tests use beside usher: DynamoDB Local (npm, java), moto and the AWS CLI (python3)
	@.ci/peers.sh

.PHONY: browser-test
browser-test: ## the console in a real Chromium, with axe-core (USHER_SCREENSHOTS=1 renews docs/images)
	@.ci/browser.sh
	USHER_REQUIRE_BROWSER=1 $(GO) test -count=1 -timeout 15m ./internal/console

.PHONY: spreadsheet-test
spreadsheet-test: ## open exports with , ; and tab in a real LibreOffice, and look for formulas (skipped loudly where it cannot be installed)
	@if .ci/spreadsheet.sh; then USHER_REQUIRE_LIBREOFFICE=1 $(GO) test -count=1 -run '^TestLibreOffice$$' ./internal/intake; fi

.PHONY: template
template: ## check template.yaml with cfn-lint and SAM's own transform
	@.ci/template.sh

.PHONY: sam-check
sam-check: ## everything of docs/sam-local.md with the real SAM CLI and Docker (BRIDGE= as for local-aws)
	@.ci/sam-check.sh

.PHONY: vulncheck
vulncheck: ## look for known vulnerabilities; fails with Error 3 if there are some, 4 if their list cannot be reached
	@.ci/vulncheck.sh

# ---- build it

# The processor of the functions, by Lambda's names: arm64 or x86_64. The
# template's parameter Architecture must be the same.
ARCH ?= arm64
GOARCH_OF_ARCH = $(patsubst x86_64,amd64,$(ARCH))

FUNCTIONS := ApiFunction WorkerFunction DeadLetterFunction RequeueFunction MailEventsFunction

# sam build calls build-NAME with the folder for the program, in the source (build_in_source in
# samconfig.toml) and not in a copy. The flags: no C library, no paths and no revision in the bytes (the
# same commit gives the same program everywhere), not the start by RPC that Lambda no longer uses, no symbol
# tables.
ARTIFACTS_DIR ?= build/$(@:build-%=%)

define function
CGO_ENABLED=0 GOOS=linux GOARCH=$(GOARCH_OF_ARCH) $(GO) build -trimpath -buildvcs=false -tags lambda.norpc -ldflags=-s \
	-o $(ARTIFACTS_DIR)/bootstrap ./functions/$(1)
endef

.PHONY: $(FUNCTIONS:%=build-%)
build-ApiFunction:
	$(call function,api)
build-WorkerFunction:
	$(call function,worker)
build-DeadLetterFunction:
	$(call function,deadletter)
build-RequeueFunction:
	$(call function,requeue)
build-MailEventsFunction:
	$(call function,mailevents)

.PHONY: build
build: ## the command line and the functions, into build/ (ARCH=arm64 or x86_64)
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags=-s -o build/usher ./cmd/usher
	@$(MAKE) --no-print-directory $(FUNCTIONS:%=build-%)

.PHONY: package
package: $(FUNCTIONS:%=build-%) ## a zip for Lambda of each function, without SAM, into build/
	@for function in $(FUNCTIONS); do \
		$(GO) run .ci/zip.go build/$$function.zip build/$$function/bootstrap LICENSE NOTICE || exit 1; \
	done

CYCLONEDX := github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0

# Made from the programs, so it lists what is in them. Without a time and a
# serial number: the same program gives the same list.
.PHONY: sbom
sbom: package ## what each of those programs contains, as CycloneDX, into build/
	@for function in $(FUNCTIONS); do \
		$(GO) run $(CYCLONEDX) bin -json -noserial -notimestamp -output build/$$function.cdx.json build/$$function/bootstrap || exit 1; \
	done

.PHONY: release
release: ## archives for six platforms, the functions with a packaged template, lists of contents, checksums (VERSION=)
	@GO='$(GO)' VERSION='$(VERSION)' CYCLONEDX='$(CYCLONEDX)' .ci/release.sh

.PHONY: notice
notice: ## write NOTICE again: the licenses of what the programs contain
	@mkdir -p build
	$(GO) run .ci/notice.go > build/NOTICE && mv build/NOTICE NOTICE

# The modules of AWS that go.mod asks for itself. They are released together and fit
# each other only so: all of them move, or none.
AWS_MODULES = $(shell $(GO) list -m -f '{{if not (or .Main .Indirect)}}{{.Path}}{{end}}' all | grep '^github.com/aws/')

.PHONY: sdk
sdk: ## move every AWS module to its newest version, and write NOTICE again
	$(GO) get $(AWS_MODULES:%=%@latest)
	$(GO) mod tidy
	@$(MAKE) --no-print-directory notice

.PHONY: module
module: ## rename the module to MODULE=github.com/you/usher, in go.mod and in every import
	@test -n "$(MODULE)" || { echo 'give the new path: make module MODULE=github.com/you/usher' >&2; exit 2; }
	@old=$$($(GO) list -m) && \
		grep -rl --include='*.go' "\"$$old/" . | xargs sed -i.renamed "s|\"$$old/|\"$(MODULE)/|" && \
		find . -name '*.go.renamed' -delete
	@$(GO) mod edit -module $(MODULE)
	@gofmt -w .

# ---- run it under SAM on this machine, see docs/sam-local.md

# The processor of this machine, by Lambda's names: a container for the other one
# is emulated, or hangs.
HOST_ARCH := $(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x86_64)
SAM_LOCAL := --parameter-overrides Stage=dev Architecture=$(HOST_ARCH)

EVENT ?= events/get-health.json
FUNCTION ?= $(if $(findstring worker,$(EVENT)),WorkerFunction,$(if $(findstring deadletter,$(EVENT)),DeadLetterFunction,$(if $(findstring requeue,$(EVENT)),RequeueFunction,ApiFunction)))

.PHONY: env.json
env.json:
	@test -f $@ || { echo 'start the stand-ins first, in another terminal: make local-aws BRIDGE=172.17.0.1' >&2; exit 1; }

.PHONY: invoke
invoke: env.json ## build the function for EVENT=events/worker-one.json, and invoke it in a container
	ARCH=$(HOST_ARCH) sam build $(FUNCTION) $(SAM_LOCAL)
	sam local invoke $(FUNCTION) -e $(EVENT) --env-vars env.json $(SAM_LOCAL)

.PHONY: start-api
start-api: env.json ## build the API function, and serve it from a container on http://127.0.0.1:3000
	ARCH=$(HOST_ARCH) sam build ApiFunction $(SAM_LOCAL)
	sam local start-api --env-vars env.json $(SAM_LOCAL)

# ---- run it on AWS

STAGE ?= dev

# cmd/deploy takes the processor from the stage unless ARCH is given.
.PHONY: deploy out admin
deploy: ## build and deploy the stack of STAGE=dev, stg or prd with the settings in STAGE.values (ARCH=arm64 or x86_64)
	@$(GO) build -o build/deploy ./cmd/deploy
	@$(if $(filter file,$(origin ARCH)),,ARCH=$(ARCH)) build/deploy deploy $(STAGE)

out: ## print the output NAME= of the stack of STAGE=dev, or all of them
	@$(GO) build -o build/deploy ./cmd/deploy
	@build/deploy out $(STAGE) $(NAME)

admin: ## make EMAIL= an administrator of the stack of STAGE=dev: the user, a mail from Cognito, and the group
	@$(GO) build -o build/deploy ./cmd/deploy
	@build/deploy admin $(STAGE) $(EMAIL)

.PHONY: diagrams
diagrams: ## draw docs/diagrams again from their sources (needs Graphviz)
	@.ci/diagrams.sh

.PHONY: clean
clean: ## remove what was built (peers and tools stay, in ~/.cache/usher)
	rm -rf build .aws-sam
