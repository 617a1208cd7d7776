# make demo    builds rgrad into .venv, trains a network on handwritten digits, shows the loss
# make test    every test and lint: format, types, Rust tests without Python, pytest; benches are compiled
# make build   rgrad in .venv            make stubs   python/rgrad/_C.pyi from the built module
# make bench   all benches               make clean   removes .venv and what was built
#
# A fresh machine needs Rust 1.89 or newer, a C linker, make, python3 and its venv module.

SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The core is built, tested and benched as if there were no Python on the machine.
CORE := PYO3_PYTHON=/nonexistent
CORE_FLAGS := --release --no-default-features

.PHONY: demo test lint core pytest build bench stubs clean tools

demo: build $(VENV)/demo.stamp
	$(BIN)/python examples/digits.py

test: lint core pytest

tools:
	@command -v cargo >/dev/null || { \
	  echo 'rgrad needs Rust 1.89 or newer, and there is no cargo in PATH.'; \
	  echo 'Install rustup (https://rustup.rs), then: rustup toolchain install stable'; exit 1; }
	@rustc --version | awk '{ split($$2, v, "."); if (v[1] * 1000 + v[2] < 1089) { \
	  print "rgrad needs Rust 1.89 or newer, this is " $$2 ". Try: rustup update stable"; exit 1 } }'
	@command -v cc >/dev/null || command -v gcc >/dev/null || command -v clang >/dev/null || { \
	  echo 'rgrad needs a C linker, and there is none in PATH (Debian: apt-get install gcc libc6-dev).'; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo 'rgrad needs CPython 3.10 or newer; say which with: make PYTHON=python3.12 demo'; exit 1; }

$(BIN)/maturin: | tools
	@$(PYTHON) -c 'import ensurepip, venv' || { \
	  echo 'The venv module of $(PYTHON) is missing (Debian: apt-get install python3-venv).'; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'maturin>=1.7,<2' 'numpy>=1.24'

# Packages by their names in pyproject.toml, so that each is said once.
$(VENV)/demo.stamp: pyproject.toml scripts/extras.py | $(BIN)/maturin
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $$($(BIN)/python scripts/extras.py demo)
	@touch $@

$(VENV)/test.stamp: pyproject.toml scripts/extras.py | $(BIN)/maturin
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $$($(BIN)/python scripts/extras.py test)
	@touch $@

# Thin LTO, several units. The published wheel is `maturin build`, with the profile dist.
build: $(BIN)/maturin
	@echo 'building rgrad into $(VENV); the first time takes a minute or two'
	@VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/maturin develop --profile release > $(VENV)/build.log 2>&1 \
	  || { cat $(VENV)/build.log; exit 1; }

lint: $(VENV)/test.stamp
	cargo fmt --check
	PYO3_PYTHON=$(abspath $(BIN))/python cargo clippy --release --all-targets --quiet -- -D warnings
	$(BIN)/ruff check
	$(BIN)/mypy

# Without optimisation across crates, which each of a dozen test programs would repeat.
core: export CARGO_PROFILE_RELEASE_LTO = false
core: | tools
	$(CORE) cargo test $(CORE_FLAGS) --quiet
	$(CORE) cargo test --no-default-features --features complex --test complex --quiet
	$(CORE) cargo bench --no-default-features --no-run --quiet

pytest: build $(VENV)/test.stamp
	$(BIN)/python -m pytest -q

bench: build
	$(CORE) cargo bench --no-default-features --bench graph
	$(CORE) cargo bench --no-default-features --bench kernels
	$(CORE) cargo bench --no-default-features --bench conv
	$(CORE) cargo bench --no-default-features --bench families
	$(BIN)/python benches/budget.py
	$(BIN)/python benches/ratio.py

stubs: build
	$(BIN)/python scripts/make_stubs.py

clean:
	rm -rf $(VENV) target dist demo
