/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads beside the one that runs the loop.  Signals are for that one: here
 * they are blocked.
 */
#ifndef DAEMON_THREAD_H
#define DAEMON_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Runs fn(arg) in a thread of its own with so large a stack; false if not. */
bool thread_start(pthread_t *thread, size_t stack, void *(*fn)(void *arg),
    void *arg);

#endif
