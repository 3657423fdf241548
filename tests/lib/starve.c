/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into tapline, makes allocations fail as if there were no memory:
 *
 *   STARVE_IN=LETTERS  of which calls: t of tapline's own, c of these but
 *                      malloc and realloc, m of its mappings, s of the
 *                      libraries'
 *   STARVE_NTH=N       only call number N, counted from the start, or
 *   STARVE_ONE_IN=N    one of N, chosen by STARVE_SEED
 *   STARVE_GATE=FILE   none while the file's first byte isn't '1'
 *   STARVE_TELL=FILE   gets two uint64_t: calls that count, those that failed
 *   STARVE_THREADS=1   threads can't be made, either
 *
 * The caller is who called malloc, so what a library allocates for tapline is
 * the library's, and what libevent and OpenSSL allocate tapline's: they ask its
 * reserve, which asks malloc and realloc.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void *__libc_memalign(size_t align, size_t n);

struct told {
	_Atomic uint64_t calls, failed;
};

static struct told nowhere;
static struct {
	bool is_ready, own, own_rest, mappings, others, no_threads;
	uint64_t nth, one_in, seed;
	const volatile char *gate; /* NULL: open */
	struct told *told;
	uintptr_t from, to; /* tapline's text */
} state;

/* The file that a variable names, in memory; NULL if it names none. */
static void *
map_file(const char *name, size_t size)
{
	const char *path = getenv(name);
	int fd =
	    path != NULL ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666) : -1;
	void *p = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, (off_t)size) == 0)
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	return p != MAP_FAILED ? p : NULL;
}

static uint64_t
number(const char *name)
{
	const char *text = getenv(name);

	return text != NULL ? strtoull(text, NULL, 10) : 0;
}

/* The first object is the program. */
static int
find_text(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];

		if (h->p_type != PT_LOAD || !(h->p_flags & PF_X))
			continue;
		state.from = info->dlpi_addr + h->p_vaddr;
		state.to = state.from + h->p_memsz;
	}
	return 1;
}

/* SplitMix64: whether call n fails depends on n and the seed only. */
static uint64_t
scramble(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *in = getenv("STARVE_IN");

	dl_iterate_phdr(find_text, NULL);
	state.own = in == NULL || strchr(in, 't') != NULL;
	state.own_rest = in != NULL && strchr(in, 'c') != NULL;
	state.mappings = in != NULL && strchr(in, 'm') != NULL;
	state.others = in != NULL && strchr(in, 's') != NULL;
	state.nth = number("STARVE_NTH");
	state.one_in = number("STARVE_ONE_IN");
	state.seed = scramble(number("STARVE_SEED"));
	state.no_threads = number("STARVE_THREADS") != 0;
	state.gate = map_file("STARVE_GATE", 1);
	state.told = map_file("STARVE_TELL", sizeof(struct told));
	if (state.told == NULL)
		state.told = &nowhere;
	state.told->calls = state.told->failed = 0;
	state.is_ready = true;
}

enum kind { PLAIN, REST, MAPPING };

static bool
is_meant(uintptr_t caller, enum kind kind)
{
	if (caller < state.from || caller >= state.to)
		return state.others;
	if (kind == MAPPING)
		return state.mappings;
	return state.own || (kind == REST && state.own_rest);
}

static bool
fails(const void *caller, enum kind kind)
{
	bool fail;
	uint64_t n;

	if (!state.is_ready || !is_meant((uintptr_t)caller, kind))
		return false;
	if (state.gate != NULL && *state.gate != '1')
		return false;
	n = ++state.told->calls;
	fail = n == state.nth ||
	    (state.one_in > 0 && scramble(state.seed + n) % state.one_in == 0);
	if (fail) {
		state.told->failed++;
		errno = ENOMEM;
	}
	return fail;
}

#define FAILS(kind) fails(__builtin_return_address(0), kind)

void *
malloc(size_t n)
{
	return FAILS(PLAIN) ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return FAILS(REST) ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return FAILS(PLAIN) ? NULL : __libc_realloc(p, n);
}

int
posix_memalign(void **p, size_t align, size_t n)
{
	if (FAILS(REST))
		return ENOMEM;
	*p = __libc_memalign(align, n);
	return *p != NULL ? 0 : ENOMEM;
}

void *
aligned_alloc(size_t align, size_t n)
{
	return FAILS(REST) ? NULL : __libc_memalign(align, n);
}

char *
strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = FAILS(REST) ? NULL : __libc_malloc(n);

	return p != NULL ? memcpy(p, s, n) : NULL;
}

char *
strndup(const char *s, size_t max)
{
	size_t n = strnlen(s, max);
	char *p = FAILS(REST) ? NULL : __libc_malloc(n + 1);

	if (p == NULL)
		return NULL;
	p[n] = '\0';
	return memcpy(p, s, n);
}

FILE *
fopen64(const char *path, const char *mode)
{
	static FILE *(*real)(const char *, const char *);

	if (FAILS(REST))
		return NULL;
	if (real == NULL)
		real = (FILE * (*)(const char *, const char *))
		    dlsym(RTLD_NEXT, "fopen64");
	return real(path, mode);
}

void *
mmap64(void *at, size_t n, int prot, int flags, int fd, off64_t offset)
{
	static void *(*real)(void *, size_t, int, int, int, off64_t);

	if (fails(__builtin_return_address(0), MAPPING))
		return MAP_FAILED;
	if (real == NULL)
		real = (void *(*)(void *, size_t, int, int, int,
		    off64_t))dlsym(RTLD_NEXT, "mmap64");
	return real(at, n, prot, flags, fd, offset);
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*fn)(void *), void *arg)
{
	static int (*real)(pthread_t *, const pthread_attr_t *,
	    void *(*)(void *), void *);

	if (state.no_threads || FAILS(REST))
		return EAGAIN;
	if (real == NULL)
		real = (int (*)(pthread_t *, const pthread_attr_t *,
		    void *(*)(void *), void *))dlsym(RTLD_NEXT,
		    "pthread_create");
	return real(thread, attr, fn, arg);
}
