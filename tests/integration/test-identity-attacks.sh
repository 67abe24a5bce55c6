#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Peers with good credentials of their own who try to become somebody else: the administrator, the
# holder of a certificate, an AE that registered here, or one that no credential allows.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

for program in openssl curl; do
  command -v $program >/dev/null && continue
  echo "1..0 # SKIP no $program"
  exit
done
if [ "${1:-}" != inside ]; then
  dbus-run-session -- "${GH_TEST_SHELL:-sh}" "$0" inside
  exit
fi
umask 022
development=
start_daemon --session --set http.listen-secure=127.0.0.1:0 --set coap.listen-secure=
port=${url##*:}

# key SUBJECT OPTION...: a key of the vault, in $work/SUBJECT
key ()
{
  subject=$1
  shift
  "$ghctl" credential generate "$subject" --output "$work/$subject" "$@" >/dev/null
}

# ask SUBJECT FROM METHOD PATH [TYPE BODY]
ask ()
{
  secret=$(cut -d' ' -f2 "$work/$1")
  body=${6:-}
  printf '%s %s HTTP/1.1\r\nHost: localhost\r\nX-M2M-Origin: %s\r\nX-M2M-RI: 1\r\nX-M2M-RVI: 3\r\nContent-Type: application/json%s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s' \
    "$3" "$4" "$2" "${5:+;ty=$5}" "${#body}" "$body" |
    openssl s_client -connect "127.0.0.1:$port" -psk_identity "$1" -psk "$secret" -tls1_2 \
      -cipher PSK-AES128-CBC-SHA256 -quiet -ign_eof 2>&1
}

# register SUBJECT FROM NAME
register ()
{
  ask "$1" "$2" POST /gatehouse 2 "{\"m2m:ae\":{\"rn\":\"$3\",\"api\":\"Ndemo\",\"rr\":false,\"srv\":[\"3\"]}}"
}

check "the administrator's key" key admin@localhost --administrator
check "a key that may register any AE-ID" key any@localhost '--stem=C*' '--stem=S*'
check "the key of another owner" key other@localhost '--stem=C*' '--stem=S*'
check "the key of a CSE" key mn1@localhost -i /mn1
check "an AE has a certificate" \
  "$ghctl" ca issue ae //localhost/gatehouse/Cvalve --output "$work/valve.pem"

check "nobody registers as the administrator" says "X-M2M-RSC: 4106" \
  register any@localhost CAdmin admin
check "nor is he then" says "X-M2M-RSC: 4106" ask any@localhost CAdmin GET /gatehouse
check "nor as the holder of a certificate" says "X-M2M-RSC: 4106" register any@localhost Cvalve valve
for from in /gatehouse/Cvalve //localhost/gatehouse/Cvalve CAdmin/ 'CAdm%69n' /gatehouse /mn1 'C*' '*' c; do
  check "nor with From $from" says "X-M2M-RSC: 4" register any@localhost "$from" strange
done
check "an AE registers" says "X-M2M-RSC: 2001" register any@localhost Sown own
check "another owner does not get its AE-ID" says "X-M2M-RSC: 41" register other@localhost Sown own2
check "nor asks for it at its leisure" says "is blocking" \
  ask other@localhost Sown POST '/gatehouse?rt=1' 2 '{"m2m:ae":{"rn":"own2","api":"Ndemo","rr":false,"srv":["3"]}}'
check "nor elsewhere, through this CSE" says "X-M2M-RSC: 4000" \
  ask other@localhost Sown POST /~/mn1/base 2 '{"m2m:ae":{"rn":"own2","api":"Ndemo","rr":false,"srv":["3"]}}'
check "nor below a resource of ours" says "X-M2M-RSC: 4000" \
  ask other@localhost Sown POST /gatehouse/own 2 '{"m2m:ae":{"rn":"own2","api":"Ndemo","rr":false,"srv":["3"]}}'
check "it leaves" says "X-M2M-RSC: 2002" ask any@localhost Sown DELETE /gatehouse/own
check "its AE-ID stays its own" says "X-M2M-RSC: 4106" register other@localhost Sown own2
check "a CSE does not speak for it meanwhile" says "X-M2M-RSC: 4106" \
  ask mn1@localhost Sown GET /gatehouse/own
check "and it comes back" says "X-M2M-RSC: 2001" register any@localhost Sown own
check "a CSE does not speak for an AE that is registered here" says "X-M2M-RSC: 4106" \
  ask mn1@localhost Sown GET /gatehouse/own
check "in no form" says "X-M2M-RSC: 4106" ask mn1@localhost //localhost/Sown GET /gatehouse/own
check "nor for one of our branch" says "X-M2M-RSC: 4106" \
  ask mn1@localhost /gatehouse/CAdmin GET /gatehouse
check "nor for one of another provider's CSE of its name" says "X-M2M-RSC: 4106" \
  ask mn1@localhost //example.org/mn1/Cx GET /gatehouse
check "it registers no AE here" says "X-M2M-RSC: 4106" register mn1@localhost Sfree free
check "nor one that it lets us name" says "X-M2M-RSC: 4" register mn1@localhost S free
check "it is still a CSE" says "X-M2M-RSC: 2001" ask mn1@localhost /mn1 POST /gatehouse 16 \
  '{"m2m:csr":{"rn":"mn1","csi":"/mn1","cb":"//localhost/mn1/base","rr":false,"srv":["3"]}}'
check "an AE of its branch is not the administrator" says "X-M2M-RSC: 4103" \
  ask mn1@localhost /mn1/CAdmin GET /gatehouse
check "a key may name this CSE by mistake" key own@localhost -i /gatehouse
check "but is not it" says "X-M2M-RSC: 4106" ask own@localhost /gatehouse GET /gatehouse
check "nor an AE of it" says "X-M2M-RSC: 4106" ask own@localhost /gatehouse/CAdmin GET /gatehouse
check "an AE-ID in another form is the same" status_is 1 key twin@localhost -i /Sown
check "the administrator is" says "X-M2M-RSC: 2000" ask admin@localhost CAdmin GET /gatehouse
stop_daemon
plan
