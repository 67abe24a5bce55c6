#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The completion that ghctl writes from its own tables, as bash and zsh take it; and the manual, which
# must know every command. Needs no daemon.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

"$ghctl" --print-completion bash >"$work/ghctl.bash"
"$ghctl" --print-completion zsh >"$work/_ghctl"
cat >"$work/complete.bash" <<'SCRIPT'
# complete.bash SCRIPT WORD...: what the last word can become, one a line
. "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_ghctl
printf '%s\n' "${COMPREPLY[@]}"
SCRIPT

# offers TEXT WORD...: one of the words that the last one can become is the text
offers ()
{
  text=$1
  shift
  bash "$work/complete.bash" "$work/ghctl.bash" "$@" >"$work/offered"
  grep -q -x -e "$text" "$work/offered" || { cat "$work/offered"; return 1; }
}

offers_not ()
{
  ! offers "$@" >/dev/null
}

check "another shell is none" status_is 2 "$ghctl" --print-completion fish
if command -v bash >/dev/null; then
  check "bash parses it" bash -n "$work/ghctl.bash"
  check "commands" offers status ghctl st
  check "only those that begin so" offers_not get ghctl st
  check "commands of a command" offers revoke ghctl credential re
  check "its options" offers --kind ghctl credential add --k
  check "the options of all" offers --session ghctl get --s
  check "not those of others" offers_not --kind ghctl get --
  check "the values of an option" offers rpk ghctl credential add --kind ""
  check "also by its letter" offers rpk ghctl credential add -k r
  check "no command twice" offers_not list ghctl credential list l
  (
    cd "$work"
    check "files" offers ghctl.bash ghctl credential rotate --file gh
  )
  cases=$((cases + 1))
else
  skip "completion in bash" "no bash"
fi
if command -v zsh >/dev/null; then
  check "zsh parses it" zsh -n "$work/_ghctl"
else
  skip "completion in zsh" "no zsh"
fi

"$ghctl" --help >"$work/help"
commands=$(sed -n 's/^  \([a-z-]\{1,\}\) .*/\1/p' "$work/help")
missing=
for command in $commands; do
  grep -q -E "^\.(Cm|It Cm|Ic) $command( |\$)" "$GH_TOP_SRCDIR/data/man/ghctl.1" || missing="$missing $command"
  "$ghctl" "$command" --help >"$work/one"
  grep -q "^  ghctl $command" "$work/one" || missing="$missing $command(example)"
done
check "the manual and the examples know every command$missing" [ -z "$missing" ]
plan
