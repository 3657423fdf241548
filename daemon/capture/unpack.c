/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/capture/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum {
	IN_SIZE = 256 * 1024,
	WINDOW_LOG_MAX = 27 /* zstd: refuse to need more than 128 MiB */
};

enum packing { PLAIN, GZIP, ZSTD };

struct unpack {
	int fd, stop_fd;
	enum packing packing;
	uint64_t position;
	const char *fault;
	bool is_end; /* of the file */
	bool in_frame; /* in the middle of a packed stream */
	size_t at, have; /* what is left in in[] */
	z_stream gzip;
	ZSTD_DStream *zstd;
	uint8_t in[IN_SIZE];
};

/* Waits for something to read, or an end; false if it has to stop. */
static bool
wait_for_bytes(const struct unpack *u)
{
	struct pollfd fds[] = { { .fd = u->fd, .events = POLLIN },
		{ .fd = u->stop_fd, .events = POLLIN } };

	while (poll(fds, 2, -1) < 0 && errno == EINTR)
		;
	return fds[1].revents == 0;
}

/* Reads from the file; 0 at its end, after a fault and if it has to stop. */
static size_t
read_some(struct unpack *u, void *out, size_t size)
{
	ssize_t n;

	/* Others may have made standard input non-blocking, or empty. */
	do
		n = wait_for_bytes(u) ? read(u->fd, out, size) : 0;
	while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0)
		u->fault = strerror(errno);
	if (n <= 0) {
		u->is_end = true;
		return 0;
	}
	u->position += (uint64_t)n;
	return (size_t)n;
}

/* Reads more of the file into in[], behind what is left there. */
static bool
fill(struct unpack *u)
{
	memmove(u->in, u->in + u->at, u->have);
	u->at = 0;
	u->have += read_some(u, u->in + u->have, IN_SIZE - u->have);
	return u->fault == NULL;
}

/* Plain bytes: those looked at first, then straight from the file. */
static size_t
copy(struct unpack *u, void *out, size_t size)
{
	size_t n = u->have < size ? u->have : size;

	if (n == 0)
		return read_some(u, out, size);
	memcpy(out, u->in + u->at, n);
	u->at += n;
	u->have -= n;
	return n;
}

/* Each unpacks what it can from in[] to out and returns the bytes made. */
static size_t
gunzip(struct unpack *u, void *out, size_t size)
{
	size_t made;
	int rc;

	if (!u->in_frame && u->have > 0) {
		inflateReset(&u->gzip);
		u->in_frame = true;
	}
	u->gzip.next_in = u->in + u->at;
	u->gzip.avail_in = (uInt)u->have;
	u->gzip.next_out = out;
	u->gzip.avail_out = (uInt)size;
	rc = inflate(&u->gzip, Z_NO_FLUSH);
	u->at += u->have - u->gzip.avail_in;
	u->have = u->gzip.avail_in;
	made = size - u->gzip.avail_out;
	if (rc == Z_STREAM_END)
		u->in_frame = false; /* another member may follow */
	else if (rc != Z_OK && rc != Z_BUF_ERROR)
		u->fault = "damaged gzip data";
	return made;
}

static size_t
unzstd(struct unpack *u, void *out, size_t size)
{
	ZSTD_inBuffer in = { u->in + u->at, u->have, 0 };
	ZSTD_outBuffer to = { out, size, 0 };
	size_t rc = ZSTD_decompressStream(u->zstd, &to, &in);

	u->at += in.pos;
	u->have -= in.pos;
	if (ZSTD_isError(rc))
		u->fault = "damaged zstd data";
	else
		u->in_frame = rc != 0;
	return to.pos;
}

size_t
unpack_read(struct unpack *u, void *out, size_t size)
{
	size_t made = 0;

	while (u->fault == NULL && made == 0) {
		if (u->packing == PLAIN)
			return copy(u, out, size);
		if (u->have > 0 || u->in_frame)
			made = u->packing == GZIP ? gunzip(u, out, size)
						  : unzstd(u, out, size);
		if (made > 0 || u->fault != NULL)
			break;
		if (u->is_end) {
			if (u->in_frame)
				u->fault = "the compressed data is cut off";
			break;
		}
		if (u->have < IN_SIZE && !fill(u))
			break;
	}
	return made;
}

void
unpack_close(struct unpack *u)
{
	if (u == NULL)
		return;
	if (u->packing == GZIP)
		inflateEnd(&u->gzip);
	ZSTD_freeDStream(u->zstd);
	if (u->fd != STDIN_FILENO)
		close(u->fd);
	free(u);
}

/* Tells the packing by its first bytes and makes ready for it. */
static bool
recognise(struct unpack *u)
{
	static const uint8_t gzip[] = { 0x1f, 0x8b };
	static const uint8_t zstd[] = { 0x28, 0xb5, 0x2f, 0xfd };

	while (u->have < sizeof(zstd) && !u->is_end)
		if (!fill(u))
			return false;
	if (u->have >= sizeof(gzip) && memcmp(u->in, gzip, sizeof(gzip)) == 0) {
		u->packing = GZIP;
		return inflateInit2(&u->gzip, 15 + 16) == Z_OK;
	}
	if (u->have >= sizeof(zstd) && memcmp(u->in, zstd, sizeof(zstd)) == 0) {
		u->packing = ZSTD;
		u->zstd = ZSTD_createDStream();
		return u->zstd != NULL &&
		    !ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd,
			ZSTD_d_windowLogMax, WINDOW_LOG_MAX));
	}
	return true;
}

static int
open_input(const char *path, char *err, size_t err_size)
{
	int fd, flags = O_RDONLY | O_CLOEXEC | O_NOCTTY;
	struct stat st;

	if (strcmp(path, "-") == 0)
		return STDIN_FILENO;
	/* Whoever writes to a FIFO is waited for when it is read. */
	if (stat(path, &st) == 0 && S_ISFIFO(st.st_mode))
		flags |= O_NONBLOCK;
	fd = open(path, flags);
	if (fd < 0) {
		snprintf(err, err_size, "%s", strerror(errno));
		return -1;
	}
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		snprintf(err, err_size, "is a directory");
		close(fd);
		return -1;
	}
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return fd;
}

/* Takes fd over. */
static struct unpack *
begin(int fd, int stop_fd, char *err, size_t err_size)
{
	struct unpack *u = calloc(1, sizeof(*u));

	if (u == NULL) {
		snprintf(err, err_size, "out of memory");
		if (fd != STDIN_FILENO)
			close(fd);
		return NULL;
	}
	u->stop_fd = stop_fd;
	u->fd = fd;
	if (!recognise(u)) {
		snprintf(err, err_size, "%s",
		    u->fault != NULL ? u->fault : "cannot be unpacked");
		unpack_close(u);
		return NULL;
	}
	return u;
}

struct unpack *
unpack_open(const char *path, int stop_fd, char *err, size_t err_size)
{
	int fd = open_input(path, err, err_size);

	return fd < 0 ? NULL : begin(fd, stop_fd, err, err_size);
}

struct unpack *
unpack_open_fd(int fd, char *err, size_t err_size)
{
	return begin(fd, -1, err, err_size);
}

uint64_t
unpack_position(const struct unpack *u)
{
	return u->position;
}

bool
unpack_is_packed(const struct unpack *u)
{
	return u->packing != PLAIN;
}

bool
unpack_is_file(const struct unpack *u)
{
	struct stat st;

	return fstat(u->fd, &st) == 0 && S_ISREG(st.st_mode);
}

const char *
unpack_fault(const struct unpack *u)
{
	return u->fault;
}
