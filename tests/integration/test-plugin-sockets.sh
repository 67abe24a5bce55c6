#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Transports whose sockets the service manager has passed are stopped and started, too.
set -eu
. "$GH_TOP_SRCDIR/tests/integration/tap.sh"
. "$GH_TOP_SRCDIR/tests/dbus/private-bus.sh"

for program in openssl python3; do
  command -v $program >/dev/null && continue
  echo "1..0 # SKIP no $program"
  exit
done

export PORTS="$work/ports" AFTER="$work/after"
program=$gatehoused
cat >"$work/managed" <<SCRIPT
#!/bin/sh
exec python3 "$GH_TOP_SRCDIR/tests/integration/socket_manager.py" "$program" "\$@"
SCRIPT
chmod +x "$work/managed"
gatehoused=$work/managed
development=
start_daemon --session
read -r https coaps <"$PORTS"

# handshake: what the server shows; it ends by itself, or it is killed
handshake ()
{
  echo | timeout 60 openssl s_client -connect "127.0.0.1:$https" 2>&1
}
dtls ()
{
  echo | timeout 60 openssl s_client -dtls1_2 -connect "127.0.0.1:$coaps" 2>&1
}
# turned_away: the manager's socket still listens, so nobody is refused, but reset
turned_away ()
{
  python3 - "$https" <<'PYTHON'
import socket, sys
try:
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=60) as peer:
        sys.exit(f"{peer.recv(1)} instead of an end")
except ConnectionResetError:
    pass
PYTHON
}
urls ()
{
  gdbus call --session -d org.gatehouse.Gatehouse1 -o /org/gatehouse/Gatehouse1 \
    -m org.freedesktop.DBus.Properties.GetAll org.gatehouse.Gatehouse1
}
not ()
{
  ! "$@"
}

check "the passed socket is served" says "BEGIN CERTIFICATE" handshake
check "and that of UDP" says "BEGIN CERTIFICATE" dtls
for turn in first second; do
  check "the transport is stopped ($turn)" "$ghctl" plugin stop http
  check "its address is not published any more" not says "https://127.0.0.1:$https" urls
  check "who comes is turned away at once" turned_away
  check "it is started again" "$ghctl" plugin start http
  check "on the same port" says "https://127.0.0.1:$https" urls
  check "and served" says "BEGIN CERTIFICATE" handshake
done
check "that of datagrams is stopped" "$ghctl" plugin stop coap
# late: a ClientHello for nobody; what was said meanwhile is not answered afterwards
mkfifo "$work/go"
: >"$work/late"
python3 -c '
import socket, sys
s = socket.socket(type=socket.SOCK_DGRAM)
s.connect(("127.0.0.1", int(sys.argv[1])))
s.send(bytes.fromhex(sys.argv[2]))
print("sent", flush=True)
sys.stdin.readline()
s.setblocking(False)
try:
    s.recv(1)
    print("answered")
except BlockingIOError:
    print("not answered")' "$coaps" \
  "16fefd00000000000000000030010000240000000000000024fefd$(printf '%064d' 0)00000002c02b0100" \
  <"$work/go" >"$work/late" &
late=$!
exec 7>"$work/go"
until grep -q sent "$work/late"; do sleep 0.01; done
check "it is started again" "$ghctl" plugin start coap
check "and served" says "BEGIN CERTIFICATE" dtls
echo >&7
wait "$late"
exec 7>&-
check "what came while it was stopped is not answered later" grep -q "^not answered" "$work/late"
check "a transport is stopped once more" "$ghctl" plugin stop http
check "the daemon stops" stop_daemon
check "the manager's socket is as it was" grep -x listens "$AFTER"
plan
