# The ways into Music Chronus. Python 3.11 to 3.14 and make are all that a machine needs: the rest is set up in .venv.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.ONESHELL:
MAKEFLAGS += --no-print-directory
# Some containers forbid Python to keep what it has compiled: then each start of an engine compiles all of it again, for 0.8 s.
unexport PYTHONDONTWRITEBYTECODE

ARGS ?=
SEED ?= 1
VENV := .venv
READY := $(VENV)/ready
CHRONUS := $(VENV)/bin/chronus
PYTEST := $(VENV)/bin/python -m pytest

.PHONY: help setup jam test fuzz proofs soak chaos commits faults bench bench-peers quality reference clean
.DEFAULT_GOAL := help

help: ## lists these targets
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):.*## /\1\t/' | while IFS=$$'\t' read -r name text; do printf '  make %-11s %s\n' "$$name" "$$text"; done

jam: $(READY) ## starts the engine with a prompt on it; ARGS="--device null" passes options on
	@exec $(CHRONUS) jam $(ARGS)

test: $(READY) ## sets up and runs the whole suite
	@$(VENV)/bin/python -m chronus.supervisor.warm
	exec $(PYTEST) --numprocesses 3 --dist loadscope $(ARGS)

fuzz: $(READY) ## throws garbage at the OSC door for ten minutes, or FUZZ_SECONDS
	@FUZZ_SECONDS=$${FUZZ_SECONDS:-600} exec $(PYTEST) -s tests/doors/fuzz_osc.py $(ARGS)

faults: $(READY) ## breaks modules in every way while they play, with a lead of 4 blocks: nothing may be lost
	@CHRONUS_ALL=1 CHRONUS_TEST_LEAD=4 exec $(PYTEST) tests/faults/test_f10.py tests/faults/test_f11.py tests/faults/test_f12.py $(ARGS)

chaos: $(READY) ## injures the engine for a minute and proves that nothing was heard; SEED=2 for another minute
	@exec $(CHRONUS) chaos --seconds 60 --faults 120 --seed $(SEED) $(ARGS)

commits: $(READY) ## swaps a thousand random patches while processes are killed, and proves the same; SEED=2 for others
	@exec $(CHRONUS) chaos --commits 1000 --faults 60 --seed $(SEED) $(ARGS)

proofs: $(READY) ## all modules with every number of lanes, all of it on the plainest processor, and all examples played
	@CHRONUS_ALL=1 $(PYTEST) tests/modules/test_proofs.py tests/modules/test_processors.py tests/modules/test_canaries.py tests/replica/test_faster_processors.py tests/engine/proof_processor.py tests/engine/test_docs.py tests/golden/test_pieces.py tests/workshop/test_abreast.py $(ARGS)

soak: $(READY) ## the same for an hour, then a hundred engines killed whole, one left without a supervisor, and one starved
	@$(CHRONUS) chaos --seconds 3600 --faults 720 --seed $(SEED) $(ARGS)
	$(PYTEST) tests/faults/soak_f05.py tests/faults/soak_f21.py tests/faults/soak_f31.py

bench: $(READY) ## measures latency, bursts, floods, rendering, starting and the modules
	@exec $(CHRONUS) bench $(ARGS)

bench-peers: $(READY) ## installs the engines that people use and renders the same work with each; ARGS="--works W1"
	@exec $(CHRONUS) bench peers $(ARGS)

quality: $(READY) ## measures what the instrument sounds like, and writes docs/quality.md with its pictures
	@$(VENV)/bin/python -m chronus.proof.quality docs

reference: $(READY) ## writes docs/reference.md and docs/modules/ anew from the command table, the declarations and the kernels
	@$(VENV)/bin/python -m chronus.faces.reference docs

setup: $(READY) ## only installs

clean: ## removes what the targets above made here
	@rm -rf $(VENV) build .pytest_cache .hypothesis src/*.egg-info
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Standard input belongs to the jam and standard output to its answers: set-up reads nothing and talks on standard error.
$(READY): requirements.lock pyproject.toml
	@exec </dev/null >&2
	found=
	if ! $(VENV)/bin/python -c 'import pip' 2>/dev/null; then
	    bare=
	    for name in $(PYTHON) python3.14 python3.13 python3.12 python3.11 python3; do
	        "$$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null || continue
	        if "$$name" -c 'import venv, ensurepip' 2>/dev/null; then found=$$name; break; fi
	        bare=$${bare:-$$name}
	    done
	    if [ -z "$$found" ] && [ -n "$$bare" ]; then
	        echo "$$bare cannot make a virtual environment: its venv or ensurepip is missing."
	        echo "Install it (on Debian and Ubuntu: sudo apt install python3-venv) and run make again."
	        exit 1
	    elif [ -z "$$found" ]; then
	        echo "No Python from 3.11 to 3.14 was found. Install one, or name it: make jam PYTHON=/path/to/python3"
	        exit 1
	    fi
	    echo "setting up $(VENV) with $$("$$found" --version) (once, a minute or so)"
	    rm -rf $(VENV)
	    "$$found" -m venv $(VENV)
	fi
	$(VENV)/bin/python -m pip install --disable-pip-version-check --only-binary :all: --require-hashes -r requirements.lock
	# A sound card on arm64 takes a C compiler, a missing one must not end the set-up: the null device needs none.
	if ! $(VENV)/bin/python -c 'import miniaudio' 2>/dev/null; then
	    $(VENV)/bin/python -m pip install --disable-pip-version-check --require-hashes --no-deps --no-build-isolation --no-binary miniaudio \
	        -r <(sed -n '/^miniaudio/,/[^\\]$$/ { s/ ;.*/ \\/; p }' requirements.lock) \
	        || echo "miniaudio could not be built, so there is no sound card: install gcc and python3-dev, then run make clean and make again."
	fi
	$(VENV)/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	touch $@
