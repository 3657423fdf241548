/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for tapline in the tests: the same, but a system call that its
 * sandbox does not foresee is its end, and a sandbox that isn't whole its
 * refusal.  No shell: it would need descriptors that a test takes away; no
 * allocation: a test that lets one fail means tapline's.
 */
#include <string.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	static char strict[] = "--sandbox=strict", *args[1024];

	if ((size_t)argc + 2 > sizeof(args) / sizeof(args[0]))
		return 127;
	args[0] = argv[0];
	args[1] = strict;
	memcpy(args + 2, argv + 1, (size_t)(argc - 1) * sizeof(*args));
	execv(STRICT_BIN, args);
	return 127;
}
