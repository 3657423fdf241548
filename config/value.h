/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values: text from the command line or a file into a field of struct
 * options, by the type of its row, and back.  Pure but for the allocation of
 * strings; what it says about a value is safe to print.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct option_row;
struct options;

enum { VALUE_QUOTE = 300, VALUE_WHY = 512 };

/*
 * Writes text in single quotes to out, which holds VALUE_QUOTE bytes: what
 * is not printable ASCII as \xHH, and cut with "..." when long.  Returns out.
 */
char *value_quote(char *out, const char *text);

/*
 * Reads text into the row's field of *o; a list grows by it.  Returns false
 * after a reason in why, which holds VALUE_WHY bytes.
 */
bool value_set(const struct option_row *row, const char *text,
    struct options *o, char *why);

/* Frees what the row's field of *o owns and makes it empty. */
void value_clear(const struct option_row *row, struct options *o);

/* Whether a list has no entry; a scalar never is empty. */
bool value_empty(const struct option_row *row, const struct options *o);

/* Replaces the row's field of *to by that of *from, which becomes empty. */
void value_move(const struct option_row *row, struct options *to,
    struct options *from);

bool value_equal(const struct option_row *row, const struct options *a,
    const struct options *b);

/*
 * Writes the field as lines "NAME = value" that value_set would read back; a
 * value that can't stand in a file becomes a comment that says so.
 */
void value_print(const struct option_row *row, const struct options *o,
    FILE *out);

/* Write 64M for 67108864 and 2 or 0.5 for ns; a window of 0 is "all". */
void value_print_size(FILE *out, uint64_t bytes);
void value_print_seconds(FILE *out, int64_t ns);
void value_print_window(FILE *out, int64_t ns);

void value_print_number(const struct option_row *row, FILE *out, uint64_t v);

/* The names of enum key_as and of enum sandbox. */
extern const char *const value_key_as[];
extern const char *const value_sandbox[];

/* How long a line of the configuration file may be: any value fits. */
enum { VALUE_LINE = 65600 };

#endif
