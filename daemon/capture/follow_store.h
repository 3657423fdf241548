/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder that keeps what a follower needs after a restart, for one process
 * at a time.  A file there is replaced as a whole or not at all, whatever
 * happens in between.
 */
#ifndef DAEMON_CAPTURE_FOLLOW_STORE_H
#define DAEMON_CAPTURE_FOLLOW_STORE_H

#include "daemon/capture/follow.h"

struct follow_store;

/*
 * Opens the folder, which is made if its parent is there, and gives f back
 * what is kept there; what is damaged there is put away after a message.  NULL
 * after a reason in err: it can't be opened, or is in use.
 *
 * carried is what store_state gave an earlier process, if that was kept
 * elsewhere, together with what it is about: it wins over an older state in
 * the folder.  That of another folder is left alone.
 */
struct follow_store *store_open(const char *path, struct follow *f,
    const void *carried, size_t n_carried, char *err, size_t err_size);
void store_close(struct follow_store *s);

/*
 * Saves what a restart needs now.  It waits for the disk.  False after a
 * reason in err: what was saved before is still there then.
 */
bool store_save(struct follow_store *s, char *err, size_t err_size);

/*
 * What a restart needs now, to be kept elsewhere; borrowed until the next call
 * of a function here.  NULL if there is no memory, or the folder has no name of
 * its own, for want of a disk.
 */
const void *store_state(struct follow_store *s, size_t *n);

#endif
