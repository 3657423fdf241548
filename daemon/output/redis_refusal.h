/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an error of Redis means for the record that it answers.
 */
#ifndef DAEMON_OUTPUT_REDIS_REFUSAL_H
#define DAEMON_OUTPUT_REDIS_REFUSAL_H

enum redis_refusal {
	REFUSED_FOR_NOW, /* the server can't take anything */
	REFUSED_CONFIG, /* nor will it, before somebody changes something */
	REFUSED_STREAM, /* the same, of this stream's */
	REFUSED_ID, /* the stream has such an id or a higher one */
	REFUSED_FOR_GOOD,
};

/* error as it comes: a word, a space, a text. */
enum redis_refusal redis_refusal_of(const char *error);

#endif
