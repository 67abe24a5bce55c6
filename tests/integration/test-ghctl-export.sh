#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# ghctl export and import against a real daemon: a subtree goes out, and comes back in the same order
# under other names; what is damaged is told by its line, before anything is made.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"

create ()
{
  "$ghctl" create "$@" >/dev/null
}

# contents FILE: what the instances in an export hold, in order
contents ()
{
  sed -n 's/.*"con":"\([^"]*\)".*/\1/p' "$1"
}

same ()
{
  contents "$1" >"$work/a"
  contents "$2" >"$work/b"
  cmp "$work/a" "$work/b"
}

start_daemon --session
file=$work/sensor.jsonl
create gatehouse --ty ae -o Csensor '{"rn":"sensor","api":"N.example.sensor","rr":false,"srv":["3"]}'
create gatehouse/sensor --ty acp '{"rn":"zz","pv":{"acr":[{"acor":["Csensor"],"acop":63}]},"pvs":{"acr":[{"acor":["CAdmin"],"acop":63}]}}'
create gatehouse/sensor --ty cnt '{"rn":"temperature","mni":5000,"lbl":["indoors"],"acpi":["gatehouse/sensor/zz"]}'
create gatehouse/sensor --ty grp '{"rn":"all","mt":3,"mnm":10,"mid":["gatehouse/sensor/temperature"]}'
{
  echo '{"gatehouse-export":1,"root":"x"}'
  echo '{"path":"","pc":{"m2m:cnt":{"rn":"many","ty":3}}}'
  i=0
  while [ $i -lt 2100 ]; do
    echo "{\"path\":\"cin.$i\",\"pc\":{\"m2m:cin\":{\"rn\":\"cin.$i\",\"ri\":\"cin.$i\",\"con\":\"value $i\"}}}"
    i=$((i + 1))
  done
  echo '{"end":2101}'
} >"$work/many.jsonl"

check "a written file is imported" says "2101 created, 0 refused" \
  "$ghctl" import "$work/many.jsonl" gatehouse/sensor/temperature
check "a subtree is exported" says "2105 resources exported" \
  "$ghctl" export gatehouse/sensor "$file"
check "in the order in which it was made" same "$work/many.jsonl" "$file"
check "only its owner reads it" sh -c '[ "$(stat -c %a "$1")" = 600 ]' sh "$file"
check "an export is not overwritten" says "exists already" "$ghctl" export gatehouse/sensor "$file"
check "but when that is asked for" "$ghctl" export gatehouse/sensor "$file" --replace
check "to standard output" says '{"end":2105}' "$ghctl" export gatehouse/sensor -
check "nothing there leaves no file" status_is 1 "$ghctl" export gatehouse/none "$work/none.jsonl"
check "really none" sh -c '! ls "$1"/none.jsonl*' sh "$work"
check "a check makes nothing" says "2105 resources, no mistake" \
  "$ghctl" import "$file" gatehouse --name copy --check
check "really nothing" status_is 1 "$ghctl" get gatehouse/copy
check "it is imported under another name" says "2105 created, 0 refused" \
  "$ghctl" import "$file" gatehouse --name copy --new-ids
check "in the same order" sh -c '"$1" export gatehouse/copy "$2" --replace' sh "$ghctl" "$work/copy.jsonl"
check "really the same" same "$file" "$work/copy.jsonl"
check "references inside lead to the copy" says "gatehouse/copy/zz" "$ghctl" get gatehouse/copy/temperature
check "also of a group" says "gatehouse/copy/temperature" "$ghctl" get gatehouse/copy/all
check "labels and limits are kept" says "5000" "$ghctl" get gatehouse/copy/temperature

check "an AE-ID that is taken is told with its line" says "line 2: 4117" \
  "$ghctl" import "$file" gatehouse --name other
check "and the end is 1" status_is 1 "$ghctl" import "$file" gatehouse --name other
check "and that nothing was made" says "nothing was made" "$ghctl" import "$file" gatehouse --name other
check "keep-going counts" says "0 created, 2105 refused" \
  "$ghctl" import "$file" gatehouse --name other --keep-going

# The daemon has the first 1,000 instances; the rest follows.
head -n 1002 "$work/many.jsonl" >"$work/half.jsonl"
echo '{"end":1001}' >>"$work/half.jsonl"
check "half of it" "$ghctl" import "$work/half.jsonl" gatehouse --name half
check "goes on at a line" says "1100 created" \
  "$ghctl" import "$work/many.jsonl" gatehouse --name half --from-line 1003
check "and is whole" sh -c '"$1" export gatehouse/half "$2"' sh "$ghctl" "$work/whole.jsonl"
check "really whole" same "$work/many.jsonl" "$work/whole.jsonl"

# lasting FILE: its lines without what belongs to one place and time
lasting ()
{
  sed '1d; s/"\(ri\|pi\|ct\|lt\|et\)":"[^"]*",\{0,1\}//g; s/,}/}/g' "$1"
}

# alike FILE FILE: octet by octet the same but for that
alike ()
{
  lasting "$1" >"$work/a"
  lasting "$2" >"$work/b"
  cmp "$work/a" "$work/b"
}

# Many pages of instances that are made as fast as can be.
{
  echo '{"gatehouse-export":1,"root":"x"}'
  echo '{"path":"","pc":{"m2m:cnt":{"rn":"burst"}}}'
  awk 'BEGIN { for (i = 1; i <= 5000; i++)
    printf "{\"path\":\"b%d\",\"pc\":{\"m2m:cin\":{\"rn\":\"b%d\",\"con\":\"%d\"}}}\n", i, i, i * i }'
  echo '{"end":5001}'
} >"$work/burst.jsonl"
check "5,000 instances at once" says "5001 created, 0 refused" \
  "$ghctl" import "$work/burst.jsonl" gatehouse --name burst
