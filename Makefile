# SPDX-License-Identifier: Apache-2.0
# all: build/tapline · demo: install what is missing, build, show the sample
# check: install what is missing, run every test · units golden lint fuzz-replay
# fuzz bench analyze format reformat vm install clean · SAN=1: in build-san/ under ASan, UBSan
# · SAN=thread: in build-tsan/ under TSan

CC ?= cc
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
SAN ?= 0
Q := $(if $(V),,@)
MAKEFLAGS += --no-builtin-rules

ifeq ($(SAN),1)
B := build-san
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
OPT_LD := -fsanitize=address,undefined
else ifeq ($(SAN),thread)
B := build-tsan
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
OPT_LD := -fsanitize=thread
else
B := build
# Two counters added as a vector would wait for the stores of each.
SPEED := -O3 -fno-tree-slp-vectorize
OPT := $(SPEED) -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
OPT_LD := -Wl,-z,relro,-z,now
# The program is optimised as a whole, the tests' are linked from plain code.
LTO ?= $(if $(findstring clang,$(CC)),,-flto=auto -ffat-lto-objects)
LTO_LD = $(if $(LTO),$(SPEED) $(LTO))
NO_LTO_LD = $(if $(LTO),-fno-lto)
endif

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wcast-qual -Wwrite-strings -Wformat=2 -Wvla -Werror
LIBS := libpcap libseccomp libevent libevent_openssl libmaxminddb hiredis zlib libzstd \
	libnghttp2 libssl libcrypto
# 7 KB that few systems have installed: linked in.  INIH=-linih shares it.
INIH ?= -l:libinih.a
VERSION := 0.1.0

