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
 */
struct follow_store *store_open(const char *path, struct follow *f, char *err,
    size_t err_size);
void store_close(struct follow_store *s);

/*
 * Saves what a restart needs now.  It waits for the disk.  False after a
 * reason in err: what was saved before is still there then.
 */
bool store_save(struct follow_store *s, char *err, size_t err_size);

#endif
