/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MaxMind's databases nest (country.iso_code), those of ip-location-db and
 * others are flat (country_code): the tables below list the paths that are
 * tried for each fact, so that a layout is one more line.
 */
#define _GNU_SOURCE /* memfd_create */

#include "daemon/enrich/geoip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <maxminddb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/enrich/mmdb_check.h"
#include "daemon/log.h"
#include "dissect/text.h"

enum { PATH_DEPTH = 4, PATHS = 4 };

/* A file of 2 GiB would not fit the offsets of 32-bit machines. */
static const int64_t file_max = (int64_t)2 << 30;

struct geoip {
	unsigned n;
	MMDB_s db[];
};

static const char *const country_paths[PATHS][PATH_DEPTH] = {
	{ "country", "iso_code" },
	{ "country_code" },
	{ "registered_country", "iso_code" },
	{ "country" },
};
static const char *const city_paths[PATHS][PATH_DEPTH] = {
	{ "city", "names", "en" },
	{ "city" },
};
static const char *const asn_paths[PATHS][PATH_DEPTH] = {
	{ "autonomous_system_number" },
	{ "as_number" },
	{ "asn" },
};
static const char *const org_paths[PATHS][PATH_DEPTH] = {
	{ "autonomous_system_organization" },
	{ "as_organization" },
	{ "as_name" },
	{ "as_org" },
};