PKG_CFLAGS := $(shell pkg-config --cflags $(LIBS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(LIBS) 2>/dev/null) $(INIH)
# Instrumented code confuses gcc's bounds of snprintf and its data flow.
ifneq ($(SAN),0)
WARN += -Wno-format-truncation -Wno-maybe-uninitialized
endif

REAL_CFLAGS = -std=c11 -D_DEFAULT_SOURCE -I. $(OPT) $(LTO) -fPIE $(WARN) \
	-DTAPLINE_VERSION='"$(VERSION)"' \
	$(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS)
REAL_LDFLAGS = $(OPT_LD) $(NO_LTO_LD) -pie $(LDFLAGS)
$(B)/tapline: NO_LTO_LD = $(LTO_LD)
REAL_LIBS = $(PKG_LIBS) -pthread

SRC := $(wildcard daemon/*.c daemon/*/*.c dissect/*.c config/*.c)
OBJ := $(SRC:%.c=$(B)/%.o)
LIB_OBJ := $(filter-out $(B)/daemon/main.o,$(OBJ))
UNITS := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/*_test.c))

all: $(B)/tapline

$(B)/tapline: $(B)/daemon/main.o $(B)/libtapline.a
	@echo '  LD $@'
	$Q$(CC) $(REAL_LDFLAGS) -o $@ $^ $(REAL_LIBS)

$(B)/libtapline.a: $(LIB_OBJ)
	@rm -f $@
	$Qar rcs $@ $^

$(B)/dissect/%.o: WARN += -Wconversion -Wsign-conversion
$(B)/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC $<'
	$Q$(CC) $(REAL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(B)/tests/lib/guard.o \
    $(B)/tests/lib/feed.o $(B)/libtapline.a
	@echo '  LD $@'
	$Q$(CC) $(REAL_LDFLAGS) -o $@ $^ $(REAL_LIBS) -lcmocka

# Its malloc and realloc fail when it says so.
$(B)/tests/unit/reserve_test: REAL_LDFLAGS += -Wl,--wrap=malloc,--wrap=realloc

# Runs under valgrind, which can't read clang's debug information.
COMPLEXITY := $(patsubst %.c,$(B)/%.o,$(wildcard tests/complexity/*.c))
$(B)/tests/complexity/complexity: $(COMPLEXITY) $(B)/libtapline.a
	@echo '  LD $@'
	$Q$(CC) $(REAL_LDFLAGS) -Wl,-S -o $@ $^ $(REAL_LIBS)

# Our reader of captures beside libpcap's: reader_compare FOLDER
$(B)/tests/corpus/%: $(B)/tests/corpus/%.o $(B)/libtapline.a
	$Q$(CC) $(REAL_LDFLAGS) -o $@ $^ $(REAL_LIBS)

# Confines itself as tapline does, and tries what it may: see sandbox.sh
$(B)/tests/integration/%: $(B)/tests/integration/%.o $(B)/libtapline.a
	@echo '  LD $@'
	$Q$(CC) $(REAL_LDFLAGS) -o $@ $^ $(REAL_LIBS)

# The program as the tests run it: what its sandbox doesn't foresee kills it.
$(B)/tests/tapline-strict: tests/lib/strict.c $(B)/tapline
	@mkdir -p $(@D)
	$Q$(CC) $(REAL_CFLAGS) -DSTRICT_BIN='"$(abspath $(B)/tapline)"' -o $@ $<

units: $(UNITS)
	@tests/run-units.sh $(UNITS)

golden: $(B)/tapline
	@BIN=$(B)/tapline tests/golden/run.sh

lint: $(B)/tapline
	@tests/lint.sh $(B)

# Installs the libraries first: a new machine can't read this file's
# pkg-config lines, so the work is left to a second make.
check:
	@tests/deps.sh test
	@$(MAKE) --no-print-directory all
	@SAN=$(SAN) tests/check.sh $(B)

demo:
	@tests/deps.sh build
	@$(MAKE) --no-print-directory all
	@docs/demo.sh $(B)/tapline

# Fuzzing: each entry for FUZZ_TIME seconds with clang's libFuzzer.
FUZZ_TIME ?= 60
FUZZERS := $(patsubst tests/fuzz/%_fuzz.c,%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_FLAGS = -std=c11 -D_DEFAULT_SOURCE -I. -O2 -g \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-DTAPLINE_VERSION='"$(VERSION)"' $(PKG_CFLAGS)
# daemon/memory.c makes way for arena.c.
FUZZ_OBJ := $(patsubst %.c,build-fuzz/obj/%.o, \
	$(filter-out daemon/main.c daemon/memory.c,$(SRC)) tests/fuzz/arena.c)

# Tables and sketches compare numbers all the time, and none of them is magic.
build-fuzz/obj/daemon/meter/%.o build-fuzz/obj/daemon/track/%.o \
    build-fuzz/obj/daemon/report/%.o: \
    FUZZ_COVER := -fno-sanitize-coverage=trace-cmp

build-fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo '  FUZZ $<'
	$Qclang -fsanitize=fuzzer-no-link $(FUZZ_COVER) $(FUZZ_FLAGS) -MMD -MP -c -o $@ $<

build-fuzz/libtapline.a: $(FUZZ_OBJ)
	@rm -f $@
	$Qar rcs $@ $^

build-fuzz/%: build-fuzz/obj/tests/fuzz/%_fuzz.o build-fuzz/libtapline.a
	$Qclang -fsanitize=fuzzer $(FUZZ_FLAGS) -o $@ $^ $(PKG_LIBS)

fuzz: $(FUZZERS:%=build-fuzz/%)
	@tests/fuzz/run.sh $(FUZZ_TIME) $(FUZZERS)

# Seeds and past findings, through the same entries, with any compiler.
$(B)/tests/fuzz/%_replay: $(B)/tests/fuzz/%_fuzz.o $(B)/tests/fuzz/main.o \
    $(B)/libtapline.a
	$Q$(CC) $(REAL_LDFLAGS) -o $@ $^ $(REAL_LIBS)

fuzz-replay: $(FUZZERS:%=$(B)/tests/fuzz/%_replay)
	@for f in $(FUZZERS); do \
		if $(B)/tests/fuzz/$${f}_replay tests/fuzz/corpus/$$f; then \
			echo "ok fuzz corpus: $$f"; \
		else \
			echo "not ok fuzz corpus: $$f"; \
		fi; \
	done

# Faults that need a machine: in virtual ones.  VM="power clock" for some of it.
vm:
	@tests/deps.sh vm
	@$(MAKE) --no-print-directory all $(B)/tests/integration/sandbox_probe
	@tests/vm/run.sh $(B) $(VM)

# Calls between these are led through the clocks of cost.c.
COST_WRAP := track_segment track_datagram track_fragment track_advance \
	meter_batch meter_roll
$(B)/tests/bench/cost: $(B)/tests/bench/cost.o $(B)/libtapline.a
	@echo '  LD $@'
	$Q$(CC) $(REAL_LDFLAGS) $(COST_WRAP:%=-Wl,--wrap=%) -o $@ $^ $(REAL_LIBS)

bench: $(B)/tapline $(B)/tests/bench/cost
	@BIN=$(B)/tapline tests/bench/bench.sh

# clang's static analyser, over what is built: fails if it finds anything.
analyze:
	@printf '%s\n' $(SRC) | xargs -P 2 -n 8 clang --analyze -Xclang -analyzer-werror \
		-Xclang -analyzer-output=text -std=c11 -D_DEFAULT_SOURCE -I. \
		-DTAPLINE_VERSION='"$(VERSION)"' $(PKG_CFLAGS)

SOURCES = $(shell git ls-files '*.c' '*.h')
format:
	@clang-format --dry-run -Werror $(SOURCES)

format-test:
	@if $(MAKE) -s format; then echo 'ok format'; else echo 'not ok format'; fi

reformat:
	@clang-format -i $(SOURCES)

install: $(B)/tapline
	install -D -m 755 $< $(DESTDIR)$(PREFIX)/bin/tapline
	install -D -m 644 docs/tapline.8 \
	    $(DESTDIR)$(PREFIX)/share/man/man8/tapline.8
	install -D -m 644 docs/tapline.conf.5 \
	    $(DESTDIR)$(PREFIX)/share/man/man5/tapline.conf.5
	install -D -m 644 docs/tapline.bash-completion \
	    $(DESTDIR)$(PREFIX)/share/bash-completion/completions/tapline
	test -e $(DESTDIR)$(SYSCONFDIR)/tapline/tapline.conf || \
	    install -D -m 644 config/tapline.conf \
	    $(DESTDIR)$(SYSCONFDIR)/tapline/tapline.conf
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed -e 's|/usr/bin/tapline|$(PREFIX)/bin/tapline|g' \
	    -e 's|/etc/tapline|$(SYSCONFDIR)/tapline|g' systemd/tapline@.service \
	    >$(DESTDIR)$(PREFIX)/lib/systemd/system/tapline@.service
	install -D -m 644 systemd/tapline.sysusers \
	    $(DESTDIR)$(PREFIX)/lib/sysusers.d/tapline.conf

clean:
	rm -rf build build-san build-tsan build-fuzz

.PHONY: all units golden lint check demo fuzz fuzz-replay bench analyze format \
	format-test \
	reformat vm install clean
.SECONDARY:
-include $(OBJ:.o=.d) $(wildcard $(B)/tests/*/*.d) $(FUZZ_OBJ:.o=.d) \
	$(wildcard build-fuzz/obj/tests/fuzz/*.d)
