#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# ghctl credential and ghctl ca against a real daemon: secrets go in and come out only where they
# are meant to, and OpenSSL reads what the authority makes.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

if [ "${1:-}" != inside ]; then
  dbus-run-session -- "${GH_TEST_SHELL:-sh}" "$0" inside
  exit
fi
start_daemon --session

key=000102030405060708090a0b0c0d0e0f
pump=12-pump@example.org
umask 022

# with TEXT COMMAND...: the command with the text at its standard input
with ()
{
  text=$1
  shift
  printf '%s\n' "$text" | "$@"
}

# silent COMMAND...: succeeds and says nothing of the key
silent ()
{
  output=$("$@" 2>&1) || { echo "$output"; return 1; }
  case $output in
    *0102030405*|*AAECAwQF*) echo "the key is in: $output"; return 1 ;;
  esac
}

check "a key from standard input" says "$pump" \
  with "$key" "$ghctl" credential add pump@example.org -i Cpump --label "in the cellar"
check "is not listed" silent "$ghctl" credential list
check "is not shown" silent "$ghctl" credential show "$pump"
check "what it is is told in one order" sh -c \
  '"$1" credential show "$2" | cut -d " " -f 1 | head -n 4 | tr "\\n" " " | grep -x "id kind subject state "' \
  sh "$ghctl" "$pump"
check "what it may use is" says "Cpump" "$ghctl" credential show "$pump"
check "export must be told where to" status_is 2 "$ghctl" credential export "$pump"
check "export to standard output" says "pump@example.org $key" \
  "$ghctl" credential export "$pump" --output -
check "export to a file" "$ghctl" credential export "$pump" --output "$work/pump.key"
check "that is ours alone" says "600" stat -c %a "$work/pump.key"
check "and is not overwritten" status_is 2 "$ghctl" credential export "$pump" \
  --output "$work/pump.key"
check "base64 is a key, too" says "12-b@example.org" \
  with "AAECAwQFBgcICQoLDA0ODw==" "$ghctl" credential add b@example.org
check "the same one" says "$key" "$ghctl" credential export 12-b@example.org --output -
check "what is neither is refused" status_is 2 with "not a key" "$ghctl" credential add c@example.org
check "a short one is refused" status_is 1 with 0001 "$ghctl" credential add c@example.org
check "an identity has one owner" says "belongs to another owner" \
  with "$key" "$ghctl" credential add c@example.org -i Cpump
check "generate prints the key once" says "new@example.org " \
  "$ghctl" credential generate new@example.org
check "change adds what it may" "$ghctl" credential change "$pump" -i Cflap --stem 'Cpump*' \
  --app-id Nother
check "an AE-ID" says "Cpump Cflap" "$ghctl" credential show "$pump"
check "an App-ID" says "Nother" "$ghctl" credential show "$pump"
check "somebody else's AE-ID is refused" says "belongs to another owner" \
  "$ghctl" credential change 12-b@example.org -i Cflap
check "change takes away" "$ghctl" credential change "$pump" --no-identity Cflap --no-app-id Nother
check "the AE-ID" says "identities     Cpump" "$ghctl" credential show "$pump"
check "what is not there cannot be taken away" says 'identities: "Cflap" is not among them' \
  "$ghctl" credential change "$pump" --no-identity Cflap
check "change ends its validity" "$ghctl" credential change "$pump" --expires 2040-01-01T00:00:00Z
check "on that day" says "2040-01-01T00:00:00Z" "$ghctl" credential show "$pump"
check "before it begins it cannot end" says "later than not-before is expected" \
  "$ghctl" credential change "$pump" --begins 2041-01-01T00:00:00Z
check "or never" "$ghctl" credential change "$pump" --expires never
check "nothing is no change" says "at least one is expected" "$ghctl" credential change "$pump"
check "no time" status_is 2 "$ghctl" credential change "$pump" --expires tomorrow
check "suspend" "$ghctl" credential suspend "$pump"
check "is in the list" says "suspended  $pump" "$ghctl" credential list
check "resume" "$ghctl" credential resume "$pump"
check "rotate" with ff0102030405060708090a0b0c0d0eff "$ghctl" credential rotate "$pump"
check "changes the key" says "ff0102030405060708090a0b0c0d0eff" \
  "$ghctl" credential export "$pump" --output -
check "and the generation, and keeps the identity" says '"generation" : 7' \
  "$ghctl" credential show --json "$pump"
check "revoke" "$ghctl" credential revoke "$pump"
check "is for ever" says "revoked, and stays so" "$ghctl" credential resume "$pump"
check "remove" "$ghctl" credential remove 12-new@example.org
check "and it is gone" status_is 1 "$ghctl" credential show 12-new@example.org

seq 1 3000 | awk '{ printf "node%d@example.org %032x Cnode%d\n", $1, $1, $1 }' >"$work/lines"
check "3,000 keys are imported" says "3000 imported" with "$(cat "$work/lines")" \
  "$ghctl" credential import
