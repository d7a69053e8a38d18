# Everything a fresh Debian 12 machine needs comes from here: apt packages and Asterisk by deploy/install.sh,
# Python packages from the lock file by hash.
PYTHON ?= /usr/bin/python3
DATA ?= var
BIN := .venv/bin
N ?= 100
SCREENS := board/static
REACH := deploy/reach
PROMTOOL := /opt/warroom/bin/promtool
unexport PYTHONDONTWRITEBYTECODE  # pytest keeps the tests it has read: the next run begins in half the time

MODEL_WORK ?= $(DATA)/speech-model
MODEL_BIN := .venv-model/bin
MODEL_MINUTES ?= 60
MODEL_SHARDS ?= 120
MAKE_MODEL := $(MODEL_BIN)/python -m recordings.model_building

.PHONY: demo run test test-unit test-long check settings-reference sim-shortage bench bench-day bench-knee bench-board bench-operators bench-bridge bench-desk bench-intake bench-recording bench-speech lock clean install browser screens screenshots voice voice-check model model-report

demo: install
	$(REACH) $(BIN)/warroom --data $(DATA) --log warning demo

# With operators, and an account of the screens for each role: the terminal shows how to sign in.
run: install
	test -e $(DATA)/operators.toml || install -D -m 644 deploy/operators.toml $(DATA)/operators.toml
	$(REACH) $(BIN)/warroom --data $(DATA) up --demo-accounts

test: install browser
	$(REACH) $(BIN)/pytest -m "not long"

# Without root: neither calls nor a broker, and nothing is installed but the Python packages.
test-unit: .venv/installed
	$(BIN)/pytest --numprocesses=auto -m "not long" tests/unit

# Fewer at once than in `make test`: these have more telephones, browsers and processes each.
test-long: install browser
	$(REACH) $(BIN)/pytest --numprocesses=4 -m long tests

check: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m warroom.cli.speech.stored_prompts check
	cd board/client && PATH=$(CURDIR)/$(BIN):$$PATH npm run --silent check
	@deploy/promtool.sh
	$(PROMTOOL) check rules deploy/prometheus/warroom.rules.yml
	$(PROMTOOL) test rules deploy/prometheus/warroom.rules.test.yml

settings-reference: install
	$(BIN)/python -m warroom.config.settings_reference

sim-shortage: install
	$(BIN)/python -m tests.load.shortage --out $(DATA)/bench/shortage.json

bench: install
	$(REACH) $(BIN)/python -m tests.load.bench --calls $(N) --out $(DATA)/bench/latest.json

bench-day: install
	$(REACH) $(BIN)/python -m tests.load.day_bench --calls $(N) --out $(DATA)/bench/day.json

bench-knee: install
	$(REACH) $(BIN)/python -m tests.load.knee --out $(DATA)/bench/knee.json

bench-recording: N = 10
bench-recording: install
	$(REACH) $(BIN)/python -m tests.load.recording_bench --calls $(N) --out $(DATA)/bench/recording.json

bench-desk: install
	$(REACH) $(BIN)/python -m tests.load.desk_bench --out $(DATA)/bench/desk.json

bench-intake: install
	$(REACH) $(BIN)/python -m tests.load.intake_bench --out $(DATA)/bench/intake.json

bench-bridge: install
	$(REACH) $(BIN)/python -m tests.load.bridge_bench --out $(DATA)/bench/bridge.json

bench-board: install browser
	$(REACH) $(BIN)/python -m tests.load.board_bench --out $(DATA)/bench/board.json

bench-operators: N = 200
bench-operators: install
	$(REACH) $(BIN)/python -m tests.load.operators_bench --operators $(N) --out $(DATA)/bench/operators.json

bench-speech: install
	$(REACH) $(BIN)/python -m tests.load.speech_bench --out $(DATA)/bench/speech.json

# Every prompt that has no file in agi/prompts/spoken/, spoken by Kokoro: all of them take 25 minutes of a core. Goes on
# where it was stopped.
voice: install
	$(BIN)/warroom voice install
	$(BIN)/python -m warroom.cli.speech.stored_prompts make

# The prompts in agi/prompts/spoken/ at telephone quality, heard by a speech model: fails for each Hindi word that is
# understood in no prompt. Mend it in agi/prompts/texts/pronounced_hi.toml, then: make voice.
VOICE_MODEL ?= recordings/models/hi-2000
voice-check: install
	$(BIN)/python -m warroom.cli.speech.heard_back $(VOICE_MODEL)

# The speech models, made anew: about three hours on two cores, half of them for Kokoro's speech; goes on where it was
# stopped. Needs the voice: warroom voice install.
model: .venv-model/installed
	$(MAKE_MODEL) speech --work $(MODEL_WORK) --shards $(MODEL_SHARDS)
	$(MAKE_MODEL) telephone --work $(MODEL_WORK)
	$(MAKE_MODEL) corpus --work $(MODEL_WORK)
	$(MAKE_MODEL) train --work $(MODEL_WORK) --minutes $(MODEL_MINUTES)
	$(MAKE_MODEL) write --work $(MODEL_WORK)

# The speech that models are tried with (needs the voice Kokoro and festival's NSK, made once), and the figures.
model-report: install
	$(BIN)/python -m recordings.model_building trials --sets $(MODEL_WORK)/trials
	$(BIN)/python -m recordings.model_building report --sets $(MODEL_WORK)/trials/test --out $(MODEL_WORK)/report.json

# The ordinary index has torch with GPU support only: 5 GB of disk for an environment of its own.
.venv-model/installed: requirements/speech-model.lock pyproject.toml
	deploy/install.sh
	test -x $(MODEL_BIN)/python || $(PYTHON) -m venv .venv-model
	$(MODEL_BIN)/pip install --quiet --require-hashes -r requirements/speech-model.lock
	touch $@

# Compiled here: the services' users may not write beside the sources, and would compile them at each start.
install:
	@deploy/install.sh
	@$(MAKE) --no-print-directory .venv/installed
	@deploy/path.sh
	@$(MAKE) --no-print-directory screens
	@$(BIN)/python -m compileall -q agi board recordings router warroom

# The screens' scripts and styles: board/static/.
screens: $(SCREENS)/manifest.json

$(SCREENS)/manifest.json: board/client/node_modules/.package-lock.json $(shell find board/client/src board/client/build.mjs -type f)
	cd board/client && PATH=$(CURDIR)/$(BIN):$$PATH npm run --silent build

# Node and npm come as a Python package, pinned like all others.
board/client/node_modules/.package-lock.json: board/client/package-lock.json | .venv/installed
	cd board/client && PATH=$(CURDIR)/$(BIN):$$PATH npm ci --silent
	touch $@

# The README's pictures, of a stack on a busy day.
screenshots: install browser
	$(REACH) $(BIN)/python -m tests.support.screenshots --out docs/pictures

browser: install
	@deploy/browser.sh

.venv/installed: requirements/dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --require-hashes --no-deps -r requirements/dev.lock
	$(BIN)/pip install --quiet --no-deps --editable .
	touch $@

# Renews the lock files after a change in pyproject.toml.
lock:
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	    --no-header --extra dev pyproject.toml --output-file requirements/dev.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	    --no-header pyproject.toml --output-file requirements/runtime.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	    --no-header --extra model pyproject.toml --output-file requirements/speech-model.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --python-version 3.11 --no-emit-index-url --no-emit-find-links \
	    --no-header --group voice --no-emit-package jaconv --no-emit-package numpy \
	    --output-file recordings/kokoro/voice.lock

clean:
	rm -rf board/static board/client/node_modules .venv .venv-model build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
