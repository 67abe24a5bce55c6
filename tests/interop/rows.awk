# SPDX-License-Identifier: LGPL-2.1-or-later
# The rows of one test (see rows.sh) as rows of the table, one for each peer, transport and credential,
# in the order in which they were shown.
BEGIN { FS = "\t" }
{
  key = $1 " | " $2 " | " $3
  if (!(key in seen)) {
    seen[key] = 1
    keys[++n] = key
  }
  cell = key SUBSEP $4
  if ((cell SUBSEP $5) in said)
    next
  said[cell SUBSEP $5] = 1
  text[cell] = text[cell] (text[cell] == "" ? "" : ", ") $5
}
END {
  for (i = 1; i <= n; i++)
    print "| " keys[i] " | " text[keys[i] SUBSEP "works"] " | " text[keys[i] SUBSEP "refused"] " | " test " |"
}
