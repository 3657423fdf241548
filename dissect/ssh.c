/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSH (RFC 4253, section 4.2): the software that either side announces in its
 * first line, "SSH-2.0-software comments".
 */
#include "dissect/recognise.h"

enum { LINE_MAX = 255, PREFIX = 4 /* "SSH-" */ };

static enum probe
probe(const struct cur *data)
{
	enum probe said = recognise_word(data, "SSH-2.0-", PROBE_EITHER);

	if (said != PROBE_NO)
		return said;
	return recognise_word(data, "SSH-1.", PROBE_EITHER);
}

static enum stream_verdict
ssh(struct stream *s)
{
	const uint8_t *p = s->data.p, *software, *lf;
	size_t n = cur_len(&s->data);

	if (n > LINE_MAX)
		n = LINE_MAX;
	lf = memchr(p, '\n', n);
	if (lf == NULL)
		return n == LINE_MAX ? STREAM_BAD : STREAM_MORE;
	/* The probe has seen the prefix and the version's first digit. */
	software = memchr(p + PREFIX, '-', (size_t)(lf - p) - PREFIX);
	if (software == NULL)
		return STREAM_BAD;
	software++;
	if (lf > software && lf[-1] == '\r')
		lf--;
	message_add(s->messages, MESSAGE_SSH, software, (size_t)(lf - software),
	    false);
	return STREAM_DONE;
}

const struct dissector ssh_dissector = {
	.name = "ssh",
	.by = BY_TCP_DATA,
	.is_app = true,
	.first = "S",
	.n_first = 1,
	.probe = probe,
	.stream = ssh,
};
