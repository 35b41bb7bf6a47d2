# Every verb works from a bare clone: it makes .venv and installs what it needs, once.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PACKAGING := pyproject.toml deploy/constraints.txt $(wildcard deploy/locked/*.txt)
LOCAL := $(BIN)/python services/local
PLANNED = $(if $(PLAN),--plan "$(PLAN)") $(STAGES)
TRAINING := $(BIN)/python -m training
# A test that fails in CI is tried once more and named: CONTRIBUTING.md says what becomes of it.
PYTEST := $(BIN)/python -m pytest --durations 10 $(if $(CI),--reruns 1 --rerun-show-tracebacks)
TRIAL := PYTHONPATH=.:services:deploy $(BIN)/python -m tests.trials

# The audit of the gateway that `make up` starts, which changes of its releases belong to.
AUDITED := CXR_AUDIT_FOLDER=$${CXR_AUDIT_FOLDER:-build/run/audit/gateway}

# The key that `make up` has listener and reading room encrypt films' keys by, unless the environment names another one.
DISK_KEY = $(1)DISK_KEY=$${$(1)DISK_KEY:-$$(test -n "$$$(1)DISK_KEY_COMMAND" || ls build/run/disk.key 2>/dev/null)}

# Where the radiographs for training are: a folder with index.csv.
CXR_DATA ?= ../shared/data/cxr
# More of them, which are joined with those where they are there.
CXR_MORE_DATA ?= ../shared/data/adults
export CXR_DATA CXR_MORE_DATA
INDEXES = $(wildcard $(addsuffix /index.csv,$(CXR_DATA) $(CXR_MORE_DATA)))

.PHONY: help demo up down status logs top observe scale release models gateway scp review backup restore learn load bench trial test lint generated train docs dist sbom audit peers constraints