/* Copies in to out; returns NULL or what went wrong. */
static const char *
copy(int in, int out)
{
	uint8_t buf[65536];
	int64_t total = 0;

	for (;;) {
		ssize_t n = read(in, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return strerror(errno);
		if (n == 0)
			return NULL;
		total += n;
		if (total > file_max)
			return "larger than 2 GiB";
		for (ssize_t done = 0; done < n;) {
			ssize_t w = write(out, buf + done, (size_t)(n - done));

			if (w < 0 && errno != EINTR)
				return strerror(errno);
			if (w > 0)
				done += w;
		}
	}
}

/* Reads a file into sealed memory.  Returns its descriptor, or -1 and why. */
static int
load(const char *path, const char **why)
{
	struct stat st;
	int mem = -1;
	/* O_NONBLOCK: a FIFO must not hang us before fstat has seen it. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || fstat(fd, &st) < 0)
		*why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		*why = "not a regular file";
	else if (st.st_size == 0)
		*why = "empty";
	else if (st.st_size > file_max)
		*why = "larger than 2 GiB";
	else if ((mem = memfd_create("tapline-mmdb",
		      MFD_CLOEXEC | MFD_ALLOW_SEALING)) < 0)
		*why = strerror(errno);
	else if ((*why = copy(fd, mem)) == NULL &&
	    fcntl(mem, F_ADD_SEALS,
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
		*why = strerror(errno);
	if (*why != NULL && mem >= 0) {
		close(mem);
		mem = -1;
	}
	if (fd >= 0)
		close(fd);
	return mem;
}

/* Returns NULL if libmaxminddb may have the file, else why not. */
static const char *
check(int mem)
{
	struct stat st;

	if (fstat(mem, &st) < 0)
		return strerror(errno);

	size_t len = (size_t)st.st_size;
	void *p = mmap(NULL, len, PROT_READ, MAP_PRIVATE, mem, 0);

	if (p == MAP_FAILED)
		return strerror(errno);

	bool ok = mmdb_check_file(p, len);

	munmap(p, len);
	return ok ? NULL : "not a MaxMind DB, or damaged";
}

static bool
open_one(MMDB_s *db, const char *path)
{
	const char *why = NULL;
	int mem = load(path, &why);

	if (mem >= 0 && (why = check(mem)) == NULL) {
		char name[64];

		snprintf(name, sizeof(name), "/proc/self/fd/%d", mem);

		int rc = MMDB_open(name, MMDB_MODE_MMAP, db);

		if (rc != MMDB_SUCCESS)
			why = MMDB_strerror(rc);
	}
	if (mem >= 0)
		close(mem);
	if (why != NULL)
		log_error("%s: can't be used as a GeoIP database: %s", path,
		    why);
	return why == NULL;
}

struct geoip *
geoip_open(char *const *paths, unsigned n, unsigned *n_failed)
{
	struct geoip *g = calloc(1, sizeof(*g) + n * sizeof(g->db[0]));

	*n_failed = n;
	if (g == NULL)
		return NULL;
	for (unsigned i = 0; i < n; i++)
		if (open_one(&g->db[g->n], paths[i]))
			g->n++;
	*n_failed = n - g->n;
	if (g->n == 0) {
		free(g);
		return NULL;
	}
	return g;
}

void
geoip_close(struct geoip *g)
{
	if (g == NULL)
		return;
	for (unsigned i = 0; i < g->n; i++)
		MMDB_close(&g->db[i]);
	free(g);
}

/* RFC 6890, and the registries that it founded. */
static bool
special4(uint32_t a)
{
	static const struct {
		uint32_t net;
		unsigned bits;
	} nets[] = {
		{ 0x00000000, 8 }, /* this network */
		{ 0x0a000000, 8 }, /* private */
		{ 0x64400000, 10 }, /* shared, RFC 6598 */
		{ 0x7f000000, 8 }, /* loopback */
		{ 0xa9fe0000, 16 }, /* link-local */
		{ 0xac100000, 12 }, /* private */
		{ 0xc0000000, 24 }, /* IETF protocol assignments */
		{ 0xc0000200, 24 }, /* documentation */
		{ 0xc0586300, 24 }, /* 6to4 relay anycast */
		{ 0xc0a80000, 16 }, /* private */
		{ 0xc6120000, 15 }, /* benchmarking */
		{ 0xc6336400, 24 }, /* documentation */
		{ 0xcb007100, 24 }, /* documentation */
		{ 0xe0000000, 3 }, /* multicast, reserved and broadcast */
	};

	for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
		if ((a ^ nets[i].net) >> (32 - nets[i].bits) == 0)
			return true;
	return false;
}

static bool
special6(const uint8_t *a)
{
	/* Only 2000::/3 is global unicast so far (RFC 4291, section 2.4). */
	if (a[0] >> 5 != 1)
		return true;
	/* 2001::/23, protocol assignments, Teredo among them. */
	if (a[0] == 0x20 && a[1] == 0x01 && a[2] < 2)
		return true;
	/* 2001:db8::/32 and 3fff::/20, documentation. */
	if (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8)
		return true;
	if (a[0] == 0x3f && a[1] == 0xff && a[2] >> 4 == 0)
		return true;
	/* 2002::/16, 6to4. */
	return a[0] == 0x20 && a[1] == 0x02;
}

static bool
special(const uint8_t *addr, bool is_v6)
{
	uint32_t v4;

	if (is_v6)
		return special6(addr);
	memcpy(&v4, addr, sizeof(v4));
	return special4(ntohl(v4));
}

/* Cuts text at the last character that ends within size - 1 bytes. */
static void
take_text(char *out, size_t size, const MMDB_entry_data_s *d)
{
	char text[TEXT_MAX + 4];
	bool cut;
	size_t n = d->data_size;

	/* What is beyond can't show; it only costs time. */
	if (n > 2 * TEXT_MAX)
		n = 2 * TEXT_MAX;
	n = text_clean(text, (const uint8_t *)d->utf8_string, n, &cut);
	if (n > size - 1)
		for (n = size - 1; n > 0 && (text[n] & 0xc0) == 0x80;)
			n--;
	memcpy(out, text, n);
	out[n] = '\0';
}

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static void
take_country(char *out, const MMDB_entry_data_s *d)
{
	const char *s = d->utf8_string;

	if (d->data_size != 2 || !is_letter(s[0]) || !is_letter(s[1]))
		return;
	out[0] = (char)(s[0] & ~0x20);
	out[1] = (char)(s[1] & ~0x20);
	out[2] = '\0';
}

/* A number of any width, or text: "1221" or "AS1221". */
static uint32_t
number(const MMDB_entry_data_s *d)
{
	uint64_t v = 0;

	if (d->type == MMDB_DATA_TYPE_UINT16)
		v = d->uint16;
	else if (d->type == MMDB_DATA_TYPE_UINT32)
		v = d->uint32;
	else if (d->type == MMDB_DATA_TYPE_UINT64)
		v = d->uint64;
	else if (d->type == MMDB_DATA_TYPE_INT32 && d->int32 > 0)
		v = (uint64_t)d->int32;
	else if (d->type == MMDB_DATA_TYPE_UTF8_STRING) {
		const char *s = d->utf8_string, *end = s + d->data_size;

		if (end - s > 2 && memcmp(s, "AS", 2) == 0)
			s += 2;
		if (end - s > 10)
			return 0;
		for (; s < end; s++) {
			if (*s < '0' || *s > '9')
				return 0;
			v = v * 10 + (uint64_t)(*s - '0');
		}
	}
	return v <= UINT32_MAX ? (uint32_t)v : 0;
}

/* The next of the paths, from *i on, that leads to a value. */
static bool
find(MMDB_entry_s *entry, const char *const paths[PATHS][PATH_DEPTH],
    unsigned *i, MMDB_entry_data_s *d)
{
	while (*i < PATHS && paths[*i][0] != NULL) {
		const char *const *path = paths[(*i)++];

		if (MMDB_aget_value(entry, d, path) == MMDB_SUCCESS &&
		    d->has_data)
			return true;
	}
	return false;
}

static bool
is_text(const MMDB_entry_data_s *d)
{
	return d->type == MMDB_DATA_TYPE_UTF8_STRING && d->data_size > 0;
}

static void
take_entry(MMDB_entry_s *entry, struct geoip_info *info)
{
	MMDB_entry_data_s d;

	for (unsigned i = 0;
	     info->country[0] == '\0' && find(entry, country_paths, &i, &d);)
		if (is_text(&d))
			take_country(info->country, &d);
	for (unsigned i = 0;
	     info->city[0] == '\0' && find(entry, city_paths, &i, &d);)
		if (is_text(&d))
			take_text(info->city, sizeof(info->city), &d);
	for (unsigned i = 0; info->asn == 0 && find(entry, asn_paths, &i, &d);)
		info->asn = number(&d);
	for (unsigned i = 0;
	     info->as_org[0] == '\0' && find(entry, org_paths, &i, &d);)
		if (is_text(&d))
			take_text(info->as_org, sizeof(info->as_org), &d);
}

static void
ask(const MMDB_s *db, const uint8_t *addr, bool is_v6, struct geoip_info *info)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} u = { .sa.sa_family = is_v6 ? AF_INET6 : AF_INET };
	int rc;

	/* libmaxminddb calls it an error; it is an ordinary miss. */
	if (is_v6 && db->metadata.ip_version == 4)
		return;
	if (is_v6)
		memcpy(&u.in6.sin6_addr, addr, 16);
	else
		memcpy(&u.in.sin_addr, addr, 4);

	MMDB_lookup_result_s r = MMDB_lookup_sockaddr(db, &u.sa, &rc);

	if (rc == MMDB_SUCCESS && r.found_entry &&
	    mmdb_check_value(db->data_section, db->data_section_size,
		r.entry.offset))
		take_entry(&r.entry, info);
}

void
geoip_lookup(const struct geoip *g, const uint8_t *addr, bool is_v6,
    struct geoip_info *info)
{
	memset(info, 0, sizeof(*info));
	if (g == NULL || special(addr, is_v6))
		return;
	for (unsigned i = 0; i < g->n; i++)
		ask(&g->db[i], addr, is_v6, info);
}
