/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader_compare FOLDER...: reads every capture below with our reader and with
 * libpcap's, as it is and cut at three places, and compares packets and ends.
 *
 * Each is read in place and in pieces of two sizes.  Prints where they differ
 * and, as remarks, the files that libpcap can't read to their end and ours can.
 * The last line is "N passed, N failed".
 */
#define _XOPEN_SOURCE 700 /* nftw */
#include <ftw.h>
#include <stdlib.h>

#include "daemon/capture/unpack.h"
#include "tests/lib/twin.h"

enum { CUTS = 3, FILE_MAX = 1 << 30 };

static unsigned n_passed, n_failed, n_remarks, n_files;
static unsigned long long n_packets;
static struct twin twin;

/* The whole file, unpacked; the caller frees it. */
static uint8_t *
read_file(const char *path, size_t *n)
{
	size_t size = 1 << 16, got;
	uint8_t *data = malloc(size);
	struct unpack *u = unpack_open(path, -1, twin.why, sizeof(twin.why));

	*n = 0;
	while (u != NULL && data != NULL && size <= FILE_MAX) {
		got = unpack_read(u, data + *n, size - *n);
		if (got == 0)
			break;
		*n += got;
		if (*n == size) {
			size *= 2;
			data = realloc(data, size);
		}
	}
	unpack_close(u);
	return data;
}

/* Cuts must not depend on the platform: xorshift, one seed for each file. */
static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static bool
compare(const char *path, const uint8_t *data, size_t n, const char *what)
{
	static const size_t chunks[] = { 0, 977, 1 << 20 };
	bool ok = true;

	for (unsigned i = 0; i < 3 && ok; i++) {
		/* Ends where its memory ends, so that asan sees a byte more. */
		uint8_t *exact = malloc(n + (n == 0));

		if (exact == NULL)
			return false;
		memcpy(exact, data, n);
		twin.data = exact;
		twin.n = n;
		twin.chunk = chunks[i];
		ok = twin_run(&twin);
		free(exact);
		if (!ok)
			printf("differs: %s, %s, %zu bytes, in %zu: %s; %s\n",
			    path, what, n, chunks[i], twin.why, twin.text);
	}
	n_packets += twin.packets;
	if (ok)
		n_passed++;
	else
		n_failed++;
	return ok;
}

static int
visit(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	uint64_t random = UINT64_C(0x9e3779b97f4a7c15);
	uint8_t *data;
	size_t n;

	(void)ftw;
	if (kind != FTW_F || !S_ISREG(st->st_mode))
		return 0;
	data = read_file(path, &n);
	if (data == NULL)
		return 1;
	n_files++;
	if (compare(path, data, n, "whole") && twin.remark != NULL) {
		n_remarks++;
		printf("remark: %s: %s: %llu packets, libpcap's %llu%s%s\n",
		    path, twin.remark, (unsigned long long)twin.packets,
		    (unsigned long long)twin.pcap_packets,
		    twin.is_damaged ? ", then: " : "", twin.text);
	}
	random ^= n;
	for (unsigned i = 0; i < CUTS && n > 0; i++)
		compare(path, data, (size_t)(next_random(&random) % n), "cut");
	free(data);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		printf("ok 1 - reader # SKIP name a folder of captures\n");
		return 0;
	}
	reader_init(&twin.reader);
	for (int i = 1; i < argc; i++) {
		if (nftw(argv[i], visit, 16, FTW_PHYS) != 0) {
			printf("not ok: cannot read %s\n", argv[i]);
			n_failed++;
		}
	}
	reader_fini(&twin.reader);
	printf("%u files, %llu packets read, %u remarks\n", n_files, n_packets,
	    n_remarks);
	printf("%u passed, %u failed\n", n_passed, n_failed);
	return n_failed > 0;
}