# Not compiled ahead: Python compiles what it imports, which is little of all that comes. Nothing is built but our own.
INSTALL := $(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check

help: # the list of verbs
	@awk -F ':.*## ' '/^##@ / {printf "%s%s\n", sep, substr($$0, 5); sep = "\n"} /^[a-z]+:.*## / {printf "  %-11s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Try it

demo: $(VENV)/.local ## start everything and assess the sample films; CXR_PORT=8001 make demo for another port
	@$(LOCAL) demo $(PLANNED)

up: $(VENV)/.local ## start everything; make up STAGES="classifier=2 segmenter.workers=2" or PLAN=file.env
	@$(LOCAL) up $(PLANNED)

down: $(VENV)/.local ## stop everything
	@$(LOCAL) down

status: $(VENV)/.local ## what runs, how much memory it takes, and whether it answers
	@$(LOCAL) status

logs: $(VENV)/.local ## all logs, merged; make logs ARGS="-f classifier" follows one
	@$(LOCAL) logs $(ARGS)

top: $(VENV)/.local ## live: films/s, p95, where a film's time goes, queues, replicas, last problems; ARGS="--once", "--json"
	@$(LOCAL) top $(ARGS)

##@ Operate it

scale: $(VENV)/.local ## more or fewer replicas while it is up; make scale STAGES="classifier=3 next/classifier=1"
	@$(LOCAL) scale $(PLANNED)

release: $(VENV)/.local ## which versions answer; make release ARGS="show", "shadow next", "settle", "rollback", "serve --help"
	@$(AUDITED) PYTHONPATH=services $(BIN)/python -m gateway release --file $${CXR_RELEASES:-build/run/releases.yaml} $(or $(ARGS),show)

models: $(VENV)/.local ## build and sign the archives (build/model_store); SIGN=release.key; RELEASE=next STORE=path/to/model_store beside them
	@PYTHONPATH=services $(BIN)/python -m local.archives $(if $(RELEASE),--release "$(RELEASE)") $(if $(STORE),--store "$(STORE)") $(if $(SIGN),--sign "$(SIGN)")

scp: $(VENV)/.local ## the listener's own commands; make scp ARGS="status", "ledger --history", "reconcile", "resend", "audit verify", "rekey", "forget --help"
	@$(call DISK_KEY,CXR_SCP_) CXR_SCP_FOLDER=$${CXR_SCP_FOLDER:-build/run/films} CXR_SCP_AUDIT_FOLDER=$${CXR_SCP_AUDIT_FOLDER:-build/run/audit/listener} PYTHONPATH=services $(BIN)/python -m scp $(ARGS)

review: $(VENV)/.local ## the reading room's own commands; make review ARGS="admin LOGIN", "export --out FOLDER", "audit verify", "rekey", "forget --help"
	@$(call DISK_KEY,REVIEW_) REVIEW_FOLDER=$${REVIEW_FOLDER:-build/run/readings} PYTHONPATH=services $(BIN)/python -m review $(ARGS)

backup: $(VENV)/.local ## all that nobody can make again into one file, while everything runs; make backup TO=/path; ENCRYPT=keyfile
	@$(LOCAL) backup $(if $(TO),--to "$(TO)") $(if $(ENCRYPT),--encrypt "$(ENCRYPT)")

restore: $(VENV)/.local ## put a backup back, after make down; make restore FROM=/path/to/file; DECRYPT=keyfile
	@$(LOCAL) restore $(if $(FROM),--from "$(FROM)") $(if $(DECRYPT),--decrypt "$(DECRYPT)")

observe: $(VENV)/.local ## Debian's Prometheus with our alert rules, beside the stack; make observe ARGS=stop ends it
	@$(LOCAL) observe $(ARGS)

learn: $(VENV)/.dev ## teach the models by what readers said, and judge it; make learn ARGS="look --labels FOLDER", "promote 1 --shadow", "--help"
	@$(AUDITED) $(call DISK_KEY,REVIEW_) REVIEW_FOLDER=$${REVIEW_FOLDER:-build/run/readings} PYTHONPATH=services $(BIN)/python -m learning $(or $(ARGS),round)

##@ Measure it

load: $(VENV)/.dev ## 16 users for a minute: requests/s, latency, errors (build/load.json); ARGS="--shape overload" and others
	@$(TRIAL) load $(ARGS)

bench: $(VENV)/.dev ## the gateway against the same networks in one process (build/bench.json)
	@$(TRIAL) bench $(ARGS)

trial: $(VENV)/.dev peers ## the other programs that measure: make trial ARGS="capacity", "compare", "drill --short"; none lists them
	@$(if $(findstring drill,$(ARGS)),PYTHONPATH=deploy $(BIN)/python tests/peers.py cc)  # its clock is compiled
	@$(TRIAL) $(ARGS)

##@ Develop it

test: $(VENV)/.dev peers ## every test, with real TorchServe, Valkey, PACS and browser; make test ARGS="tests/unit -k dicom"
	@$(if $(ARGS),$(PYTEST) $(ARGS),$(PYTEST) tests/unit; unit=$$?; \
	    $(PYTEST) tests/integration --dist loadfile --no-loadscope-reorder; integration=$$?; \
	    $(PYTEST) tests/containers -n 0 && exit $$((unit + integration)))

lint: $(VENV)/.dev ## style, types, who may import whom; types and tests of the pages, and that what is built is theirs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --no-cache
	@PYTHONPATH=services $(BIN)/python -m local.pages --check

generated: $(VENV)/.dev ## write what is made from other files: words, settings, protocol buffers, manifests, pages ...
	@PYTHONPATH=services:deploy $(BIN)/python -m generators
	@PYTHONPATH=services $(BIN)/python -m local.pages

train: $(VENV)/.dev ## fit, export and measure the three stages on CXR_DATA (hours)
	@test -f $(CXR_DATA)/index.csv || { echo "No index.csv in $(CXR_DATA). Say where the data set is: make train CXR_DATA=/path/to/it"; exit 1; }
	@for stage in segmenter discriminator classifier; do \
	    $(TRAINING) fit $$stage --data $(INDEXES) --out build/training/$$stage && \
	    $(TRAINING) export $$stage --data $(INDEXES) && \
	    $(TRAINING) evaluate $$stage --data $(INDEXES) || exit 1; \
	done
	@$(TRAINING) memory --data $(INDEXES)
	@$(TRAINING) reference --data $(INDEXES)

docs: $(VENV)/.dev ## the docs as a site to read without a network (build/site), every link checked
	@PYTHONPATH=deploy $(BIN)/python -m website

sbom: $(VENV)/.dev ## bills of materials, CycloneDX, of images, packages, pages, models (build/sbom); make audit ADVISORIES=folder
	@PYTHONPATH=services:deploy $(BIN)/python -m supply sbom

# Not listed: the verbs above call them, or tell of them.

audit: sbom # what is known against what the bills list, without a network (docs/deployment.md)
	@test -n "$(ADVISORIES)" || { echo "Say where the advisories are: make audit ADVISORIES=/path/to/osv (docs/deployment.md)"; exit 2; }
	@PYTHONPATH=services:deploy $(BIN)/python -m supply audit --advisories "$(ADVISORIES)"

dist: $(VENV)/.dev # what a stranger downloads of this version: wheels, signed archives, bills, sums (build/dist); IMAGES=1, too
	@test -n "$(SIGN)" || { echo "Say which key signs it: make dist SIGN=/path/to/release.key (docs/releasing.md)"; exit 2; }
	@PYTHONPATH=services:deploy $(BIN)/python -m distribution --sign "$(SIGN)" $(if $(IMAGES),--images)

gateway: $(VENV)/.local # the gateway's own commands beside release; make gateway ARGS="audit verify"
	@$(AUDITED) PYTHONPATH=services $(BIN)/python -m gateway $(or $(ARGS),--help)

peers: $(VENV)/.dev # Debian's programs that the tests talk to: a modality, a PACS, PostgreSQL, a browser (tests/peers.py)
	@PYTHONPATH=deploy $(BIN)/python tests/peers.py $(PEERS)

constraints: $(VENV)/.dev # pin what is installed now, and the hashes of its files (deploy/constraints.txt, deploy/locked)
	@PYTHONPATH=services:deploy $(BIN)/python -m supply lock

$(BIN)/python:
	@command -v $(PYTHON) > /dev/null || { echo "Python 3.11 is wanted and $(PYTHON) is not on PATH. Install it (Debian: python3.11 python3.11-venv), or say where it is: make demo PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Python 3.11 is wanted, and $(PYTHON) is another version. Say where it is: make demo PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { echo "$(PYTHON) comes without the module venv. Debian: apt-get install python3.11-venv"; exit 1; }
	@echo "  python        $$($(PYTHON) --version), new environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) --require-hashes -r deploy/locked/pip.txt || true  # only for its speed

# What a verb needs is installed again only where the versions changed.
$(VENV)/.local $(VENV)/.dev: $(VENV)/.%: $(PACKAGING) | $(BIN)/python
	@free=$$(df -Pk . | awk 'NR == 2 {print int($$4 / 1000)}'); [ "$$free" -gt 3000 ] || { echo "Only $$free MB are free on this disk; the packages need 3000 MB. Free some space and try again."; exit 1; }
	@echo "  dependencies  installing those of the extra '$*' (some minutes the first time)"
	@# By hashes; torch, which has a file for each kind of machine, by its version; then our own, with nothing fetched for it.
	@# openvino-telemetry is not among them: it reports every import of openvino to its maker, which does without it.
	@$(INSTALL) --require-hashes --only-binary :all: --no-deps -r deploy/locked/$*.txt && \
	    $(INSTALL) --only-binary :all: --constraint deploy/constraints.txt torch && \
	    $(INSTALL) --no-deps --no-build-isolation --editable . || { echo "Installing the dependencies failed; the lines above say why. Nothing was started."; exit 1; }
	@touch $@
