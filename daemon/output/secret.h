/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passwords and tokens come from files only: options show in the process list.
 */
#ifndef DAEMON_OUTPUT_SECRET_H
#define DAEMON_OUTPUT_SECRET_H

#include <stdbool.h>
#include <stddef.h>

enum { SECRET_SIZE = 1024, SECRET_HEADER = 2048 };

/*
 * Reads the first line of the file, printable characters, at least one.  False
 * after a reason in err, which never repeats what is in the file; out is empty
 * then.
 */
bool secret_read(char out[SECRET_SIZE], const char *path, char *err,
    size_t err_size);

/*
 * Writes the value of an HTTP header Authorization: that of a token, or of a
 * user and a password (RFC 7617).
 */
void secret_token(char out[SECRET_HEADER], const char *token);
void secret_basic(char out[SECRET_HEADER], const char *user,
    const char *password);

#endif
