/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mail and files, recognised by their first words: SMTP (RFC 5321), POP3
 * (RFC 1939), IMAP (RFC 9051), FTP (RFC 959).
 */
#include "dissect/recognise.h"

static enum probe
smtp(const struct cur *data)
{
	enum probe said = recognise_nocase(data, "EHLO ", PROBE_CLIENT);

	if (said == PROBE_NO)
		said = recognise_nocase(data, "HELO ", PROBE_CLIENT);
	if (said == PROBE_NO && cur_len(data) > 4 &&
	    memcmp(data->p, "220", 3) == 0 && recognise_in_line(data, "SMTP"))
		said = PROBE_SERVER;
	return said;
}

static enum probe
ftp(const struct cur *data)
{
	if (cur_len(data) > 4 && memcmp(data->p, "220", 3) == 0)
		return recognise_in_line(data, "FTP") ||
			recognise_in_line(data, "ftp")
		    ? PROBE_SERVER
		    : PROBE_NO;
	return PROBE_NO;
}

static enum probe
pop3(const struct cur *data)
{
	if (recognise_word(data, "+OK ", PROBE_SERVER) == PROBE_SERVER)
		return PROBE_SERVER;
	return PROBE_NO;
}

static enum probe
imap(const struct cur *data)
{
	enum probe said = recognise_word(data, "* OK ", PROBE_SERVER);

	return said == PROBE_NO
	    ? recognise_word(data, "* PREAUTH ", PROBE_SERVER)
	    : said;
}

const struct dissector smtp_dissector = {
	.name = "smtp",
	.by = BY_TCP_DATA,
	.is_app = true,
	.first = "2EeHh",
	.n_first = 5,
	.probe = smtp,
	.stream = recognise_stream,
};

const struct dissector ftp_dissector = {
	.name = "ftp",
	.by = BY_TCP_DATA,
	.is_app = true,
	.first = "2",
	.n_first = 1,
	.probe = ftp,
	.stream = recognise_stream,
};

const struct dissector pop3_dissector = {
	.name = "pop3",
	.by = BY_TCP_DATA,
	.is_app = true,
	.first = "+",
	.n_first = 1,
	.probe = pop3,
	.stream = recognise_stream,
};

const struct dissector imap_dissector = {
	.name = "imap",
	.by = BY_TCP_DATA,
	.is_app = true,
	.first = "*",
	.n_first = 1,
	.probe = imap,
	.stream = recognise_stream,
};
