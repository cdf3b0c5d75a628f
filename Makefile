# The commands of the house. `make help` lists them.
BUILD ?= build
JOBS ?= $(shell nproc)
CMAKE_FLAGS ?=
# A first build is for running; tests join it when they are wanted, and stay.
WITHOUT_TESTS = $(if $(wildcard $(BUILD)/CMakeCache.txt),,-DLATHE_BUILD_TESTS=OFF)
CONFIGURE = cmake -S . -B $(BUILD) -G Ninja $(CMAKE_FLAGS)
quietly = $(1) > $(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }; rm -f $(BUILD).log

.PHONY: help setup build demo test sanitize fuzz bench format check install clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup:  ## install what building needs and is missing (Debian 12, Ubuntu 24.04)
	@scripts/setup.sh

build: setup  ## build/lathe, build/liblathe.so
	@$(call quietly,$(CONFIGURE) $(WITHOUT_TESTS))
	@cmake --build $(BUILD) -j $(JOBS) --target lathe_cli lathe

demo: setup  ## the main job on the built-in model
	@$(call quietly,$(CONFIGURE) $(WITHOUT_TESTS))
	@cmake --build $(BUILD) -j $(JOBS) --target lathe_cli
	@$(BUILD)/lathe fill-mask --top-k 10 "The capital of France, [MASK], contains the Eiffel Tower."

test:  ## build and pass every test, check formatting and includes
	@scripts/setup.sh --test
	@$(MAKE) --no-print-directory check
	@$(call quietly,$(CONFIGURE) -DLATHE_BUILD_TESTS=ON)
	@cmake --build $(BUILD) -j $(JOBS)
	@scripts/onnx_cases.sh $(BUILD)/onnx-cases
	@ctest --test-dir $(BUILD) --output-on-failure --no-tests=error -j $(JOBS)

check:  ## formatting, the direction of includes, pages of layers
	@python3 scripts/check_includes.py
	@python3 scripts/layer_pages.py --check
	@scripts/check_format.sh

sanitize:  ## the whole suite under the address, undefined and thread sanitizers
	@scripts/setup.sh --test
	@scripts/sanitize.sh

fuzz:  ## each fuzz target for 60 seconds
	@scripts/fuzz.sh 60

bench: build  ## the table against the peers and its plot (installs the peers into .venv)
	@scripts/bench.sh

format:  ## format all sources
	@scripts/check_format.sh --fix

install: build  ## into PREFIX (default /usr/local)
	@cmake --install $(BUILD) --prefix $(or $(PREFIX),/usr/local)

clean:  ## remove the build
	@rm -rf $(BUILD)