check "and listed" says "3000" sh -c '"$1" credential list | grep -c "  Cnode"' sh "$ghctl"
check "an import says which line is wrong" says "line 702:" sh -c \
  '{ echo "# comment"; seq 5001 5700 | awk "{ printf \"n%d@example.org %032x\n\", \$1, \$1 }"; echo wrong; } |
   "$1" credential import' sh "$ghctl"

check "an AE's certificate" says "33-//localhost/gatehouse/Cvalve" \
  "$ghctl" ca issue ae //localhost/gatehouse/Cvalve --output "$work/valve.pem"
check "its file is ours alone" says "600" stat -c %a "$work/valve.pem"
check "its holder may use its AE-ID" says "Cvalve" \
  "$ghctl" credential show 33-//localhost/gatehouse/Cvalve
check "a short AE-ID is completed" "$ghctl" ca issue ae Cshort --output "$work/short.pem"
check "with CSE and service provider" says "Cshort" \
  "$ghctl" credential show 33-//localhost/gatehouse/Cshort
check "one of a CSE" says "33-//localhost/mn1/Cfar" \
  "$ghctl" ca issue ae /mn1/Cfar --output "$work/far.pem"
check "one that the service provider assigns" says "33-//localhost/Sfree" \
  "$ghctl" ca issue ae Sfree --output "$work/free.pem"
check "what is none is refused" says '"pump" is not an absolute AE-ID' \
  "$ghctl" ca issue ae pump --output "$work/none.pem"
check "a CSE's certificate" "$ghctl" ca issue cse mn1.gatehouse.localhost --output "$work/mn.pem"
check "the authority's certificates" "$ghctl" ca certificates --output "$work/ca.pem"
if command -v openssl >/dev/null; then
  check "OpenSSL follows the chain" openssl verify -CAfile "$work/ca.pem" "$work/mn.pem"
  check "and finds the key with it" sh -c \
    'test "$(openssl x509 -in "$1" -noout -pubkey)" = "$(openssl pkey -in "$1" -pubout)"' \
    sh "$work/mn.pem"
  check "revoke" "$ghctl" ca revoke 32-mn1.gatehouse.localhost
  check "the lists" "$ghctl" ca crl --output "$work/crl.pem"
  check "OpenSSL finds it revoked" says "certificate revoked" \
    openssl verify -crl_check -CAfile "$work/ca.pem" -CRLfile "$work/crl.pem" "$work/mn.pem"
  openssl ecparam -name prime256v1 -genkey -noout -out "$work/raw.key"
  openssl ec -in "$work/raw.key" -pubout -out "$work/raw.pub" 2>/dev/null
  check "a raw key has its RFC 6920 name" says "30-ni:///sha-256;" \
    "$ghctl" credential add --kind rpk --file "$work/raw.pub" -i Craw
  openssl req -new -key "$work/raw.key" -subj / -out "$work/request.pem"
  check "a request brings its key" "$ghctl" ca issue node urn:dev:mac:0024befffe804ff1 \
    --request "$work/request.pem" --output "$work/node.pem"
  check "and none comes back" status_is 1 grep "PRIVATE KEY" "$work/node.pem"
else
  skip "OpenSSL reads what the authority makes" "no openssl"
fi
check "where the key could not be written no certificate is made" status_is 2 \
  "$ghctl" ca issue ae Cnowhere --output "$work/none/nowhere.pem"
check "really none" status_is 1 "$ghctl" credential show 33-//localhost/gatehouse/Cnowhere
check "a key is not made, either" status_is 2 \
  "$ghctl" credential generate nowhere@example.org --output "$work/none/nowhere.key"
check "really not" status_is 1 "$ghctl" credential show 12-nowhere@example.org
check "what is refused leaves no file" sh -c '! "$1" ca issue cat felix --output "$2" && [ ! -e "$2" ]' \
  sh "$ghctl" "$work/felix.pem"
check "a key has 16 octets or more" says "16 to 64" \
  "$ghctl" credential generate short@example.org --length 15
check "a flavour that is none" says "is not ae, cse, node or device" \
  "$ghctl" ca issue cat felix --output -
check "a command that is none ends with 2" status_is 2 "$ghctl" credential frobnicate
check "the audit log has it" says "credential     changed   credential=\"$pump\" state=\"revoked\"" \
  "$ghctl" audit
check "as it is kept" says '{"n":1,"t":"' "$ghctl" audit --json
check "its newest record only" test "$("$ghctl" audit --last 1 | wc -l)" -eq 1
check "its chain is intact" says "intact: records 1 to " "$ghctl" audit --verify
check "nobody is associated" test -z "$("$ghctl" association)"
check "an association by no number ends with 2" status_is 2 "$ghctl" association close seven
check "nothing of a key is in the log" status_is 1 grep -e 0102030405 -e "$(cut -d' ' -f2 "$work/pump.key")" \
  "$work/gatehoused.log"
stop_daemon
check "nothing of a key is in the vault's file" status_is 1 grep -c -a \
  -e "$(printf '\001\002\003\004\005\006')" -e pump "$work/vault"

# Everything is there at the next start.
start_daemon --session
check "after a restart it is still revoked" says "revoked    $pump" "$ghctl" credential list
check "and the keys are those" says "$key" "$ghctl" credential export 12-b@example.org --output -
stop_daemon
plan
