/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays files, and all files of directories, through a fuzzer's entry:
 * for machines and compilers without libFuzzer.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

enum { INPUT_MAX = 1 << 20 };

static bool
replay_file(const char *path)
{
	uint8_t *data = malloc(INPUT_MAX), *exact;
	FILE *f = fopen(path, "rb");
	size_t n;

	if (data == NULL || f == NULL) {
		perror(path);
		free(data);
		return false;
	}
	n = fread(data, 1, INPUT_MAX, f);
	fclose(f);
	/* Exactly so many bytes, so that a read past them is seen. */
	exact = malloc(n + (n == 0));
	if (exact != NULL && n > 0)
		memcpy(exact, data, n);
	free(data);
	if (exact == NULL)
		return false;
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return true;
}

static bool
replay(const char *path, unsigned *n_files)
{
	struct dirent *e;
	struct stat st;
	bool ok = true;
	DIR *dir;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
		++*n_files;
		return replay_file(path);
	}
	dir = opendir(path);
	if (dir == NULL) {
		perror(path);
		return false;
	}
	while ((e = readdir(dir)) != NULL) {
		char name[4096];

		if (e->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		++*n_files;
		ok = replay_file(name) && ok;
	}
	closedir(dir);
	return ok;
}

int
main(int argc, char **argv)
{
	unsigned n_files = 0;
	bool ok = true;

	for (int i = 1; i < argc; i++)
		ok = replay(argv[i], &n_files) && ok;
	printf("%u inputs\n", n_files);
	return ok && n_files > 0 ? 0 : 1;
}
