/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/secret.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

static const char *
read_line(char out[SECRET_SIZE], const char *path)
{
	FILE *f = fopen(path, "re");
	const char *why = NULL;

	*out = '\0';
	if (f == NULL)
		return strerror(errno);
	/* What stdio has buffered would stay in freed memory. */
	setvbuf(f, NULL, _IONBF, 0);
	if (fgets(out, SECRET_SIZE, f) == NULL)
		why = ferror(f) ? strerror(errno) : "empty";
	fclose(f);
	return why;
}

bool
secret_read(char out[SECRET_SIZE], const char *path, char *err, size_t err_size)
{
	const char *why = read_line(out, path);
	size_t n = strcspn(out, "\r\n");

	if (why == NULL && n == 0)
		why = "nothing in its first line";
	if (why == NULL && n == SECRET_SIZE - 1)
		why = "its first line is too long";
	out[n] = '\0';
	/* It becomes part of a header. */
	for (size_t i = 0; why == NULL && i < n; i++)
		if ((unsigned char)out[i] < ' ' || out[i] == 0x7f)
			why = "its first line has control characters";
	if (why == NULL)
		return true;
	explicit_bzero(out, SECRET_SIZE);
	snprintf(err, err_size, "%s: %s", path, why);
	return false;
}

void
secret_token(char out[SECRET_HEADER], const char *token)
{
	snprintf(out, SECRET_HEADER, "Token %.*s", SECRET_SIZE, token);
}

void
secret_basic(char out[SECRET_HEADER], const char *user, const char *password)
{
	char plain[256 + SECRET_SIZE];
	/* Four bytes for three, and a NUL. */
	unsigned char coded[sizeof(plain) * 4 / 3 + 4];
	int n = snprintf(plain, sizeof(plain), "%.255s:%s", user, password);

	EVP_EncodeBlock(coded, (const unsigned char *)plain,
	    n < (int)sizeof(plain) ? n : (int)sizeof(plain) - 1);
	snprintf(out, SECRET_HEADER, "Basic %s", (const char *)coded);
	explicit_bzero(plain, sizeof(plain));
	explicit_bzero(coded, sizeof(coded));
}
