/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving rights up, once everything that needs them is open.
 *
 * Afterwards the process can't get rights back, can't be traced or read by
 * its own user, and leaves no core: what it holds is other people's traffic.
 * Plain system calls, no libcap.
 */
#ifndef DAEMON_PRIVILEGES_H
#define DAEMON_PRIVILEGES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Root becomes user: by name, or, if that is "", the user tapline if there is
 * one, else nobody.  "root" stays root, for a machine whose files demand it,
 * but without capabilities.  Another user than root stays what it is, and
 * user is not looked at.
 *
 * All capabilities go, in every set, except CAP_NET_RAW under keep_net_raw
 * and if it is held: with it an interface that went away can be opened again.
 *
 * Descriptors that are open stay usable; what is opened later (an interface, a
 * database on reload) is opened with the new rights.  Call it before a second
 * thread exists.  Returns false with one line in err if any step fails or
 * root could be had back; the caller must then exit.
 */
bool privileges_drop(const char *user, bool keep_net_raw, char *err,
    size_t err_len);

/*
 * The same for a process that stays who it is: nothing that it executes gets
 * rights, nobody of its user can look into it, it leaves no core.  Root keeps
 * only the rights to read and write the files of others.  False with one line
 * in err if a step fails.
 */
bool privileges_seal(char *err, size_t err_len);

#endif