check "are exported" says "5001 resources" "$ghctl" export gatehouse/burst "$work/burst1.jsonl"
check "each once, in order" same "$work/burst.jsonl" "$work/burst1.jsonl"
check "and imported again" says "5001 created, 0 refused" \
  "$ghctl" import "$work/burst1.jsonl" gatehouse --name again
check "and exported again" says "5001 resources" \
  "$ghctl" export gatehouse/again "$work/burst2.jsonl"
sed 's/"rn":"again"/"rn":"burst"/' "$work/burst2.jsonl" >"$work/burst3.jsonl"
check "octet by octet the same" alike "$work/burst1.jsonl" "$work/burst3.jsonl"

# While it is exported its oldest go, and others come: what stays is there once, in order.
"$ghctl" import "$work/burst.jsonl" gatehouse --name moving >/dev/null
"$ghctl" update gatehouse/moving '{"mni":5000}' >/dev/null
sed -n '3,1502s/\"\(path\|rn\)\":\"b/"\1":"n/gp' "$work/burst.jsonl" |
  { head -n 1 "$work/burst.jsonl"; echo '{"path":"","pc":{"m2m:cnt":{"rn":"moving"}}}'; cat; echo '{"end":1501}'; } \
    >"$work/more.jsonl"
"$ghctl" import "$work/more.jsonl" gatehouse --name moving --from-line 3 >/dev/null &
more=$!
check "what changes meanwhile is exported" "$ghctl" export gatehouse/moving "$work/moving.jsonl"
wait "$more"
sed -n 's/.*"rn":"b\([0-9]*\)".*/\1/p' "$work/moving.jsonl" >"$work/a"
check "in order, and nothing twice" sort -c -n -u "$work/a"
sed -n '/^1501$/,$p' "$work/a" >"$work/b"
check "and what stayed is there" sh -c '[ "$(wc -l <"$1")" -eq 3500 ]' sh "$work/b"

# bad SAYS LINE...: a file that is refused with this, and nothing is made
bad ()
{
  text=$1
  shift
  printf '%s\n' "$@" >"$work/bad.jsonl"
  says "$text" "$ghctl" import "$work/bad.jsonl" gatehouse --name bad &&
    status_is 2 "$ghctl" import "$work/bad.jsonl" gatehouse --name bad &&
    status_is 1 "$ghctl" get gatehouse/bad
}

head='{"gatehouse-export":1,"root":"x"}'
one='{"path":"","pc":{"m2m:cnt":{"rn":"x"}}}'
check "no JSON" bad "line 3:" "$head" "$one" '{"path":'
check "no object" bad "line 3:" "$head" "$one" '[]'
check "another file" bad "line 1: this is not what" '{"a":1}'
check "a newer version" bad "line 1: written by a newer" '{"gatehouse-export":2,"root":"x"}'
check "no path" bad 'line 3: expected "path"' "$head" "$one" '{"pc":{"m2m:cnt":{}}}'
check "no resource" bad 'line 3: expected "path"' "$head" "$one" '{"path":"a","pc":[]}'
check "cut off" bad "line 3: the file ends early" "$head" "$one"
check "a line is missing" bad "counts other lines" "$head" "$one" '{"end":2}'
check "something behind" bad "line 4: there is something behind the end" "$head" "$one" '{"end":1}' "$one"
check "cut in the middle of its last line" sh -c '
  head -c "$(($(stat -c %s "$2") - 40))" "$2" >"$3" && "$1" import "$3" gatehouse --name bad 2>&1 |
    grep "line 2106: the file ends early"' sh "$ghctl" "$file" "$work/cut.jsonl"
check "in a stream, which says what was made and that it is not complete" says \
  '{"created":1,"refused":0,"complete":false,"next-line":4}' sh -c '
  printf "%s\n" "$2" "$3" "{\"path\":\"a" | "$1" import - gatehouse --name bit --json' sh "$ghctl" "$head" "$one"
check "twice is refused, and nothing is made" says "nothing was made" \
  "$ghctl" import "$work/whole.jsonl" gatehouse --name half
check "a line behind the end" says "the file has 2103 lines" \
  "$ghctl" import "$work/whole.jsonl" gatehouse --name late --from-line 2104
check "an empty file" bad "line 1:" ''
printf '%s\n\377\n' "$head" >"$work/bad.jsonl"
check "not UTF-8" says "line 2: not UTF-8" "$ghctl" import "$work/bad.jsonl" gatehouse
{ echo "$head"; head -c 17000000 /dev/zero | tr '\0' a; } >"$work/bad.jsonl"
check "a line without an end" says "line 2: too long" "$ghctl" import "$work/bad.jsonl" gatehouse
rm "$work/bad.jsonl"
check "a type that is none" bad "line 2: m2m:frob is no resource type" "$head" '{"path":"","pc":{"m2m:frob":{}}}'
check "also from standard input" says "line 2: m2m:frob" sh -c '
  printf "%s\n" "$2" "{\"path\":\"\",\"pc\":{\"m2m:frob\":{}}}" | "$1" import - gatehouse' sh "$ghctl" "$head"
check "no file" status_is 2 "$ghctl" import "$work/none.jsonl" gatehouse
plan
