# Everything a fresh Debian 12 machine needs comes from here: apt packages and Asterisk by deploy/install.sh,
# Python packages from the lock file by hash.
PYTHON ?= /usr/bin/python3
DATA ?= var
BIN := .venv/bin
N ?= 100
REACH := deploy/reach

MODEL_WORK ?= $(DATA)/speech-model
MODEL_BIN := .venv-model/bin
MODEL_MINUTES ?= 45
MAKE_MODEL := $(MODEL_BIN)/python -m recordings.model_building

.PHONY: demo run test test-long check bench lock clean install model model-report

demo: install
	$(REACH) $(BIN)/warroom --data $(DATA) --log warning demo

run: install
	$(REACH) $(BIN)/warroom --data $(DATA) up

test: install
	$(REACH) $(BIN)/pytest -m "not long"

test-long: install
	$(REACH) $(BIN)/pytest -m long tests

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install
	$(REACH) $(BIN)/python -m tests.load.bench --calls $(N) --out $(DATA)/bench/latest.json

# The speech model, made anew from a list of words: about an hour on two cores; goes on where it was stopped.
model: .venv-model/installed
	$(MAKE_MODEL) corpus --work $(MODEL_WORK)
	$(MAKE_MODEL) train --work $(MODEL_WORK) --minutes $(MODEL_MINUTES)
	$(MAKE_MODEL) write --work $(MODEL_WORK)
	$(MAKE_MODEL) report --work $(MODEL_WORK)

model-report: install
	$(BIN)/python -m recordings.model_building report --work $(MODEL_WORK)

# torch without GPU support where pip finds that wheel; the ordinary index has the one that does not start without
# NVIDIA's libraries (2 GB more), so they follow only if it asks for them.
.venv-model/installed: requirements-model.lock requirements-model-gpu.lock pyproject.toml
	deploy/install.sh
	test -x $(MODEL_BIN)/python || $(PYTHON) -m venv .venv-model
	$(MODEL_BIN)/pip install --quiet --require-hashes --no-deps -r requirements-model.lock
	$(MODEL_BIN)/python -c 'import torch' 2>/dev/null || \
	    $(MODEL_BIN)/pip install --quiet --require-hashes --no-deps -r requirements-model-gpu.lock
	touch $@

install: .venv/installed
	@deploy/install.sh

.venv/installed: requirements-dev.lock pyproject.toml
	deploy/install.sh
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --no-deps --editable .
	touch $@

# The wheel torch-2.13.0+cpu for CPython 3.11 on x86_64, which is not on the ordinary index.
TORCH_CPU := 6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b

# Renews the lock files after a change in pyproject.toml.
lock:
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	    --no-header --extra dev pyproject.toml --output-file requirements-dev.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	    --no-header pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	    --no-header --no-annotate --extra model pyproject.toml | awk -v cpu=$(TORCH_CPU) ' \
	    /^[a-z]/ { file = /^(nvidia|cuda|triton)/ ? "requirements-model-gpu.lock" : "requirements-model.lock" } \
	    { print > file } /^torch==/ { print "    --hash=sha256:" cpu " \\" > file }'

clean:
	rm -rf .venv .venv-model build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
