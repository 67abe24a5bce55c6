#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sockets that somebody else has opened: systemd-socket-activate passes them as systemd would.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"

for program in systemd-socket-activate openssl python3; do
  command -v $program >/dev/null && continue
  echo "1..0 # SKIP no $program"
  exit
done

# free KIND: a port that nobody has just now
free ()
{
  python3 -c '
import socket, sys
s = socket.socket(type=getattr(socket, sys.argv[1]))
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])' "$1"
}

# activated OPTION...: gatehoused as the first octet would start it; --accept is not ours
activated ()
{
  exec systemd-socket-activate "$@" "$gatehoused" --no-bus --set "store.path=$work/gatehouse.db" \
    --set "plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled" $more
}

# started OPTION...: waits until it is ready; what it listens on is in $work/listening
started ()
{
  mkfifo "$work/said"
  activated "$@" >"$work/said" 2>"$work/gatehoused.log" &
  daemon=$!
  exec 7<"$work/said"
  rm "$work/said"
  # the first octet starts it
  poke
  : >"$work/listening"
  while IFS= read -r line <&7; do
    case $line in
      "listening on "*) echo "${line#listening on }" >>"$work/listening" ;;
      "ready: "*) exec 7<&-; return ;;
    esac
  done
  echo "Bail out! gatehoused does not start"
  sed 's/^/# /' "$work/gatehoused.log"
  exit 1
}

# handshake PORT
handshake ()
{
  echo | timeout 60 openssl s_client -connect "127.0.0.1:$1" 2>&1
}

poke ()
{
  tries=100
  until python3 -c '
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))' "$https" 2>/dev/null; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 0
  done
}

listens_on ()
{
  sort "$work/listening" >"$work/sorted"
  printf '%s\n' "$@" | sort | diff - "$work/sorted"
}

# Which of the two sockets got the octet does not matter: systemd-socket-activate passes all.
https=$(free SOCK_STREAM)
tcp=$(free SOCK_STREAM)
more="--set coap.listen-secure="
started --fdname=https:coaps+tcp -l "127.0.0.1:$https" -l "127.0.0.1:$tcp"
check "the sockets are taken, and no others" \
  listens_on "https://127.0.0.1:$https" "coaps+tcp://127.0.0.1:$tcp"
check "HTTPS is served on its own" says "BEGIN CERTIFICATE" handshake "$https"
check "CoAP over TLS on its own" says "BEGIN CERTIFICATE" handshake "$tcp"
check "it stops" stop_daemon

# datagrams PORT: a ClientHello comes back with a cookie to ask for
udp=$(free SOCK_DGRAM)
start_datagram ()
{
  # no peer starts it: LISTEN_FDS is set by hand, as systemd-socket-activate has one type at a time
  cat >"$work/pass.py" <<'PYTHON'
import os, socket, sys
port, scheme, kind = int(sys.argv[1]), sys.argv[2], getattr(socket, sys.argv[3])
host = sys.argv[4]
s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
if ":" in host:
    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(sys.argv[5]))
s.bind((host, port))
if kind == socket.SOCK_STREAM and sys.argv[5] != "deaf":
    s.listen()
os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES=scheme)
os.execv(sys.argv[6], sys.argv[6:])
PYTHON
  mkfifo "$work/said"
  python3 "$work/pass.py" "$1" coaps SOCK_DGRAM 127.0.0.1 0 "$gatehoused" --no-bus \
    --set "store.path=$work/gatehouse.db" --set http.listen-secure= --set coap.listen-secure-tcp= \
    --set "plugins.path=$GH_TOP_BUILDDIR/plugins/uninstalled" >"$work/said" \
    2>"$work/gatehoused.log" &
  daemon=$!
  : >"$work/listening"
  while IFS= read -r line; do
    case $line in
      "listening on "*) echo "${line#listening on }" >>"$work/listening" ;;
      "ready: "*) break ;;
    esac
  done <"$work/said"
  rm "$work/said"
}
dtls ()
{
  echo | timeout 60 openssl s_client -dtls1_2 -connect "127.0.0.1:$1" 2>&1
}
start_datagram "$udp"
check "a socket of UDP is taken" listens_on "coaps://127.0.0.1:$udp"
check "and served" says "BEGIN CERTIFICATE" dtls "$udp"
check "it stops, too" stop_daemon

# refused SCHEME KIND HOST FLAG
refused ()
{
  status_is 2 python3 "$work/pass.py" 0 "$1" "$2" "$3" "$4" "$gatehoused" --no-bus \
    --set "store.path=$work/gatehouse.db"
}
check "a stream is no CoAP over DTLS" says "passed for coaps: UDP was expected" \
  refused coaps SOCK_STREAM 127.0.0.1 0
check "datagrams are no HTTPS" says "passed for https: TCP was expected" \
  refused https SOCK_DGRAM 127.0.0.1 0
check "a socket that does not listen is none" says "does not listen" \
  refused https SOCK_STREAM 127.0.0.1 deaf
check "nor one with a name of somebody else" says "passed for dbus: FileDescriptorName=" \
  refused dbus SOCK_STREAM 127.0.0.1 0
if python3 -c 'import socket; socket.socket(socket.AF_INET6).bind(("::1", 0))' 2>/dev/null; then
  check "nor one that would hide who its peers are" says "BindIPv6Only=ipv6-only" \
    refused https SOCK_STREAM :: 0
else
  skip "one that would hide who its peers are" "no IPv6"
fi
too_many ()
{
  # shellcheck disable=SC2016 # of the inner shell
  status_is 2 sh -c 'exec env LISTEN_PID=$$ LISTEN_FDS="$1" LISTEN_FDNAMES=https "$2" --no-bus \
    --set "store.path=$3"' sh "$1" "$gatehoused" "$work/gatehouse.db"
}
check "each needs its name" says "LISTEN_FDNAMES does not name as many" too_many 2
check "a number that is none is said" says "LISTEN_FDS: x sockets" too_many x
others ()
{
  env LISTEN_PID=1 LISTEN_FDS=1 LISTEN_FDNAMES=https "$gatehoused" --check-config
}
check "what is for another process is left alone" others
plan
