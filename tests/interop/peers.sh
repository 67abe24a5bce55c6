# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# shellcheck disable=SC2154 # peer, proof, work and ghctl come from the script and from tap.sh
# Clients of CoAP that prove themselves in any way: the script sets "peer" (a build of coap-om2m)
# and "proof" (its options for a key or certificate). To be sourced after tap.sh.

# make_key SUBJECT OPTION...: a key of the vault, as octets in $work/SUBJECT.key
make_key ()
{
  subject=$1
  shift
  "$ghctl" credential generate "$subject" --session "$@" -O "$work/text" >/dev/null || return 1
  digits=$(cut -d ' ' -f 2 <"$work/text" | tr -d '\n')
  rm -f "$work/text"
  # shellcheck disable=SC2059 # the format is made of digits only
  printf "$(echo "$digits" | sed 's/../\\x&/g' | sed 's/\\x/\n/g' | while read -r two; do
    [ -z "$two" ] || printf '\\%03o' "0x$two"; done)" >"$work/$subject.key"
}

# proof_of_key SUBJECT, proof_of_certificate NAME [ANCHORS], proof_of_raw_key NAME
proof_of_key ()
{
  proof="-u $1 -k $work/$1.key"
}
proof_of_certificate ()
{
  proof="-c $work/$1.pem -j $work/$1.pem -C $work/${2:-ca}.pem"
}
proof_of_raw_key ()
{
  proof="-M $work/$1.key -C $work/ca.pem"
}

# answered CODE RSC TEXT PEER-OPTION...: TEXT stands in a line of the answer
answered ()
{
  code=$1 rsc=$2 text=$3
  shift 3
  # shellcheck disable=SC2086 # proof is words
  "$peer" -v 3 $proof "$@" >"$work/answer" 2>&1 || :
  grep -q "^code $code\$" "$work/answer" && grep -q "^rsc $rsc\$" "$work/answer" &&
    grep -qF -- "$text" "$work/answer" && return
  echo "expected $code, $rsc and $text"
  cut -c1-300 "$work/answer"
  return 1
}

# unheard PEER-OPTION...: no answer, because no association
unheard ()
{
  # shellcheck disable=SC2086
  "$peer" -B 2 -v 3 $proof "$@" >"$work/answer" 2>&1 || :
  ! grep -q '^code' "$work/answer"
}

# observe PEER-OPTION...: begins to; what comes is read through descriptor 7
observe ()
{
  mkfifo "$work/observed"
  # shellcheck disable=SC2086
  "$peer" -s 40 -v 3 $proof "$@" >"$work/observed" 2>&1 7>&- &
  observer=$!
  exec 7<"$work/observed"
  rm -f "$work/observed"
}

# hears TEXT: reads what is observed until a line has it; the client's own time bounds this
hears ()
{
  while IFS= read -r line <&7; do
    case $line in
      *"$1"*) return ;;
    esac
  done
  echo "no $1"
  return 1
}

# serve OPTION...: libcoap's server, which knows no option of oneM2M, but shows what comes; it is
# heard like an observer. Its own time bounds this, too
serve ()
{
  mkfifo "$work/served"
  timeout 60 stdbuf -oL coap-server-gnutls -A 127.0.0.1 -v 8 "$@" >"$work/served" 2>&1 7>&- &
  observer=$!
  exec 7<"$work/served"
  rm -f "$work/served"
}

# subscription URL: of one who wants to hear of new children
subscription ()
{
  echo "{\"m2m:sub\":{\"nu\":[\"$1\"],\"enc\":{\"net\":[3]}}}"
}

# forget: the observer is not needed any more
forget ()
{
  kill "$observer" 2>/dev/null || :
  wait "$observer" 2>/dev/null || :
  exec 7<&-
}
