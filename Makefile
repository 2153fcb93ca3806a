# Every verb of this project. `make` alone lists them; what one says is the sentence behind its ##.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install run test test-unit test-integration test-e2e lint format manifests docs verify bench bench-search bench-search-full lock clean

VENV := .venv
BIN := $(VENV)/bin
# Where the search benchmark and what it compares with live: not in .venv, whose versions are locked.
BENCH_VENV := .venv-bench
BENCH_READY := $(BENCH_VENV)/.search-ready
# One core, so that seconds of asking can be compared.
ONE_CORE := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
# Newer than what it depends on: everything is installed.
READY := $(VENV)/.leadline-ready
# Which Python makes the virtual environment; empty: the newest that is found.
PYTHON :=
# More for pytest: make test-unit ARGS="-k grid -x"
ARGS :=

help: ## Say what each verb does.
	@awk 'BEGIN {FS = ":.*## "; print "make VERB, where VERB is one of"} \
		/^[a-z0-9-]+:.*## / {printf "  %-17s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

install: $(READY) ## Make .venv with Leadline and all development tools, in locked versions (needs Python 3.11 or newer).

$(READY): pyproject.toml requirements/dev.lock tools/install.sh tools/find-python.sh
	@sh tools/install.sh $(VENV) $(PYTHON)
	@touch $@

run: install ## Install if need be, then search on this machine: examples/digits-svm.yaml, real models, no cluster.
	@$(BIN)/leadline run examples/digits-svm.yaml

test: install ## Run the whole suite; says what it sets up, and names what can't run here (then it fails, with Error 3).
	@sh tools/test.sh $(BIN)/python tests/unit tests/contract tests/integration tests/e2e -n 2 $(ARGS)

test-unit: install ## Run the unit and contract tests: no cluster; only those of the chart want Go or KUBEBUILDER_ASSETS, for helm.
	@sh tools/test.sh $(BIN)/python tests/unit tests/contract $(ARGS)

test-integration: install ## Run the tests against a real API server (needs Go 1.26, or KUBEBUILDER_ASSETS).
	@sh tools/test.sh $(BIN)/python tests/integration $(ARGS)

test-e2e: install ## Run the tests on a real node (needs root on a Debian-like machine and Go) or on kind.
	@sh tools/test.sh $(BIN)/python tests/e2e $(ARGS)

lint: install ## Check format, style, types and the direction of imports; changes nothing.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: install ## Format all Python files, and put right what can be put right by itself.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

manifests: install ## Write the CRDs and the policy, and the chart's copies of them, from the types.
	$(BIN)/python tools/manifests.py

docs: install ## Write the generated pages of docs/ from the types, the tables and the command line's help.
	$(BIN)/python tools/generate_docs.py

verify: manifests docs lint test ## Do all of that; fail where anything generated differs or a file is not committed.
	@git diff --exit-code
	@test -z "$$(git status --porcelain)" || { git status --short; echo "not committed: commit it, or ignore it"; exit 1; }

bench: install ## Measure what benchmarks/ measures, each figure against its baseline of the same run.
	$(BIN)/python benchmarks/run $(ARGS)

bench-search: $(BENCH_READY) ## Compare our searches with Optuna's: 4 tasks, 3 seeds, at most 15 minutes.
	$(ONE_CORE) PYTHONPATH=operator:. $(BENCH_VENV)/bin/python -m benchmarks.search --quick $(ARGS)

bench-search-full: $(BENCH_READY) ## Compare with all libraries on all tasks: hours, unless kept; may be stopped and goes on; ARGS="--jobs 8".
	$(ONE_CORE) PYTHONPATH=operator:. $(BENCH_VENV)/bin/python -m benchmarks.search --full --write $(ARGS)

$(BENCH_READY): benchmarks/search/peers.txt tools/find-python.sh
	@test -x $(BENCH_VENV)/bin/python || $$(sh tools/find-python.sh $(PYTHON)) -m venv $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python -m pip install --quiet --requirement benchmarks/search/peers.txt
	@touch $@

lock: install ## Write requirements/*.lock from pyproject.toml, keeping versions where it can (UPGRADE=1: the newest).
	@sh tools/lock.sh $(BIN)/python $(UPGRADE)

clean: ## Remove everything that these verbs made, except the programs that the tests have built once.
	rm -rf $(VENV) $(BENCH_VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .leadline build dist
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
