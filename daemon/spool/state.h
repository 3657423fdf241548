/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the spool share; nobody else includes it.
 */
#ifndef DAEMON_SPOOL_STATE_H
#define DAEMON_SPOOL_STATE_H

#include "daemon/spool/segment.h"

enum { SPOOL_RUNS = 32, SPOOL_DIR = 4096 };

/* A number beyond this is damage, and none can overflow below it. */
#define SPOOL_K_MAX (UINT64_C(1) << 62)

struct spool_run {
	uint64_t id;
	uint64_t base[SPOOL_STREAMS]; /* its first k of a stream, less 1 */
	struct spool_sum base_sum[SPOOL_STREAMS];
};

struct spool_reader {
	struct spool *sp;
	char name[SPOOL_READER_NAME];
	bool is_known; /* by the journal */
	uint64_t settled[SPOOL_STREAMS];
	int64_t settled_ns[SPOOL_STREAMS];
	struct spool_sum settled_sum[SPOOL_STREAMS];
	uint64_t begun[SPOOL_STREAMS]; /* what is up to there was never its */
	struct spool_sum begun_sum[SPOOL_STREAMS];
	struct spool_loss losses[SPOOL_LOSSES];
	bool telling[SPOOL_LOSSES]; /* told when the batch is committed */
	unsigned n_losses;
	bool is_dirty; /* what is saved is older */

	uint64_t next[SPOOL_STREAMS];
	bool paused[SPOOL_STREAMS];
	uint64_t segment, offset; /* where it reads; 0: the oldest */
	struct view view;
};

struct spool {
	struct spool_config config;
	char dir[SPOOL_DIR]; /* "": in memory */
	int dirfd; /* -1: in memory */
	bool is_open;

	struct segment **segments; /* oldest first; the last is written to */
	unsigned n_segments, cap_segments;
	uint64_t next_number;
	uint64_t disk_bytes, memory_bytes;
	/* What is committed and may be read ends there. */
	uint64_t end_segment, end_offset;
	bool is_held; /* until it is on the disk itself */
	bool is_behind; /* there is more than may be read */

	uint64_t made[SPOOL_STREAMS]; /* k of the newest, committed or not */
	uint64_t committed[SPOOL_STREAMS];
	struct spool_sum made_sum[SPOOL_STREAMS], committed_sum[SPOOL_STREAMS];
	struct stream_id last_id[SPOOL_STREAMS];
	struct spool_run runs[SPOOL_RUNS]; /* oldest first; the last is ours */
	unsigned n_runs;

	struct spool_reader *readers[SPOOL_READERS];
	unsigned n_readers;

	uint8_t *blob, *next_blob; /* committed; for the next commit or NULL */
	size_t blob_len, next_blob_len;

	uint8_t *batch; /* frames that are not in a segment yet */
	size_t batch_len, batch_cap;
	struct {
		uint64_t first, last;
		int64_t first_ns;
		struct spool_sum before;
	} batch_has[SPOOL_STREAMS];
	bool has_open_batch;

	int64_t mono_ns; /* of the last call that said it */
	int64_t saved_ns, retry_ns, synced_ns;
	struct spool_sync *sync;
	bool is_sync_tried;
	bool is_failing;
	uint64_t disk_errors, cut_bytes, bad_bytes;
};

/* spool_head.c: the bodies of frames that hold state. */
size_t spool_pack_head(const struct spool *sp, uint8_t *out, size_t cap);
size_t spool_pack_reader(const struct spool_reader *r, uint8_t *out,
    size_t cap);
/* Takes state over and fills in what s says of itself; false: damaged. */
bool spool_unpack_head(struct spool *sp, struct segment *s, const uint8_t *body,
    size_t len);
bool spool_unpack_reader(struct spool *sp, const struct segment *s,
    const uint8_t *body, size_t len);

struct spool_data {
	uint8_t stream; /* the segment's number of it */
	uint64_t k;
	struct stream_id id;
	int64_t ts_ns;
	const uint8_t *payload;
	size_t len;
	struct spool_sum before, through; /* of a counted stream */
};

void spool_pack_data(struct pack *o, const struct spool_data *d, bool with_sum);
/* Of a segment; what it has no sums of is unknown. */
bool spool_unpack_data(struct spool_data *d, const struct segment *s,
    const uint8_t *body, size_t len);

/* spool_write.c */
bool spool_add_segment(struct spool *sp, struct segment *s);
/* Begins a new segment; false only when out of memory. */
bool spool_rotate(struct spool *sp);
/* Removes the oldest segment, if all in it is settled. */
bool spool_remove_settled(struct spool *sp);
/* What was set is what was committed last. */
void spool_take_blob(struct spool *sp);
/* Removes segment i with its file. */
void spool_remove(struct spool *sp, unsigned i);

/*
 * spool_open.c: makes, opens and locks the folder.  False after a reason in
 * err; true without a folder if the disk is in trouble.
 */
bool spool_open_dir(struct spool *sp, char *err, size_t err_size);

/* spool_disk.c */
struct segment *spool_newest(const struct spool *sp);
/* The disk has failed: memory takes its place. */
void spool_fail(struct spool *sp, int error);
/* After a while memory's segments go to the disk, in their order. */
void spool_heal(struct spool *sp);
/* Moves a segment from memory to the disk; false when that failed. */
bool spool_to_disk(struct spool *sp, struct segment *s, bool is_listed);
void spool_sync_segment(struct spool *sp, const struct segment *s);
/* Closes its file, which is synced. */
void spool_close_segment(struct spool *sp, struct segment *s);
void spool_show(struct spool *sp);

#endif
