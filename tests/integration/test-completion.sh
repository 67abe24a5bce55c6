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

# becomes TEXT LINE: what Tab makes of the line in a bash in which somebody types, or offers
becomes ()
{
  python3 "$GH_TOP_SRCDIR/tests/integration/ghctl_terminal.py" complete "$work/ghctl.bash" "$2" \
    >"$work/shown" 2>&1
  grep -q -e "$1" "$work/shown" || { cat -v "$work/shown"; return 1; }
}

if command -v bash >/dev/null; then
  check "bash completes what is sure" becomes "^LINE\[ghctl status \]$" "ghctl stat"
  check "and shows what there is" becomes "resume.*revoke" "ghctl credential re"
  check "options" becomes "^LINE\[ghctl credential add --expires \]$" "ghctl credential add --exp"
  check "their values" becomes "^LINE\[ghctl credential add --kind x509 \]$" "ghctl credential add --kind x"
  check "behind an equals sign, too" becomes "^LINE\[ghctl credential add --kind=x509 \]$" \
    "ghctl credential add --kind=x"
  check "files" becomes "^LINE\[ghctl credential rotate --file complete.bash \]$" \
    "ghctl credential rotate --file comp"
  check "and files as arguments" becomes "^LINE\[ghctl import ghctl.bash \]$" "ghctl import gh"
  check "commands behind an option" becomes "^LINE\[ghctl credential --json list \]$" \
    "ghctl credential --json li"
fi
# A zsh behind a pseudo terminal, as somebody types in it: it must offer what is asked for.
cat >"$work/complete.zsh" <<'SCRIPT'
# complete.zsh FOLDER LINE: what Tab shows for the line
zmodload zsh/zpty
zpty shell zsh -f -i
expect ()
{
  local all= part=
  while [[ $all != *$1* ]]; do
    zpty -r shell part || break
    all+=$part
  done
  print -r -- "$all"
}
zpty -w shell "stty columns 200; cd ${(q)1}; fpath=(${(q)1} \$fpath); PS1= RPS1=; unsetopt zle_bracketed_paste 2>/dev/null; autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' list-colors ''; zstyle ':completion:*' menu no; setopt no_beep list_ambiguous; LISTMAX=1000; zle -C all list-choices _main_complete; tell () { print -r -- \"[\$BUFFER]\"; BUFFER=; zle accept-line }; zle -N tell; bindkey '^I' list-choices; bindkey '^X' tell; print rea''dy"
expect ready >/dev/null
zpty -w -n shell "$2"$'\t\x18'
expect ']'
zpty -d shell
SCRIPT

# shows TEXT LINE: Tab at the end of the line offers the text
shows ()
{
  timeout 120 zsh -f "$work/complete.zsh" "$work" "$2" >"$work/shown" 2>&1
  grep -q -e "$1" "$work/shown" || { cat -v "$work/shown"; return 1; }
}

shows_not ()
{
  timeout 120 zsh -f "$work/complete.zsh" "$work" "$2" >"$work/shown" 2>&1
  ! grep -q -e "$1" "$work/shown"
}

if command -v zsh >/dev/null; then
  check "zsh parses it" zsh -n "$work/_ghctl"
  check "zsh offers commands, with their help" shows "status  *-- show what the daemon" "ghctl st"
  check "commands of a command" shows "revoke" "ghctl credential re"
  check "options, with their help" shows "--expires  *-- End of its validity" "ghctl credential add --"
  check "the options of all" shows "--session" "ghctl get --"
  check "not those of others" shows_not "--kind" "ghctl get --"
  check "the values of an option" shows "x509" "ghctl credential add --kind "
  check "only those that begin so" shows_not "suspend" "ghctl credential re"
  check "files" shows "complete.bash" "ghctl credential rotate --file comp"
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
