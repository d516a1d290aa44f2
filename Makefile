# What a developer types. The README has the two commands a user needs.
FLAGS := -trimpath -tags sqlite_fts5

.PHONY: build test race lint fuzz bench eval train demo chaos break-promises load

build: ## the binary, in bin/
	go build $(FLAGS) -o bin/earshot ./cmd/earshot

test: ## what the README says
	go test $(FLAGS) ./...

race:
	go test $(FLAGS) -race ./...

lint:
	go vet $(FLAGS) ./...
	go tool -modfile=.ci/tools/go.mod golangci-lint run --build-tags sqlite_fts5 ./...

fuzz: ## ten seconds each
	.ci/fuzz 10s

bench: ## the figures of the README as a table, beside a bare insert loop; five minutes
	.ci/bench

load: ## 2,000 mentions a second for ten minutes, then 200,000 at once: make load RATE=… MINUTES=… BURST=…
	.ci/load

train: ## needs the data folder: make train DATA=…
	go run $(FLAGS) ./bot/analyze/sentiment/train -data $(DATA)

eval: ## every figure of MODEL_CARD.md, measured anew: make eval DATA=…
	go run $(FLAGS) ./cmd/earshot eval all --data $(DATA) --card MODEL_CARD.md

demo:
	go run $(FLAGS) ./cmd/earshot demo

KILLS ?= 200
ENGINE ?= sqlite
REPLICAS ?= 1
SEED ?= $(shell date +%s)

chaos: build ## kills the real program, breaks all around it, checks the books: make chaos KILLS=200 ENGINE=sqlite|postgres REPLICAS=1 SEED=7
	@rm -f bin/chaos.txt; EARSHOT_BINARY=$(CURDIR)/bin/earshot EARSHOT_CHAOS="kills=$(KILLS) engine=$(ENGINE) replicas=$(REPLICAS) seed=$(SEED)" EARSHOT_CHAOS_REPORT=$(CURDIR)/bin/chaos.txt \
		go test $(FLAGS) -count=1 -timeout 90m -v -run '^TestChaos$$' ./cmd/earshot; status=$$?; cat bin/chaos.txt; exit $$status

break-promises: ## breaks one promise of the code after the other and sees make chaos catch it: make break-promises PROMISES="reply-once notes-in-turn"
	.ci/break $(PROMISES)
