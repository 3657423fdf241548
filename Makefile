# all: build/tapline · check: every test · units golden integration lint
# demo: the sample, replayed · fuzz bench format install clean · deps: install
# what is missing (Debian) · SAN=1: the same in build-san/ under ASan and UBSan

CC ?= cc
PREFIX ?= /usr/local
SAN ?= 0
Q := $(if $(V),,@)
MAKEFLAGS += --no-builtin-rules

ifeq ($(SAN),1)
B := build-san
OPT := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
OPT_LD := -fsanitize=address,undefined
else
B := build
OPT := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
OPT_LD := -Wl,-z,relro,-z,now
endif

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wcast-qual -Wwrite-strings -Wformat=2 -Wvla -Werror
LIBS := libpcap libevent libevent_extra libmaxminddb hiredis inih zlib libzstd
VERSION := 0.1.0

PKG_CFLAGS := $(shell pkg-config --cflags $(LIBS))
PKG_LIBS := $(shell pkg-config --libs $(LIBS))
# Instrumented code confuses gcc's bounds of snprintf and its data flow.
ifeq ($(SAN),1)
WARN += -Wno-format-truncation -Wno-maybe-uninitialized
endif

REAL_CFLAGS = -std=c11 -D_DEFAULT_SOURCE -I. $(OPT) -fPIE $(WARN) \
	-DTAPLINE_VERSION='"$(VERSION)"' \
	$(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS)
REAL_LDFLAGS = $(OPT_LD) -pie $(LDFLAGS)
REAL_LIBS = $(PKG_LIBS)

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

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(B)/tests/lib/guard.o $(B)/libtapline.a
	@echo '  LD $@'
	$Q$(CC) $(REAL_LDFLAGS) -o $@ $^ $(REAL_LIBS) -lcmocka

units: $(UNITS)
	@tests/run-units.sh $(UNITS)

clean:
	rm -rf build build-san

.PHONY: all units clean
.SECONDARY:
-include $(OBJ:.o=.d) $(wildcard $(B)/tests/*/*.d)
