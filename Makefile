# lprof-bpf: `make demo` and `make test` do everything on a fresh machine; see README.md.

CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
CLANG ?= clang
BPFTOOL ?= $(or $(shell command -v bpftool),/usr/sbin/bpftool)
PREFIX ?= /usr/local
DESTDIR ?=
# Where zsh looks: Debian's has a directory of its own for packages.
ZSH_DIRECTORY ?= $(PREFIX)/share/zsh/site-functions
B := build

# A lone `make` uses all processors; -jN on the command line wins.
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef -Wvla -Werror
CFLAGS ?= -O2 -g
# Generated headers are system headers: their warnings are not ours.
ALL_CPPFLAGS = -D_GNU_SOURCE -Isrc -Ibpf -isystem $(B) $(CPPFLAGS)
ALL_CFLAGS = -std=gnu11 $(WARNINGS) $(ALL_CPPFLAGS) $(CFLAGS)
SANITIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
LDLIBS := -lbpf -ldw -lelf -liberty -lZydis -ljansson -lprotobuf-c -lncursesw -ltinfo -lz -lm -pthread

# These are not of the program, but of what it loads into Python programs, and need Python's headers.
IN_PYTHON := src/shim/preload.c src/shim/preload_exec.c src/shim/preload_system.c src/shim/preload_text.c src/shim/holder.c src/shim/lprof_python.c src/shim/shim_calibrate.c src/shim/shim_code.c src/shim/shim_events.c src/shim/shim_frames.c \
	src/shim/shim_module.c src/shim/shim_monitoring.c src/shim/shim_run.c src/shim/shim_schedule.c
