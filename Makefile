# The commands of the house. `make help` lists them.
BUILD ?= build
JOBS ?= $(shell nproc)
CMAKE_FLAGS ?=

.PHONY: help setup build demo test sanitize fuzz bench format check install clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup:  ## install what is missing (Debian 12, Ubuntu 24.04)
	@scripts/setup.sh

build: setup  ## build/lathe, build/liblathe.so
	@cmake -S . -B $(BUILD) -G Ninja $(CMAKE_FLAGS) > $(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }; rm -f $(BUILD).log
	@cmake --build $(BUILD) -j $(JOBS)

demo: build  ## the main job on the built-in model
	@$(BUILD)/lathe fill-mask --top-k 10 "The capital of France, [MASK], contains the Eiffel Tower."

test: build check  ## build and pass every test
	@ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

check:  ## formatting and the direction of includes
	@python3 scripts/check_includes.py
	@scripts/check_format.sh

sanitize: setup  ## the whole suite under the address, undefined and thread sanitizers
	@scripts/sanitize.sh

fuzz: setup  ## each fuzz target for 60 seconds
	@scripts/fuzz.sh 60

bench: build  ## the table against the peers and its plot (installs the peers into .venv)
	@scripts/bench.sh

format:  ## format all sources
	@scripts/check_format.sh --fix

install: build  ## into PREFIX (default /usr/local)
	@cmake --install $(BUILD) --prefix $(or $(PREFIX),/usr/local)

clean:  ## remove the build
	@rm -rf $(BUILD)
