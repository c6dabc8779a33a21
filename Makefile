# Everything that is done to this project by hand or by machine. `make` alone
# lists it. run, test, build and bench need Go and nothing else.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

GO ?= go

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-zA-Z-]+:.*## /{printf "  %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- try it

# Not go run: at Ctrl-C it reports an error over a program that ended well.
.PHONY: run
run: ## serve on http://127.0.0.1:8080 without any account (ADDR=, USER_CREATION_RATE=, MAIL_QUOTA=, POOL_LATENCY=)
	@$(GO) build -o build/usher ./cmd/usher && exec build/usher local

.PHONY: local-aws
local-aws: ## stand-ins of the services for sam local, and env.json (BRIDGE= the host as containers see it)
	@$(GO) build -o build/local-aws ./cmd/local-aws
	@exec build/local-aws

# ---- check it

# The race detector wants a C compiler. Go turns cgo off where there is none.
RACE ?= $(if $(filter 1,$(shell $(GO) env CGO_ENABLED)),-race)

.PHONY: test
test: lint ## format, vet, staticcheck and every test (RACE= turns the race detector off)
	$(GO) test $(RACE) -shuffle=on ./...
	@$(if $(RACE),,echo '*** the race detector was off: it needs cgo and a C compiler')
	@$(GO) test -v -run '^TestInstalled$$' ./internal/peers | sed -n '/NOT TESTED/,/^---/{/^---/!p;}' | sed 's/^/*** /'

# What no package pattern reaches: programs that only tests or this file build.
APART := .ci/zip.go ./internal/runtimeapi/testdata/echo

.PHONY: lint
lint:
	@unformatted=$$(gofmt -l .) && { test -z "$$unformatted" || { echo "gofmt -w these:"; echo "$$unformatted"; exit 1; }; } >&2
	$(GO) vet ./...
	@for program in $(APART); do $(GO) vet $$program || exit 1; done
	$(GO) tool staticcheck ./...

FUZZTIME ?= 20s

.PHONY: fuzz
fuzz: ## every fuzz target in turn, FUZZTIME=20s each
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

SCHEDULES ?= 1000000

# Less often collected, its small heap saves an eighth of the time.
.PHONY: sim
sim: ## the simulation over SCHEDULES=1000000 fresh schedules, or the one of SEED=
	GOGC=400 $(GO) test ./internal/sim -run TestPromises -v -count=1 -timeout 0 $(if $(SEED),-seed $(SEED),-schedules $(SCHEDULES))

.PHONY: peers
peers: ## install what tests talk to: DynamoDB Local (npm, java) and moto (python3)
	@.ci/peers.sh

.PHONY: browser-test
browser-test: ## the console in a real Chromium, with axe-core (USHER_SCREENSHOTS=1 renews docs/images)
	@.ci/browser.sh
	USHER_REQUIRE_BROWSER=1 $(GO) test -count=1 -timeout 15m ./internal/console

.PHONY: template
template: ## hold template.yaml to cfn-lint and to SAM's own transform
	@.ci/template.sh

# ---- build it

# The processor of the functions, in Lambda's words: arm64 or x86_64. The
# template's parameter Architecture must say the same.
ARCH ?= arm64
GOARCH_OF_ARCH = $(patsubst x86_64,amd64,$(ARCH))

FUNCTIONS := ApiFunction WorkerFunction DeadLetterFunction RequeueFunction

# sam build calls build-NAME with the folder in which it wants the program, from
# a copy of the source without .git. The flags: no C library, no paths and no
# revision in the bytes (the same commit gives the same program anywhere), no
# second way to start that Lambda no longer uses, no symbol tables.
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

.PHONY: build
build: ## the command line and the four functions, into build/ (ARCH=arm64 or x86_64)
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags=-s -o build/usher ./cmd/usher
	@$(MAKE) --no-print-directory $(FUNCTIONS:%=build-%)

.PHONY: package
package: $(FUNCTIONS:%=build-%) ## a zip for Lambda of each function, without SAM, into build/
	@for function in $(FUNCTIONS); do \
		$(GO) run .ci/zip.go build/$$function.zip build/$$function/bootstrap || exit 1; \
	done

# ---- run it on AWS

STAGE ?= default

.PHONY: deploy
deploy: ## build and deploy with SAM, STAGE=dev, stg or prd of samconfig.toml
	sam build --config-env $(STAGE)
	sam deploy --config-env $(STAGE)

STACK ?= usher-dev

.PHONY: admin
admin: ## make EMAIL= an administrator of the deployed STACK=usher-dev: the user, their invitation, the group
	@test -n "$(EMAIL)" || { echo 'say whom: make admin EMAIL=you@example.org' >&2; exit 1; }
	@set -e; output() { aws cloudformation describe-stacks --stack-name $(STACK) --output text \
		--query "Stacks[0].Outputs[?OutputKey=='$$1'].OutputValue"; }; \
	pool=$${POOL:-$$(output UserPoolId)}; group=$${GROUP:-$$(output AdministratorsGroup)}; \
	aws cognito-idp admin-create-user --user-pool-id "$$pool" --username "$(EMAIL)" --desired-delivery-mediums EMAIL \
		--user-attributes Name=email,Value="$(EMAIL)" Name=email_verified,Value=true --query User.UserStatus; \
	aws cognito-idp admin-add-user-to-group --user-pool-id "$$pool" --username "$(EMAIL)" --group-name "$$group"

.PHONY: clean
clean: ## remove what was built (peers and tools stay, in ~/.cache/usher)
	rm -rf build .aws-sam
