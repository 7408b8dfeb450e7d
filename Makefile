# Everything a person or a build server does here, one line each. `make` alone lists it.
# Works with GNU make 3.81 (macOS) and in folders whose names contain spaces: every path is relative.

PY := .venv/bin/python
CODE := src tests notebooks
.DEFAULT_GOAL := help

# Kernels come from .venv, whatever else is installed; worker processes are the parallelism; and
# without bytecode every kernel would compile pandas and matplotlib again.
export JUPYTER_PREFER_ENV_PATH := 1
export OPENBLAS_NUM_THREADS := 1
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH

# Only from the command line: some systems have a variable NAME of their own.
ifneq ($(origin NAME),command line)
NAME :=
endif

.PHONY: help report scenario test check lint coverage bench audit licences lab lock clean distclean no-name .venv/ok

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

report: .venv/ok  ## the report for every scenario; SCENARIOS="a b" and PATHS=n make a draft
	$(PY) -m partnering report $(SCENARIOS) $(if $(PATHS),--paths $(PATHS))

scenario: $(if $(NAME),.venv/ok,no-name)  ## one scenario's page in reports/draft: NAME=x
	$(PY) -m partnering report $(NAME)

test: .venv/ok  ## all tests
	$(PY) -m pytest -n 2 --dist loadfile

check: lint  ## what to run before a commit: lint, then the fast tests
	$(PY) -m pytest -m "not slow" -n 2 --dist loadfile

lint: .venv/ok  ## style, format and types
	$(PY) -m ruff check $(CODE)
	$(PY) -m ruff format --check $(CODE)
	$(PY) -m mypy

coverage: .venv/ok  ## how often the stated limits hold what they should: a quarter of an hour
	$(PY) tests/covered.py

bench: .venv/ok  ## how long model and report take: a quarter of an hour
	$(PY) tests/bench.py
	$(PY) tests/bench_report.py

audit: .venv/ok  ## known weaknesses of the locked packages; needs the network
	$(PY) tests/audit.py

licences: .venv/ok  ## list the licences of the locked packages in LICENCES.md again, on Python 3.11 and Linux
	$(PY) tests/licences.py

lab: .venv/ok  ## the notebooks in Jupyter
	$(PY) -m jupyter lab notebooks

lock: .venv/ok  ## resolve pyproject.toml into requirements.lock again, for the oldest Python allowed
	$(PY) -m uv pip compile pyproject.toml --extra dev --extra build --extra cluster --universal --python-version 3.11 \
		--generate-hashes --no-header -q -o requirements.lock

clean:  ## remove what was built: reports, stored runs, caches
	find reports -mindepth 1 -maxdepth 1 ! -name README.md ! -name preview.png -exec rm -rf {} +
	rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find $(CODE) -name __pycache__ -prune -exec rm -rf {} +

distclean: clean  ## clean, and remove the environment too
	rm -rf .venv

# The stamp holds digests, so content decides and not file times: asked every time, it costs some 15 ms.
# PYTHON=python3.12 chooses the interpreter.
.venv/ok:
	@sh .ci/setup.sh

no-name:
	$(error NAME is missing; say for example: make scenario NAME=base)
