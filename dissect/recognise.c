/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "dissect/recognise.h"

enum stream_verdict
recognise_stream(struct stream *s)
{
	s->data.p = s->data.end;
	return STREAM_LEAVE;
}

enum verdict
recognise_datagram(struct layer *layer, struct pkt *pkt)
{
	(void)layer;
	(void)pkt;
	return DISSECT_OK;
}
