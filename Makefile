# Two commands do all on a fresh Debian 12: `make jam` and `make check`. `make help` names the rest.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help jam check soak clean
MAKEFLAGS += --no-print-directory
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

python := .venv/bin/python
install := $(python) -m pip install -qq --disable-pip-version-check --editable

# What Debian calls it = what shows that it is there: a program, or a file.
for_jam := libasound2=/usr/lib/*/libasound.so.2 fluidsynth=fluidsynth \
	timgm6mb-soundfont=/usr/share/sounds/sf2/*.sf2
for_check := jackd2=jackd abcmidi=abc2midi systemd=systemd-analyze procps=ps faketime=faketime \
	pipewire-jack=/usr/lib/*/pipewire-0.3/jack/libjack.so.0
for_soak := debootstrap=debootstrap systemd-container=systemd-nspawn

help: ## say what can be done here
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

jam: .venv/runs ## set up what running needs, then jam over music/primer.mid into jam/
	@$(python) -m improvd jam music/primer.mid -o jam/jam.mid

check: .venv/checks ## set up the rest, then check style, types and behaviour
	@$(python) -m ruff check
	@$(python) -m ruff format --check
	@$(python) -m mypy
	@$(python) -m pytest -m "not soak" --numprocesses auto
	@echo "check: all well; what is too long for it is done by: make soak"

soak: .venv/soaks ## run the tests that are too long for check, and fuzz the parsers
	$(call debian_packages,$(for_soak))
	@$(python) -m pytest -m soak

clean: ## remove the environment and everything that was made here
	rm -rf .venv jam build *.egg-info .pytest_cache .ruff_cache .mypy_cache
	find improvd tests -name __pycache__ -prune -exec rm -rf {} +

# The first Python that is new enough and can make an environment (Debian splits that off).
python_found = for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && \
	command -v $$python && break; done

# As root on Debian install what is missing; else name it in one line and go on without.
define debian_packages
	@missing=(); \
	[ -n "$$($(python_found))" ] || missing+=(python3-venv); \
	for pair in $(1); do \
		command -v "$${pair#*=}" >/dev/null || compgen -G "$${pair#*=}" >/dev/null || \
			missing+=("$${pair%%=*}"); \
	done; \
	[ $${#missing[@]} -gt 0 ] || exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "installing $${missing[*]}"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get -qq update; \
		apt-get -qq install -y --no-install-recommends "$${missing[@]}" >/dev/null; \
	else \
		echo "missing here, by their Debian names: $${missing[*]}" >&2; \
	fi; \
	[ -n "$$($(python_found))" ] || \
		{ echo "improvd needs Python 3.11 or newer with its module ensurepip" >&2; exit 1; }
endef

.venv/runs: pyproject.toml
	$(call debian_packages,$(for_jam))
	@echo "setting up .venv for running"
	@[ -x .venv/bin/pip ] || $$($(python_found)) -m venv --clear .venv
	@$(install) '.[plot]'
	@touch $@

.venv/checks: pyproject.toml .venv/runs
	$(call debian_packages,$(for_check))
	@echo "setting up .venv for checking and training"
	@$(install) '.[dev]'
	@touch $@

.venv/soaks: pyproject.toml .venv/checks
	@$(install) '.[fuzz]' && touch $@ || echo "no atheris for this Python: no parser is fuzzed" >&2
