# make demo and make test need only Python 3.11+, git and make: they set themselves up in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: inventories inspect-page demo test lint format docs lock clean setup differential api facts api-facts fix-law fuzz groundtruth bench test-worker worker-image

demo: $(STAMP)
	@sh tests/demo.sh $(BIN)/dfguard

# One process per core, at most eight; tests depend neither on their order nor on each other.
test: $(STAMP)
	$(BIN)/python -m pytest -n auto --maxprocesses 8 --dist worksteal

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m dfguard.docs --check

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP)
	$(BIN)/python -m dfguard.docs

setup: $(STAMP)

$(STAMP): requirements/dev.lock pyproject.toml
	@sh requirements/install.sh "$(PYTHON)" "$(VENV)"
	@touch $@

lock:
	cd requirements && uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url dev.in -o dev.lock

# LIST is a file with the path of one Dockerfile a line, below one folder per repository.
LIST ?= build/dockerfiles.txt
differential: $(STAMP)
	$(BIN)/python benchmarks/differential.py $(LIST)

fix-law: $(STAMP)
	$(BIN)/python benchmarks/fix_law.py --alone $(LIST)

groundtruth: $(STAMP)
	$(BIN)/python tests/groundtruth/make.py

bench: $(STAMP)
	$(BIN)/python benchmarks/against.py fixtures/origin/broken/Dockerfile.runpod

# CORPUS may name a folder of other Dockerfiles to mutate.
fuzz: $(STAMP)
	$(BIN)/python benchmarks/fuzz.py $(if $(CORPUS),--corpus $(CORPUS))

# The worker's own tests need PyTorch: about 2.3 GB in an environment of their own.
test-worker:
	examples/f5tts-runpod/run-tests

# Needs BuildKit: GROUNDTRUTH names the tool that runs it.
worker-image:
	examples/f5tts-runpod/image-test

inspect-page: $(STAMP)
	tests/page/run

# Reads wheels from PyPI (about ten minutes) and writes rules/tables/api.yaml.
# Needs root, debootstrap and the archives of Debian and Ubuntu; `python benchmarks/maintainer_scripts.py` (3 GB) only when packages change
# what their scripts make.
inventories: $(STAMP)
	$(BIN)/python benchmarks/inventories.py

api: $(STAMP)
	$(BIN)/python benchmarks/api.py

facts: $(STAMP)
	$(BIN)/python -m pytest tests/facts/real_caches.py

# Fetches about 300 MB of wheels.
api-facts: $(STAMP)
	$(BIN)/python -m pytest tests/facts/real_api.py

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
