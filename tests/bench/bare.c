/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bare pcap_next_ex loop: the least that reading a capture costs, and the
 * oracle for how many packets a damaged file gives.
 *
 * Prints packets and bytes on the wire of each file.  Exit 1 and libpcap's
 * message on standard error if one could not be read to its end.
 */
#include <inttypes.h>
#include <stdio.h>

#include <pcap/pcap.h>

static int
count(const char *path)
{
	char err[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path, err);
	struct pcap_pkthdr *h;
	const unsigned char *bytes;
	uint64_t n = 0;
	uint64_t len = 0;
	int rc;

	if (p == NULL) {
		printf("0 0\n");
		fprintf(stderr, "%s: %s\n", path, err);
		return 1;
	}
	while ((rc = pcap_next_ex(p, &h, &bytes)) == 1) {
		n++;
		len += h->len;
	}
	printf("%" PRIu64 " %" PRIu64 "\n", n, len);
	if (rc == PCAP_ERROR)
		fprintf(stderr, "%s: %s\n", path, pcap_geterr(p));
	pcap_close(p);
	return rc == PCAP_ERROR;
}

int
main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++)
		failed |= count(argv[i]);
	return failed;
}
