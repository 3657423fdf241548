/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program lends to dissectors: every member of struct library.
 */
#ifndef DAEMON_CODEC_LIBRARY_H
#define DAEMON_CODEC_LIBRARY_H

#include "dissect/library.h"

const struct library *library_get(void);

#endif
