# Perennial. `make run` and `make test` need Python 3.11 or newer, make and a network; everything else comes by itself.
.DEFAULT_GOAL := help
.PHONY: help run test check bench shots requirements stop clean

VENV := .venv
PYTHON := $(VENV)/bin/python
PORT ?= 8000
HOST ?= 127.0.0.1
SCALE ?= 1
BENCH ?=
LONGEST_FILE := 400
export PORT HOST
# Where it is set, each of many short processes would compile all of Perennial for itself.
unexport PYTHONDONTWRITEBYTECODE
ifdef DEMO
export DEMO
endif
ifdef DATA_DATE
export DATA_DATE
endif

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|' 2>/dev/null || grep '## ' Makefile

run: $(VENV)/.base ## run everything in front; Ctrl-C stops it (PORT=8000 HOST=127.0.0.1 DEMO=1 DATA_DATE=)
	@exec $(PYTHON) manage.py up --with-parent

test: $(VENV)/.dev ## run the tests (ARGS="-k name")
	@$(PYTHON) -m pytest -n $$(($$(nproc 2>/dev/null || echo 1) + 1)) --maxprocesses 8 --dist loadgroup \
	  --no-loadscope-reorder $(ARGS)

check: $(VENV)/.dev ## lint, types, layers, templates, length of files, missing migrations
	@status=0; said=$$(mktemp); \
	step() { printf '%s\n' "- $$1"; shift; "$$@" || status=1; }; \
	$(PYTHON) -m mypy . >"$$said" 2>&1 & types=$$!; \
	step "style" $(PYTHON) -m ruff check .; \
	step "format" $(PYTHON) -m ruff format --check .; \
	step "layers" $(VENV)/bin/lint-imports; \
	step "templates" $(PYTHON) -m djlint --lint --quiet .; \
	step "template rules" $(PYTHON) manage.py lint_templates; \
	step "length of files" $(MAKE) --no-print-directory lengths; \
	step "migrations" $(PYTHON) manage.py makemigrations --check --dry-run; \
	step "types" wait $$types; cat "$$said"; rm -f "$$said"; \
	exit $$status

.PHONY: lengths
lengths:
	@find . \( -name '.?*' -o -name node_modules -o -name migrations \) -prune -o \
	  \( -name '*.py' -o -name '*.html' -o -name '*.css' -o -name '*.js' \) ! -name '*.min.js' -print | sort \
	  | while read -r file; do lines=$$(wc -l < "$$file"); \
	    [ "$$lines" -le $(LONGEST_FILE) ] || echo "$$file: $$lines lines, at most $(LONGEST_FILE): split it by concept"; done \
	  | { ! grep .; }

bench: $(VENV)/.dev ## measure (BENCH=name for one, SCALE=1)
	@SCALE=$(SCALE) $(PYTHON) -m bench $(BENCH)

shots: $(VENV)/.dev ## pictures of every page, in shots/
	@$(PYTHON) manage.py shots

requirements: $(VENV)/.dev ## compile requirements/*.in to *.txt with hashes
	@for name in base dev; do \
	  $(VENV)/bin/uv pip compile --quiet requirements/$$name.in --output-file requirements/$$name.txt || exit 1; done

stop: ## stop the embedded servers that single commands left running
	@[ ! -x $(PYTHON) ] || $(PYTHON) -m config.stack stop

clean: stop ## remove what make built; data in .data stays
	@rm -rf $(VENV) .static shots .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps: installed once, again when the requirements change. Python compiles what is used when it is used; of all
# that comes along most never is.
$(VENV)/.base: requirements/base.txt | $(VENV)/.made
	@echo "Installing what Perennial runs on (once)"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/.made
	@echo "Installing what the tests and checks need (once)"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements/dev.txt
	@touch $(VENV)/.base $@

$(VENV)/.made:
	@sh config/stack/make-venv.sh $(VENV)
	@touch $@
