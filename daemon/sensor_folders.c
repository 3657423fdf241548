/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Followed folders that are removed and made anew: the sandbox was given the
 * old ones, so nothing in a new one is ever read.  Its parent could have been
 * granted, but would be more than is followed, as often as not a spool or home
 * of others.  A restart is given the new folder, and with a state it loses
 * nothing: so the run ends, to be started again.  Without a state a restart
 * would publish all captures again, and so is left to somebody to decide.
 */
#include "daemon/sensor.h"

#include "daemon/log.h"
#include "daemon/sandbox/sandbox.h"

enum {
	LOOK_S = 1,
	SETTLE_S = 3 /* until the follower knows that files are gone */
};

static const int64_t ns_per_s = 1000000000;

/* What can't be read from the start on is not made anew. */
void
sensor_folders_note(struct sensor *s)
{
	const struct options *o = s->options;
	struct grants all = { 0 };

	if (o->sandbox == SANDBOX_NO)
		return;
	for (unsigned i = 0; i < o->follows.n; i++)
		grants_pattern(&all, o->follows.v[i], GRANT_READ);
	for (unsigned i = 0; i < all.n; i++)
		if (!sandbox_hides(all.v[i].path))
			grants_path(&s->follow.folders, all.v[i].path,
			    GRANT_READ);
	grants_fini(&all);
}

static const char *
first_hidden(const struct grants *folders)
{
	for (unsigned i = 0; i < folders->n; i++)
		if (sandbox_hides(folders->v[i].path))
			return folders->v[i].path;
	return NULL;
}

void
sensor_folders_look(struct sensor *s, int64_t mono_ns)
{
	struct sensor_follow *w = &s->follow;
	const char *path;

	if (mono_ns < w->look_mono_ns)
		return;
	w->look_mono_ns = mono_ns + LOOK_S * ns_per_s;
	path = first_hidden(&w->folders);
	if (path == NULL) {
		w->hidden_mono_ns = 0;
		return;
	}
	if (w->hidden_mono_ns == 0) {
		log_error("the folder '%s' was made anew, and the sandbox has "
			  "the old one: %s",
		    path,
		    w->store != NULL ? "ending with 75, to be started again"
				     : "nothing in it is read until a restart");
		w->hidden_mono_ns = mono_ns;
	}
	if (w->store != NULL &&
	    mono_ns - w->hidden_mono_ns >= SETTLE_S * ns_per_s &&
	    !follow_reads_removed(w->follow))
		sensor_stop(s, EXIT_AGAIN);
}
