#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# ghctl at a terminal, which is a pseudo terminal here: progress that fits into it, what Ctrl-C leaves
# behind, questions for secrets; and files that cannot be written to their end.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"

at_terminal ()
{
  python3 "$GH_TOP_SRCDIR/tests/integration/ghctl_terminal.py" "$@"
}

# fits COLUMNS COMMAND...: at a terminal of that width no line is wider, and it ends well
fits ()
{
  at_terminal run "$@" >"$work/shown"
  python3 -c 'import sys; sys.exit(max(len(line.rstrip("\n")) for line in open(sys.argv[1])) > int(sys.argv[2]))' \
    "$work/shown" "$1" || { cat "$work/shown"; return 1; }
  grep -q -x "exit 0" "$work/shown"
}

nothing_left ()
{
  for left in "$1"*; do
    [ ! -e "$left" ] || { echo "$left is there"; return 1; }
  done
}

start_daemon --session
"$ghctl" create gatehouse --ty cnt '{"rn":"box"}' >/dev/null
# More than a pipe and the buffers before it take.
{
  echo '{"gatehouse-export":1,"root":"x"}'
  echo '{"path":"","pc":{"m2m:cnt":{"rn":"big","ty":3}}}'
  long=$(head -c 20000 /dev/zero | tr '\0' x)
  i=0
  while [ $i -lt 40 ]; do
    echo "{\"path\":\"$i\",\"pc\":{\"m2m:cin\":{\"rn\":\"i$i\",\"con\":\"$long\"}}}"
    i=$((i + 1))
  done
  echo '{"end":41}'
} >"$work/big.jsonl"

check "an import shows how far it is" fits 80 "$ghctl" import "$work/big.jsonl" gatehouse/box
check "with a bar and a number" grep -q -E '^import  [█░]{30}  +[0-9]+%  [0-9]+$' "$work/shown"
check "an export does" fits 80 "$ghctl" export gatehouse/box "$work/wide.jsonl"
check "with a bar" grep -q -E '^export  [█░]{30}  +[0-9]+%  [0-9]+$' "$work/shown"
check "shorter in 40 columns" fits 40 "$ghctl" export gatehouse/box "$work/w40.jsonl"
check "with a shorter bar" grep -q -E '^export  [█░]{5,29}  +[0-9]+%  [0-9]+$' "$work/shown"
check "in 22 columns" fits 22 "$ghctl" export gatehouse/box "$work/w22.jsonl"
check "without a bar" grep -q -E '^export  +[0-9]+%  [0-9]+$' "$work/shown"
check "no terminal is no bar" sh -c '"$1" export gatehouse/box "$2" 2>&1 | grep -c % | grep -q -x 0' \
  sh "$ghctl" "$work/none.jsonl"
check "a tree is cut to the width" fits 24 "$ghctl" tree

# A named pipe in the place of the file that is not complete yet: what is written waits there.
mkfifo "$work/late.jsonl.partial"
check "Ctrl-C ends an export, by the signal, as the shell must know" says "signal 2" \
  at_terminal interrupt "$work/late.jsonl.partial" "$ghctl" export gatehouse/box "$work/late.jsonl"
mkfifo "$work/late.jsonl.partial"
check "and says what there is not" says "interrupted: $work/late.jsonl was not written" \
  at_terminal interrupt "$work/late.jsonl.partial" "$ghctl" export gatehouse/box "$work/late.jsonl"
check "and leaves nothing" nothing_left "$work/late.jsonl"
mkfifo "$work/late.backup.partial"
check "so it is with a backup" says "interrupted: $work/late.backup was not written" \
  at_terminal interrupt "$work/late.backup.partial" "$ghctl" backup --with-key "$work/late.backup"
check "which leaves nothing, either" nothing_left "$work/late.backup"

# A limit on files is like a disk that is full.
limited ()
{
  (ulimit -f 100 && "$@")
}
check "a disk that is full ends an export" says "full.jsonl: " \
  limited "$ghctl" export gatehouse/box "$work/full.jsonl"
check "with 2" status_is 2 limited "$ghctl" export gatehouse/box "$work/full.jsonl"
check "and leaves nothing" nothing_left "$work/full"
check "a backup, too" says "full.backup: " limited "$ghctl" backup --with-key "$work/full.backup"
check "and leaves nothing" nothing_left "$work/full"
if [ -c /dev/full ]; then
  check "so does a device" status_is 2 sh -c '"$1" export gatehouse/box - >/dev/full' sh "$ghctl"
fi
ln -s /dev/null "$work/device"
check "a device is not exchanged for a file" says "is no file that can be overwritten" \
  "$ghctl" export gatehouse/box "$work/device" --replace

check "Ctrl-C where a passphrase is asked for ends it, and the terminal echoes again" says "signal 2
echo" at_terminal secret "$ghctl" backup --encrypt "$work/b"
check "and where a key is" says "signal 2
echo" at_terminal secret "$ghctl" credential add a@example.org
check "without a terminal it says what to do" says "name a file that holds it" \
  setsid -w "$ghctl" backup --encrypt "$work/b" </dev/null
plan
