# SPDX-FileCopyrightText: the tapline authors
# SPDX-License-Identifier: Apache-2.0
#
# Line protocol of one replay in, a summary in 80 columns out.  For any awk, as
# long as LC_ALL=C makes its characters bytes: width() knows the difference.
# From the environment: start, the first bin's time as text; unicode, not empty
# if the output may hold blocks; bold, dim and plain, escapes or empty.  Exits
# with 1 if the ledger's sums do not hold.

# Undoes the backslashes of line protocol.
function unescape(s,  i, out)
{
	while ((i = index(s, "\\")) > 0) {
		out = out substr(s, 1, i - 1) substr(s, i + 1, 1)
		s = substr(s, i + 2)
	}
	return out s
}

# Fills name, tag[], field[] and time_s from a line.
function parse(line,  head, part, eq)
{
	split("", tag)
	split("", field)
	match(line, /^([^ \\]|\\.)*/)
	head = substr(line, 1, RLENGTH) ","
	line = substr(line, RLENGTH + 2)
	match(head, /^([^,\\]|\\.)*/)
	name = substr(head, 1, RLENGTH)
	head = substr(head, RLENGTH + 2)
	while (match(head, /^([^,\\]|\\.)*,/)) {
		part = substr(head, 1, RLENGTH - 1)
		head = substr(head, RLENGTH + 1)
		eq = index(part, "=")
		tag[substr(part, 1, eq - 1)] = unescape(substr(part, eq + 1))
	}
	while (match(line, /^[^=]+=("([^"\\]|\\.)*"|[^", ]*)/)) {
		part = substr(line, 1, RLENGTH)
		line = substr(line, RLENGTH + 2)
		eq = index(part, "=")
		field[substr(part, 1, eq - 1)] = value(substr(part, eq + 1))
	}
	time_s = substr(line, 1, length(line) - 9) + 0
}