SOURCES := $(filter-out $(IN_PYTHON),$(wildcard src/*.c src/*/*.c))
# A test program is called like its source, wherever that is. In tests/unit/ itself is what several of them share.
UNIT := $(wildcard tests/unit/*/*.c)
vpath %.c tests/unit $(sort $(dir $(UNIT)))
TESTS := $(basename $(notdir $(UNIT)))
HELPERS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
MESSAGES := $(patsubst src/%.proto,%.pb-c,$(wildcard src/*/*.proto))
OBJECTS := $(SOURCES:src/%.c=$(B)/%.o) $(MESSAGES:%=$(B)/%.o)
TESTED := $(filter-out $(B)/main.o,$(OBJECTS)) $(HELPERS:%=$(B)/tests/%.o)
PROGRAM := $(B)/lprof-bpf
SKELETON := $(B)/lprof.skel.h
ASSETS := $(B)/report/report_html_assets.h
ASSET_STYLES := src/report/report_html.css src/report/report_html_picture.css
ASSET_SCRIPTS := src/report/report_html.js src/report/report_html_picture.js
SHIM := $(B)/shim/preload.so $(B)/shim/lprof_python.so $(B)/shim/holder.so
GENERATED := $(SKELETON) $(MESSAGES:%=$(B)/%.h) $(ASSETS) $(SHIM:%=%.h)
TEST_PROGRAMS := $(TESTS:%=$(B)/%) $(TESTS:%=$(B)/san/%)
# Each is built twice: for libFuzzer, and with a main program that replays inputs.
FUZZERS := $(basename $(notdir $(wildcard tests/fuzz/*.c)))
FUZZ_PROGRAMS := $(FUZZERS:%=$(B)/fuzz_%)
FUZZ_REPLAYS := $(FUZZERS:%=$(B)/san/fuzz_%)
FUZZ_SECONDS ?= 60
CLANG_OBJECTS := $(SOURCES:src/%.c=$(B)/clang/%.o) $(patsubst %,$(B)/clang/tests/%.o,$(TESTS) $(HELPERS))
INTEGRATION := $(shell find tests/integration -name "*.sh" -executable | sort)
# Scripts that take half a minute or more and are not needed to see whether a change is sound have a goal of their own.
LONG := $(patsubst %,tests/integration/%.sh,16-spared 20-callgrind 31-every-line 51-large 64-package 70-tracers 71-disclosure 75-killed \
	76-memory 82-python-monitoring 83-hostile 86-prefork 87-python-budget)
# These need large downloads.
PYTHON_LONG := $(patsubst %,tests/integration/%.sh,90-python-science 91-cpython-tests)
AS_ROOT := $(if $(filter 0,$(shell id -u)),,$(shell command -v sudo))

all: $(PROGRAM)

# Fails with the names of what is missing before a compiler can fail with something less helpful.
$(B)/.ready: tests/deps/packages tests/deps/deps
	@tests/deps/deps check build
	@mkdir -p $(B)
	@touch $@

# Of what is loaded into Python programs, tests of it are the only other user.
$(PROGRAM): $(filter-out $(B)/shim/%,$(OBJECTS))
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/%.o: src/%.c $(GENERATED) | $(B)/.ready
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The target's layout of pt_regs is what a uprobe program reads, hence the architecture macro.
$(B)/lprof.bpf.o: $(wildcard bpf/*.c bpf/*.h) vmlinux/vmlinux.h | $(B)/.ready
	$(CLANG) -O2 -g -Wall -Werror -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -Ivmlinux -Ibpf -c -o $@ bpf/lprof.bpf.c

$(SKELETON): $(B)/lprof.bpf.o
	{ echo '/* NOLINTBEGIN */' && $(BPFTOOL) gen skeleton $< name lprof_bpf && echo '/* NOLINTEND */'; } > $@.tmp
	mv $@.tmp $@

$(B)/%.pb-c.c $(B)/%.pb-c.h: src/%.proto | $(B)/.ready
	@mkdir -p $(@D)
	protoc-c --proto_path=src --c_out=$(B) $<

# Of generated sources, too, the warnings are not ours.
$(B)/%.pb-c.o: $(B)/%.pb-c.c
	$(CC) -w $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/san/%.pb-c.o: $(B)/%.pb-c.c
	@mkdir -p $(@D)
	$(CC) -w $(ALL_CFLAGS) $(SANITIZE) -MMD -MP -c -o $@ $<

# The html report's style and script as strings, and the script's hash, by which alone the page lets it run.
$(ASSETS): $(ASSET_STYLES) $(ASSET_SCRIPTS) | $(B)/.ready
	@mkdir -p $(@D)
	{ quote() { cat "$$@" | sed 's/[\\"]/\\&/g; s/.*/"&\\n"/'; } && \
		echo 'static const char style_sheet[] =' && quote $(ASSET_STYLES) && \
		echo '; static const char script[] =' && quote $(ASSET_SCRIPTS) && \
		echo '; static const char script_hash[] =' && \
		cat $(ASSET_SCRIPTS) | sha256sum | cut -c 1-64 | tr a-f A-F | basenc --base16 -d | base64 | sed 's/.*/"&";/'; } > $@

# What is loaded into Python programs: by the stable ABI, for all versions of Python. Nothing but its entry is visible there.
PYTHON_FLAGS := $(patsubst -I%,-isystem %,$(shell /usr/bin/python3-config --includes 2>/dev/null))
SHIM_FLAGS = $(ALL_CFLAGS) $(PYTHON_FLAGS) -fPIC -fvisibility=hidden
PRELOAD_SOURCES := src/shim/preload.c src/shim/preload_exec.c src/shim/preload_system.c src/shim/preload_text.c
SHIM_SOURCES := $(filter-out $(PRELOAD_SOURCES) src/shim/holder.c,$(wildcard src/shim/*.c))

$(B)/shim/preload.so: $(PRELOAD_SOURCES) $(wildcard src/shim/*.h) | $(B)/.ready
	@mkdir -p $(@D)
	$(CC) $(SHIM_FLAGS) $(LDFLAGS) -shared -o $@ $(PRELOAD_SOURCES)

$(B)/shim/holder.so: src/shim/holder.c | $(B)/.ready
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(WARNINGS) -O2 -ffreestanding -fno-stack-protector -fcf-protection=none -fno-pie -no-pie -static \
		-nostdlib -Wl,--build-id=none -o $@ $<

$(B)/shim/lprof_python.so: $(SHIM_SOURCES) $(wildcard src/shim/*.h src/base/*.h) | $(B)/.ready
	@mkdir -p $(@D)
	$(CC) $(SHIM_FLAGS) $(LDFLAGS) -shared -o $@ $(SHIM_SOURCES)

# As the elements of an array, without symbols that only debuggers need.
$(B)/shim/%.so.h: $(B)/shim/%.so
	strip -o $@.stripped $<
	od -An -v -tx1 $@.stripped | sed 's/[0-9a-f][0-9a-f]/0x&,/g' > $@
	rm $@.stripped

# Unit tests: plain, and with everything sanitised. An archive, since each needs a few objects only.
$(B)/tests/%.o $(B)/san/tests/%.o $(B)/fuzz/tests/%.o $(B)/clang/tests/%.o: ALL_CPPFLAGS += -Itests

$(B)/tests/%.o: %.c $(GENERATED) | $(B)/.ready
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/tested.a: $(TESTED)
	rm -f $@ && ar rcs $@ $^

$(B)/test_%: $(B)/tests/test_%.o $(B)/tested.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(B)/html_pages: tests/programs/html_pages.c $(B)/tested.a
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/san/%.o: src/%.c $(GENERATED) | $(B)/.ready
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(SANITIZE) -MMD -MP -c -o $@ $<

$(B)/san/tests/%.o: %.c $(GENERATED) | $(B)/.ready
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(SANITIZE) -MMD -MP -c -o $@ $<

$(B)/san/tested.a: $(TESTED:$(B)/%=$(B)/san/%)
	rm -f $@ && ar rcs $@ $^

$(B)/san/test_%: $(B)/san/tests/test_%.o $(B)/san/tested.a
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

$(B)/san/fuzz_%: $(B)/san/tests/fuzz/%.o $(B)/san/tests/fuzz/common/replay.o $(B)/san/tests/fuzz/common/fuzz.o $(B)/san/tested.a
	$(CC) $(CFLAGS) $(SANITIZE) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/san/tests/fuzz/%.o: tests/fuzz/%.c $(GENERATED) | $(B)/.ready
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(SANITIZE) -MMD -MP -c -o $@ $<

# For libFuzzer, which only clang has. Its check of pointers takes offset 0 from a null pointer, as empty arrays have it,
# for an error; gcc's does not.
FUZZ := $(SANITIZE) -fno-sanitize=pointer-overflow -fsanitize=fuzzer-no-link

$(B)/fuzz_objects $(B)/fuzz_functions: $(B)/fuzz/tests/fuzz/common/sections.o

$(B)/fuzz_%: $(B)/fuzz/tests/fuzz/%.o $(B)/fuzz/tests/fuzz/common/fuzz.o $(B)/fuzz/tested.a
	$(CLANG) $(CFLAGS) $(SANITIZE) -fsanitize=fuzzer $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(LDLIBS)

$(B)/fuzz/tests/fuzz/%.o: tests/fuzz/%.c $(GENERATED) | $(B)/.ready
	@mkdir -p $(@D)
	$(CLANG) $(ALL_CFLAGS) $(FUZZ) -MMD -MP -c -o $@ $<

$(B)/fuzz/%.o: src/%.c $(GENERATED) | $(B)/.ready
	@mkdir -p $(@D)
	$(CLANG) $(ALL_CFLAGS) $(FUZZ) -MMD -MP -c -o $@ $<

$(B)/fuzz/%.pb-c.o: $(B)/%.pb-c.c
	@mkdir -p $(@D)
	$(CLANG) -w $(ALL_CFLAGS) $(FUZZ) -MMD -MP -c -o $@ $<

$(B)/fuzz/tested.a: $(patsubst $(B)/%,$(B)/fuzz/%,$(filter-out $(B)/main.o,$(OBJECTS)))
	rm -f $@ && ar rcs $@ $^

# The second compiler is asked for its warnings only.
$(B)/clang/%.o: src/%.c $(GENERATED) | $(B)/.ready
	@mkdir -p $(@D)
	$(CLANG) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/clang/tests/%.o: %.c $(GENERATED) | $(B)/.ready
	@mkdir -p $(@D)
	$(CLANG) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/demo: tests/programs/demo.c | $(B)/.ready
	$(CC) -O2 -g -o $@ $<

# Goals that work on a bare machine install first what they need.
GOALS := $(MAKECMDGOALS)
BENCHES := bench bench-plans bench-samples bench-production bench-truth bench-safety
SETS := build $(if $(filter deps test test-long test-python lint fuzz $(BENCHES) test-kernels test-matrix,$(GOALS)),test) $(if $(filter test-bare,$(GOALS)),bare) \
	$(if $(filter $(filter-out bench,$(BENCHES)),$(GOALS)),samples) \
	$(if $(filter bench-production,$(GOALS)),production) $(if $(filter test-kernels,$(GOALS)),kernels) \
	$(if $(filter test-matrix,$(GOALS)),matrix) $(if $(filter deb,$(GOALS)),deb) $(if $(filter fuzz,$(GOALS)),fuzz)
ifneq ($(filter demo test test-long test-python lint fuzz $(BENCHES) test-kernels test-matrix deb,$(GOALS)),)
$(B)/.ready: | deps
endif

deps:
	@tests/deps/deps install $(SETS)

demo: $(PROGRAM) $(B)/demo
	$(AS_ROOT) $(PROGRAM) --no-pager -f longest_chain -- $(B)/demo

test: $(PROGRAM) $(CLANG_OBJECTS) $(TEST_PROGRAMS) $(FUZZ_REPLAYS) $(B)/html_pages
	@$(AS_ROOT) tests/run $(TEST_PROGRAMS) $(filter-out $(LONG) $(PYTHON_LONG),$(INTEGRATION))

test-long: $(PROGRAM)
	@$(AS_ROOT) tests/run $(LONG)

test-python: $(PROGRAM)
	@$(AS_ROOT) env TEST_TIMEOUT=$${TEST_TIMEOUT:-14400} tests/run $(PYTHON_LONG)

fuzz: $(FUZZ_PROGRAMS)
	tests/fuzz/common/run.sh $(FUZZ_SECONDS) $(FUZZERS)

bench: $(PROGRAM)
	$(AS_ROOT) tests/bench/run.sh

bench-plans: $(PROGRAM)
	$(AS_ROOT) tests/bench/plans.sh

bench-samples: $(PROGRAM)
	$(AS_ROOT) tests/bench/samples.sh

bench-production: $(PROGRAM)
	$(AS_ROOT) tests/bench/production.sh

bench-truth: $(PROGRAM)
	$(AS_ROOT) tests/bench/truth.sh

bench-safety: $(PROGRAM)
	$(AS_ROOT) tests/bench/safety.sh

test-bare: | deps
	$(AS_ROOT) tests/run-debootstrap.sh

test-kernels: $(PROGRAM) $(B)/test_attach
	$(AS_ROOT) tests/kernels/run.sh

test-matrix: $(PROGRAM)
	$(AS_ROOT) tests/matrix/run.py $(MATRIX)

lint: lint-format lint-layout $(SOURCES:src/%.c=$(B)/%.tidy) $(IN_PYTHON:src/%.c=$(B)/%.tidy)

$(IN_PYTHON:src/%.c=$(B)/%.tidy): ALL_CFLAGS += $(PYTHON_FLAGS)

lint-format: | $(B)/.ready
	clang-format --dry-run -Werror $(wildcard $(addsuffix /*.[ch],src src/* bpf tests/unit tests/unit/* tests/fuzz tests/fuzz/common tests/programs tests/bench tests/bench/loads))

lint-layout:
	tests/lint/layout

$(B)/%.tidy: src/%.c $(GENERATED) $(wildcard src/*/*.h bpf/*.h) .clang-tidy | $(B)/.ready
	@mkdir -p $(@D)
	@echo clang-tidy $<
	@clang-tidy --quiet $< -- $(ALL_CFLAGS) 2> $@.log || { cat $@.log >&2; exit 1; }
	@touch $@

vmlinux:
	$(BPFTOOL) btf dump file /sys/kernel/btf/vmlinux format c > vmlinux/vmlinux.h.tmp
	mv vmlinux/vmlinux.h.tmp vmlinux/vmlinux.h

SHARE = $(DESTDIR)$(PREFIX)/share

install: $(PROGRAM)
	install -D -m 755 $(PROGRAM) "$(DESTDIR)$(PREFIX)/bin/lprof-bpf"
	install -D -m 644 src/install/lprof-bpf.8 "$(SHARE)/man/man8/lprof-bpf.8"
	install -D -m 644 src/report/profile.schema.json "$(SHARE)/lprof-bpf/profile.schema.json"
	install -D -m 644 src/install/completion/lprof-bpf.bash "$(SHARE)/bash-completion/completions/lprof-bpf"
	install -D -m 644 src/install/completion/lprof-bpf.fish "$(SHARE)/fish/vendor_completions.d/lprof-bpf.fish"
	install -D -m 644 src/install/completion/_lprof-bpf "$(DESTDIR)$(ZSH_DIRECTORY)/_lprof-bpf"

uninstall:
	rm -f "$(DESTDIR)$(PREFIX)/bin/lprof-bpf" "$(SHARE)/man/man8/lprof-bpf.8"
	rm -f "$(SHARE)/bash-completion/completions/lprof-bpf" "$(SHARE)/fish/vendor_completions.d/lprof-bpf.fish"
	rm -f "$(DESTDIR)$(ZSH_DIRECTORY)/_lprof-bpf" "$(SHARE)/lprof-bpf/profile.schema.json"
	rmdir --ignore-fail-on-non-empty "$(SHARE)/lprof-bpf"

deb: | $(B)/.ready
	+@src/install/debian/build $(B)/deb

clean:
	rm -rf $(B)

.PHONY: all deps demo test test-long test-python fuzz test-bare test-kernels test-matrix $(BENCHES) lint lint-format lint-layout vmlinux install uninstall deb clean
.DELETE_ON_ERROR:
.SECONDARY:
COMPILED := $(SOURCES:src/%.c=%) $(MESSAGES) $(patsubst %,tests/%,$(TESTS) $(HELPERS))
FUZZ_COMPILED := $(FUZZERS:%=tests/fuzz/%) $(patsubst tests/fuzz/%.c,tests/fuzz/%,$(wildcard tests/fuzz/common/*.c))
-include $(wildcard $(foreach place,$(B) $(B)/san $(B)/clang $(B)/fuzz,$(COMPILED:%=$(place)/%.d) $(FUZZ_COMPILED:%=$(place)/%.d)))
