/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which state a start takes: the folder's, or the one that was kept elsewhere.
 */
#include "daemon/capture/follow_store.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

enum { CARRIED_MAX = 1024 };

static const int64_t ns_per_s = 1000000000;

static char dir[] = "/tmp/tapline-store-XXXXXX";
static char folder[64];
static char *patterns[] = { folder };
static const struct follow_config config = { .patterns = patterns,
	.n_patterns = 1,
	.filter = "",
	.bin_ns = 1000000000 };
static uint8_t carried[CARRIED_MAX];
static size_t n_carried;

static void
path_of(char path[96], const char *name)
{
	snprintf(path, 96, "%s/%.24s", folder, name);
}

/* A process up to its death: what it restored, and what it leaves behind. */
static int64_t
live(int64_t saves_s, int64_t carries_s)
{
	struct follow *f = follow_new(&config);
	char err[256] = "";
	struct follow_store *s =
	    store_open(folder, f, carried, n_carried, err, sizeof(err));
	int64_t restored_s = follow_restored(f) / ns_per_s;
	const void *state;

	assert_string_equal(err, "");
	assert_non_null(s);
	if (saves_s > 0) {
		follow_closed(f, saves_s * ns_per_s);
		assert_true(store_save(s, err, sizeof(err)));
	}
	if (carries_s > 0) {
		follow_closed(f, carries_s * ns_per_s);
		state = store_state(s, &n_carried);
		assert_non_null(state);
		assert_true(n_carried <= sizeof(carried));
		memcpy(carried, state, n_carried);
	}
	store_close(s);
	follow_free(f);
	return restored_s;
}

static void
test_newer(void **state)
{
	(void)state;
	assert_int_equal(live(0, 5), 0);
	assert_int_equal(live(0, 0), 5); /* none is in the folder */
	assert_int_equal(live(5, 0), 5);
	assert_int_equal(live(6, 0), 5); /* both are the same */
	assert_int_equal(live(0, 7), 6); /* the folder's is newer */
	assert_int_equal(live(0, 0), 7); /* and now it is older */
}

static void
test_damage(void **state)
{
	char path[96];
	int fd;

	(void)state;
	live(5, 7);
	carried[n_carried - 1] ^= 1;
	assert_int_equal(live(0, 0), 5);
	carried[n_carried - 1] ^= 1;
	path_of(path, "follow.state");
	fd = open(path, O_WRONLY | O_TRUNC);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(live(0, 0), 7);
	path_of(path, "follow.state.damaged");
	assert_int_equal(access(path, F_OK), 0);
	n_carried = 4;
	assert_int_equal(live(0, 0), 0);
}

/* What was kept elsewhere belongs to a folder. */
static void
test_other_folder(void **state)
{
	char path[96];

	(void)state;
	live(5, 7);
	path_of(path, "follow.id");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(live(0, 0), 5);
	assert_int_equal(access(path, F_OK), 0);
}

static int
set_up(void **state)
{
	static unsigned n;

	(void)state;
	n_carried = 0;
	snprintf(folder, sizeof(folder), "%s/%u", dir, n++);
	return 0;
}

static int
make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int
tear_down(void **state)
{
	static const char *const names[] = { "follow.id", "follow.state",
		"follow.state.damaged" };
	char path[96];

	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path_of(path, names[i]);
		(void)unlink(path);
	}
	return rmdir(folder);
}

static int
remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_newer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_damage, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_other_folder, set_up,
		    tear_down),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
