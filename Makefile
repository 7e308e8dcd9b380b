# SPDX-License-Identifier: Apache-2.0
#
# Makefile - the front door; Meson and Ninja do the work behind it, in folders under build/.

JOBS ?= $(shell nproc 2>/dev/null || echo 2)
TEST_JOBS ?= $(shell expr $(JOBS) + 1)
PREFIX ?= /usr/local
DESTDIR ?=
FUZZ_SECONDS ?= 30

NINJA = ninja -j $(JOBS)
# Tests wait for half of their time, as what they test does.
RUN_TESTS = tools/run-tests --jobs $(TEST_JOBS)
# A finding ends the program, so that a test cannot pass with one.
SANE = ASAN_OPTIONS=detect_leaks=1:abort_on_error=1 \
	UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
	TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

.DEFAULT_GOAL := help
.PHONY: help setup build demo test check-fast lint bench fuzz asan tsan format install clean \
	packages-build packages-test screenshots

help: ## this list
	@echo "Lockstep: make TARGET"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "Variables: JOBS=$(JOBS) TEST_JOBS=$(TEST_JOBS) PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) FUZZ_SECONDS=$(FUZZ_SECONDS)"

setup: packages-test ## install every missing Debian package (for building and for testing)

# Asked each time: with nothing missing it costs some hundredths of a second.
packages-build:
	@tools/setup build

packages-test:
	@tools/setup test

build: build/release/build.ninja ## the release build, in build/release
	@$(NINJA) -C build/release

demo: build ## sync a stand-in's records into demo/lockstep.db and show the result
	@tools/demo

test: build/test/build.ninja ## everything: unit, golden, end to end, fuzz corpora, lint
	@$(NINJA) -C build/test
	@$(RUN_TESTS) build/test

check-fast: build/test/build.ninja ## the unit tests alone
	@$(NINJA) -C build/test
	@$(RUN_TESTS) build/test --suite unit

lint: build/test/build.ninja ## the house rules alone
	@$(NINJA) -C build/test build.ninja
	@$(RUN_TESTS) build/test --suite lint

bench: build ## speed beside a featureless loop and plain scripts
	@bench/run

screenshots: packages-test build ## a picture of every page of the console, in docs/console
	@node tests/console/screenshots.js build/release/sandbox/lockstep-sandbox \
		build/release/lockstep sqlite

fuzz: build/fuzz/build.ninja ## every fuzz target for FUZZ_SECONDS
	@$(NINJA) -C build/fuzz fuzzers
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tools/fuzz build/fuzz

asan: build/asan/build.ninja ## the unit tests and fuzz corpora under ASan and UBSan
	@$(NINJA) -C build/asan
	@$(SANE) $(RUN_TESTS) build/asan --suite unit --suite fuzz

tsan: build/tsan/build.ninja ## the unit tests under ThreadSanitizer
	@$(NINJA) -C build/tsan
	@$(SANE) $(RUN_TESTS) build/tsan --suite unit

format: ## clang-format over every C file
	@tools/lint format --fix

install: build ## into PREFIX (below DESTDIR when given)
	@meson configure build/release -Dprefix=$(PREFIX)
	@DESTDIR=$(DESTDIR) meson install -C build/release

clean: ## remove build/ and the demo's database
	@rm -rf build demo

# -Werror is for those who work on the code: a newer compiler's new warning must not stop a user.
build/release/build.ninja: | packages-build
	@meson setup build/release --buildtype=release -Dtests=false -Dwerror=false -Dprefix=$(PREFIX)

build/test/build.ninja: | packages-test
	@meson setup build/test --buildtype=debugoptimized

# gcc's warnings see ghosts in code that it has itself instrumented.
build/asan/build.ninja: | packages-test
	@meson setup build/asan -Dwerror=false -Db_sanitize=address,undefined -Db_lundef=false

build/tsan/build.ninja: | packages-test
	@meson setup build/tsan -Dwerror=false -Db_sanitize=thread -Db_lundef=false

build/fuzz/build.ninja: | packages-test
	@CC=clang meson setup build/fuzz -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false \
		-Dc_args=-fsanitize=fuzzer-no-link
