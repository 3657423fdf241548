/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program lends to dissectors: every member of struct codecs.
 */
#ifndef DAEMON_CODEC_CODECS_H
#define DAEMON_CODEC_CODECS_H

#include "dissect/codecs.h"

const struct codecs *codecs_get(void);

#endif