function value(s)
{
	if (s ~ /^"/)
		return unescape(substr(s, 2, length(s) - 2))
	return s + 0
}

# Columns that UTF-8 takes, one a character.
function width(s)
{
	gsub(/[\200-\277]/, "", s)
	return length(s)
}

function pad(s, n)
{
	while (width(s) > n) {
		if (s !~ /~$/)
			s = s "~"
		sub(/([^\200-\277][\200-\277]*)~$/, "~", s)
	}
	return s sprintf("%" (n - width(s)) "s", "")
}

function times(s, n,  out)
{
	while (n-- > 0)
		out = out s
	return out
}

# 1249 is 1 249.
function digits(n,  s, out)
{
	s = sprintf("%.0f", n)
	while (length(s) > 3) {
		out = " " substr(s, length(s) - 2) out
		s = substr(s, 1, length(s) - 3)
	}
	return s out
}

# 295316 is 295.3 kB: units of 1000.
function human(n, unit,  i, exact)
{
	exact = 1
	for (i = 1; n >= 999.95 && i < 7; i++) {
		n /= 1000
		exact = 0
	}
	return sprintf(exact ? "%.0f %s" : "%.1f %s", n, \
	    prefix[i] unit)
}

function amount(n)
{
	return n < 1e6 ? digits(n) : human(n, "")
}

function add_row(by,  i)
{
	if (tag["rank"] == "other" && field[figure[by]] == 0)
		return
	i = ++n_rows[by]
	key[by, i] = tag["rank"] == "other" ? "(others)" : field["key"]
	bytes[by, i] = field["bytes"]
	many[by, i] = field[(by in message) ? "count" : "packets"]
	about[by, i] = ("err" in field) ? "~" : ""
	inexact = inexact about[by, i]
	ranked[by, i] = field[figure[by]]
	sum[by] += ranked[by, i]
	if (i == 1 || ranked[by, i] > most[by] && tag["rank"] != "other")
		most[by] = ranked[by, i]
	if (width(key[by, i]) > longest[by])
		longest[by] = width(key[by, i])
}

# What the columns to the right of the key take.
function figures(by)
{
	return (by in message) ? 14 : 23
}

# A bar of at most n columns, by eighths.
function bar(share, n,  e)
{
	e = int(share * n * 8 + 0.5)
	return times(block[8], int(e / 8)) rest[e % 8]
}

# Writes table by, w columns wide, to out[1…] and returns its lines.
function table(out, by, w,  i, k, s)
{
	k = w - figures(by)
	if (w == 80 && longest[by] < k)
		k = longest[by] < 24 ? 24 : longest[by]
	s = (by in message) ? sprintf("%8s", "count") : \
	    sprintf("%9s%8s", "bytes", "packets")
	out[1] = bold pad(title[by], k) plain dim s " share" plain
	for (i = 1; i <= n_rows[by]; i++) {
		s = amount(many[by, i])
		if (by in message)
			s = sprintf("%8s", about[by, i] s)
		else
			s = sprintf("%9s%8s", \
			    about[by, i] human(bytes[by, i], "B"), s)
		out[i + 1] = pad(key[by, i], k) s sprintf("%5.0f%%", \
		    sum[by] > 0 ? 100 * ranked[by, i] / sum[by] : 0)
		if (k + figures(by) + 8 <= w && key[by, i] != "(others)" && \
		    most[by] > 0)
			out[i + 1] = out[i + 1] "  " dim bar(ranked[by, i] / \
			    most[by], w - k - figures(by) - 2) plain
	}
	return n_rows[by] + 1
}

function one(by,  i, n, out)
{
	if (n_rows[by] == 0)
		return
	n = table(out, by, 80)
	print ""
	for (i = 1; i <= n; i++)
		print out[i]
}

# Two tables side by side if their keys allow it.
function two(a, b,  i, n, m, s, l, r)
{
	if (n_rows[a] == 0 || n_rows[b] == 0 || \
	    longest[a] + figures(a) > 38 || longest[b] + figures(b) > 38) {
		one(a)
		one(b)
		return
	}
	n = table(l, a, 38)
	m = table(r, b, 38)
	print ""
	for (i = 1; i <= n || i <= m; i++) {
		s = i <= n ? l[i] : pad("", 38)
		if (i <= m)
			s = s "    " r[i]
		print s
	}
}

function nice(n,  e, i)
{
	for (e = 1; e * 10 < n; )
		e *= 10
	for (i = 1; i < n_steps && step[i] * e < n; )
		i++
	return step[i] * e
}

# A bar a bin; a long capture has several bins in one.
function chart(  i, n, per, w, top, row, part, at, max, s)
{
	n = int((last_s - first_s) / bin_s) + 1
	for (i = per = 1; i < n_merges && merge[i] * 70 < n; )
		per = merge[++i]
	while (per * 70 < n)
		per += merge[n_merges]
	for (i in at_s)
		at[int((at_s[i] - first_s) / bin_s / per)] += size[i]
	n = int((n + per - 1) / per)
	for (i in at)
		max = at[i] > max ? at[i] : max
	w = int(70 / n)
	w = w > 4 ? 4 : w
	top = nice(max)
	print ""
	printf "%sBytes per %s%s, from %s, %s in all\n", bold,
	    (per * bin_s < 86400 ? per * bin_s " s" : clock(per * bin_s)),
	    plain, ENVIRON["start"], human(bytes_all, "B")
	for (row = 7; row >= 0; row--) {
		s = row == 7 ? human(top, "B") : \
		    row == 3 ? human(top / 2, "B") : ""
		sub(/\.0 /, " ", s)
		printf "%s%8s%s", dim, s, plain
		s = " "
		for (i = 0; i < n; i++) {
			part = int(at[i] / top * 64 + 0.999) - 8 * row
			part = part > 8 ? 8 : part < 0 ? 0 : part
			s = s times(block[part], w > 2 ? w - 1 : w) \
			    times(" ", w > 2)
		}
		sub(/ +$/, "", s)
		print s
	}
	s = ""
	for (i = 0; i < n; i += 10)
		if (i * w + length(clock(i * per * bin_s)) <= 71)
			s = s times(" ", i * w - length(s)) \
			    clock(i * per * bin_s)
	printf "%9s%s%s%s\n", "", dim, s, plain
}

# Seconds since the start: 40 s, 1:20, 2:00:00, 10 d.
function clock(s)
{
	if (last_s - first_s < 120)
		return s " s"
	if (last_s - first_s < 7200)
		return sprintf("%d:%02d", s / 60, s % 60)
	if (last_s - first_s > 4 * 86400)
		return sprintf("%.0f d", s / 86400)
	return sprintf("%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60)
}

BEGIN {
	bold = ENVIRON["bold"]
	dim = ENVIRON["dim"]
	plain = ENVIRON["plain"]
	split("src dst pair port proto dns url sni", order, " ")
	for (i in order)
		figure[order[i]] = "bytes"
	figure["dns"] = figure["url"] = figure["sni"] = "count"
	message["dns"]; message["url"]; message["sni"]
	title["src"] = "Sources"
	title["dst"] = "Destinations"
	title["pair"] = "Pairs"
	title["port"] = "Ports"
	title["proto"] = "Protocols"
	title["dns"] = "DNS names"
	title["url"] = "URLs"
	title["sni"] = "TLS names (SNI)"
	n_steps = split("1 1.2 1.6 2 3 4 5 6 8 10", step, " ")
	n_merges = split("1 2 3 5 10 15 30 60 90 150 300 450 900 " \
	    "1800 5400 10800 21600 43200", merge, " ")
	split(" k M G T P E", prefix, " ")
	for (i = 7; i > 1; i--)
		prefix[i] = prefix[i - 1]
	prefix[1] = ""
	if (ENVIRON["unicode"]) {
		split("▁ ▂ ▃ ▄ ▅ ▆ ▇ █", block, " ")
		split("▏ ▎ ▍ ▌ ▋ ▊ ▉", rest, " ")
	} else {
		split(". . . # # # # #", block, " ")
		split(". . . # # # #", rest, " ")
	}
	block[0] = " "
}

{ parse($0) }

name == "tapline_bin" {
	size[NR] = field["bytes"]
	at_s[NR] = time_s
	if (!n_bins++ || time_s < first_s)
		first_s = time_s
	if (time_s > last_s)
		last_s = time_s
	bin_s = field["bin_ms"] / 1000
	packets += field["packets"]
	bytes_all += field["bytes"]
}

name == "tapline_top" && tag["by"] in figure { add_row(tag["by"]) }

name == "tapline_self" {
	for (i in field)
		self[i] = field[i]
}

END {
	if (n_bins && packets > 0)
		chart()
	two("src", "dst")
	one("pair")
	two("port", "proto")
	two("dns", "sni")
	one("url")
	if (inexact)
		print "\n~ not exact: the tables were full"
	printf "\n%s%s packets:%s %s decoded, %s truncated, %s malformed, %s late\n",
	    bold, digits(self["delivered"]), plain, digits(self["decoded"]),
	    digits(self["truncated"]), digits(self["malformed"]),
	    digits(self["late"])
	if (self["delivered"] != self["decoded"] + self["truncated"] + \
	    self["malformed"] || self["delivered"] != packets + self["late"]) {
		print "The sums do not hold."
		exit 1
	}
}
