# SPDX-License-Identifier: LGPL-2.1-or-later
"""Walks what openssl and gnutls-cli can offer against each TLS profile, and compares with
tls-matrix.tsv. Prints TAP.

usage: tls_matrix.py PEER MATRIX sample|whole|write
"""

import os
import re
import select
import subprocess
import sys
import tempfile
import threading

PROFILES = ["onem2m", "lwm2m", "modern"]
PSK = "0123456789abcdef".encode().hex()
NAME = "client@example.org"
MANDATORY = {"PSK-AES128-CCM8", "PSK-AES128-CBC-SHA256", "ECDHE-ECDSA-AES128-CCM8",
             "ECDHE-ECDSA-AES128-SHA256",
             "TLS_PSK_AES_128_CCM_8", "TLS_PSK_AES_128_CBC_SHA256",
             "TLS_ECDHE_ECDSA_AES_128_CCM_8", "TLS_ECDHE_ECDSA_AES_128_CBC_SHA256"}
MODERN_12 = {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
             "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-CCM",
             "ECDHE-PSK-CHACHA20-POLY1305", "PSK-AES128-GCM-SHA256", "PSK-AES256-GCM-SHA384",
             "PSK-CHACHA20-POLY1305", "PSK-AES128-CCM",
             "TLS_ECDHE_ECDSA_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_AES_256_GCM_SHA384",
             "TLS_ECDHE_ECDSA_CHACHA20_POLY1305", "TLS_ECDHE_ECDSA_AES_128_CCM",
             "TLS_ECDHE_PSK_CHACHA20_POLY1305", "TLS_PSK_AES_128_GCM_SHA256",
             "TLS_PSK_AES_256_GCM_SHA384", "TLS_PSK_CHACHA20_POLY1305", "TLS_PSK_AES_128_CCM"}
MODERN_13 = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
             "TLS_AES_128_CCM_SHA256"}
# Our server has an ECDSA key only, so these are for what goes out.
MODERN_RSA = {"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384",
              "ECDHE-RSA-CHACHA20-POLY1305"}
GROUPS = {"onem2m": {"P-256", "P-384"}, "lwm2m": {"P-256", "P-384", "P-521", "X25519"},
          "modern": {"P-256", "P-384", "P-521", "X25519"}}
SIGNATURES = {"onem2m": {"ECDSA+SHA256", "ECDSA+SHA384"},
              "lwm2m": {"ECDSA+SHA256", "ECDSA+SHA384", "ECDSA+SHA512"},
              "modern": {"ECDSA+SHA256", "ECDSA+SHA384", "ECDSA+SHA512"}}
KEYS = {"onem2m": {"P-256", "P-384", "P-521"}, "lwm2m": {"P-256", "P-384", "P-521"},
        "modern": {"P-256", "P-384", "P-521", "ed25519", "rsa3072", "rsa4096"}}
ALL_GROUPS = ["P-256", "P-384", "P-521", "X25519", "X448", "ffdhe2048", "ffdhe3072", "P-224",
              "P-192", "secp256k1", "brainpoolP256r1", "brainpoolP384r1", "sect283r1",
              "secp160r1"]
ALL_SIGNATURES = [a + "+" + h for a in ("ECDSA", "RSA", "RSA-PSS", "DSA")
                  for h in ("SHA1", "SHA224", "SHA256", "SHA384", "SHA512")] + ["ed25519", "ed448"]
ALL_KEYS = {"P-192": "EC:prime192v1", "P-224": "EC:secp224r1", "P-256": "EC:prime256v1",
            "P-384": "EC:secp384r1", "P-521": "EC:secp521r1", "secp256k1": "EC:secp256k1",
            "brainpoolP256r1": "EC:brainpoolP256r1", "ed25519": "ED25519", "ed448": "ED448",
            "rsa1024": "RSA:1024", "rsa2048": "RSA:2048", "rsa3072": "RSA:3072",
            "rsa4096": "RSA:4096"}
ALL_HASHES = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]
OPEN = ":@SECLEVEL=0"
VERSIONS = {"stream": ["tls1", "tls1_1", "tls1_2", "tls1_3"], "datagram": ["dtls1", "dtls1_2"]}


def expected(row):
    """What the profile allows, in words of the offer."""
    direction, peer, transport, profile, offer = row
    kind, value = offer.split(" ", 1)
    version, _, value = value.rpartition(" ") if kind in ("group", "signature") else ("", "", value)
    if version in ("1.3", "tls1_3") and profile != "modern":
        return "no"
    if kind == "version":
        good = {"tls1_2", "dtls1_2", "TLS1.2", "DTLS1.2"}
        if profile == "modern":
            good |= {"tls1_3", "TLS1.3"}
        return "yes" if value in good else "no"
    if kind == "suite":
        good = MANDATORY if profile != "modern" else set(MODERN_12)
        if profile == "modern" and transport == "stream":
            good |= MODERN_13
        if profile == "modern" and direction == "out":
            good |= MODERN_RSA
        return "yes" if value in good else "no"
    if kind == "group":
        if version != "tls1_3" and value != "P-256":
            return "no"  # in 1.2 the groups are also those of certificates, and ours are of P-256
        return "yes" if value in GROUPS[profile] else "no"
    if kind == "signature":
        if version == "tls1_3" and value != "ECDSA+SHA256":
            return "no"  # in 1.3 the curve of the key, P-256, goes with this hash only
        return "yes" if value in SIGNATURES[profile] else "no"
    if kind == "key":
        if direction == "out" and value.startswith("P-"):
            return "yes" if value in GROUPS[profile] else "no"
        if direction == "out" and transport == "datagram" and value == "ed25519":
            return "no"  # s_server does not sign with it under DTLS
        return "yes" if value in KEYS[profile] else "no"
    return "yes" if value in ("sha256", "sha384", "sha512") else "no"


def run(command, timeout=8):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=timeout)
        return done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired:
        return ""


class Files:
    """Keys and certificates that programs of others show."""

    def __init__(self, work):
        self.work = work
        for name, kind in ALL_KEYS.items():
            self.make("key-" + name, kind, "sha256")
        for digest in ALL_HASHES:
            self.make("hash-" + digest, "EC:prime256v1", digest)

    def make(self, name, kind, digest):
        algorithm, _, size = kind.partition(":")
        key, crt = self.pair(name)
        command = ["openssl", "genpkey", "-out", key, "-algorithm", algorithm]
        if algorithm == "EC":
            command += ["-pkeyopt", "ec_paramgen_curve:" + size,
                        "-pkeyopt", "ec_param_enc:named_curve"]
        elif algorithm == "RSA":
            command += ["-pkeyopt", "rsa_keygen_bits:" + size]
        run(command, 30)
        command = ["openssl", "req", "-x509", "-new", "-key", key, "-out", crt, "-days", "2",
                   "-subj", "/CN=test", "-addext", "subjectAltName=DNS:localhost",
                   "-addext", "keyUsage=digitalSignature"]
        run(command + (["-" + digest] if not algorithm.startswith("ED") else []), 30)

    def pair(self, name):
        return [os.path.join(self.work, name + end) for end in (".key", ".crt")]


class Peer:
    """Our layers with one profile."""

    def __init__(self, program, profile):
        self.profile = profile
        self.process = subprocess.Popen([program, profile], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        ports = self.process.stdout.readline().split()
        self.ports = {"stream": int(ports[1]), "datagram": int(ports[2])}

    def ask(self, line):
        self.process.stdin.write((line + "\n").encode())
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().split(" ", 1)[1].strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def openssl_options(files, row):
    """Options of s_client and s_server for the offer of a row."""
    direction, peer, transport, profile, offer = row
    kind, value = offer.split(" ", 1)
    version = "tls1_2" if transport == "stream" else "dtls1_2"
    suites, tls13, more, name = "ALL:COMPLEMENTOFALL", None, [], "key-P-256"
    if kind == "version":
        version = value
    elif kind == "suite" and value.startswith("TLS_"):
        version, tls13 = "tls1_3", value
    elif kind == "suite":
        suites = value
    elif kind == "group":
        version, value = value.split(" ")
        more = ["-groups", value]
        suites = "ECDHE"
    elif kind == "signature":
        version, value = value.split(" ")
        more = ["-sigalgs", value]
        suites = "ECDHE"
    else:
        name = kind + "-" + value
        suites = "ECDHE"
    key, crt = files.pair(name)
    options = ["-" + version, "-cipher", suites + OPEN, "-cert", crt, "-key", key] + more
    if suites == "ECDHE" or tls13:
        pass
    elif kind != "suite" or "PSK" in value:
        options += ["-psk", PSK]
    return options + (["-ciphersuites", tls13] if tls13 else [])


def incoming(peer, files, row):
    direction, program, transport, profile, offer = row
    port = peer.ports[transport]
    peer.ask("?")
    if program == "openssl":
        options = openssl_options(files, row)
        if "-psk" in options:
            options += ["-psk_identity", NAME]
        run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % port] + options)
    else:
        key, crt = files.pair("key-P-256")
        command = ["gnutls-cli", "--insecure", "--no-ca-verification", "-p", str(port),
                   "--priority", gnutls_priority(row), "--x509keyfile", key, "--x509certfile", crt]
        if "PSK" in offer:
            command += ["--pskusername", NAME, "--pskkey", PSK]
        run(command + (["--udp"] if transport == "datagram" else []) + ["127.0.0.1"])
    return "no" if peer.ask("?").startswith("0 ") else "yes"


def wait_for_port(process):
    said = b""
    while select.select([process.stdout], [], [], 5)[0]:
        octets = os.read(process.stdout.fileno(), 4096)
        said += octets
        found = re.search(rb"ACCEPT \S*:(\d+)\s", said)
        if found:
            return int(found.group(1))
        if not octets:
            break
    return 0


def outgoing(peer, files, row):
    direction, program, transport, profile, offer = row
    options = openssl_options(files, row)
    kind = "x509"
    if offer.startswith("suite") and "PSK" in offer:
        kind = "psk"
    elif not offer.startswith(("key", "hash", "group", "signature")):
        key, crt = files.pair("key-rsa3072")
        options += ["-dkey", key, "-dcert", crt]
    process = subprocess.Popen(["openssl", "s_server", "-accept", "127.0.0.1:0", "-verify", "1"]
                               + options, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    port = wait_for_port(process)
    answer = peer.ask("out %s %d %s" % (transport, port, kind)) if port else "- not started"
    process.kill()
    process.communicate()
    return "no" if answer.startswith("-") else "yes"


CIPHERS = "3DES_EDE_CBC|ARCFOUR_128|NULL|(?:AES|CAMELLIA)_\\d+_(?:CBC|GCM|CCM_8|CCM)|CHACHA20_POLY1305"


def gnutls_priority(row):
    direction, program, transport, profile, offer = row
    kind, value = offer.split(" ", 1)
    base = "NONE:+COMP-NULL:+GROUP-ALL:+SIGN-ALL:+CTYPE-ALL"
    versions = "+VERS-TLS1.2" if transport == "stream" else "+VERS-DTLS1.2"
    every = "+ECDHE-ECDSA:+PSK:+AES-128-CCM-8:+AES-128-CBC:+AES-128-GCM:+SHA1:+SHA256:+AEAD"
    if kind == "version":
        return "%s:+VERS-%s:%s" % (base, value, every)
    if kind == "group":
        version, group = value.split(" ")
        return "%s:+VERS-TLS%s:%s:-GROUP-ALL:+GROUP-%s:-PSK" % (base, version, every, group)
    found = re.match("TLS_(?:(.+?)_)?(%s)(?:_(.+))?$" % CIPHERS, value)
    exchange, cipher, mac = found.groups()
    if exchange is None:
        return base + ":+VERS-TLS1.3:+ECDHE-ECDSA:+AEAD:+" + cipher.replace("_", "-")
    exchange = exchange.replace("DH_ANON", "ANON-DH").replace("ECDH_ANON", "ANON-ECDH")
    exchange = exchange.replace("ECANON-DH", "ANON-ECDH").replace("SRP_SHA", "SRP")
    if "GCM" in cipher or "CCM" in cipher or "POLY" in cipher:
        mac = "AEAD"
    return "%s:%s:+%s:+%s:+%s" % (base, versions, exchange.replace("_", "-"),
                                  cipher.replace("_", "-"), mac)


def openssl_suites():
    text = run(["openssl", "ciphers", "-s", "-tls1_2", "-psk", "-srp", "ALL:COMPLEMENTOFALL" + OPEN])
    named = [name for name in text.strip().split(":") if not name.startswith("TLS_")]
    return named + ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                    "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_CCM_SHA256",
                    "TLS_AES_128_CCM_8_SHA256"]


def gnutls_suites():
    words = re.findall(r"^(TLS_\S+)\s", run(["gnutls-cli", "-l"]), re.M)
    return [word for word in words if re.match("TLS_(?:(.+?)_)?(%s)(?:_(.+))?$" % CIPHERS, word)]


def rows_of(profile):
    for transport in ("stream", "datagram"):
        offers = ["version " + v for v in VERSIONS[transport]]
        offers += ["suite " + s for s in openssl_suites()
                   if transport == "stream" or not s.startswith("TLS_")]
        for version in ["tls1_2", "tls1_3"] if transport == "stream" else ["dtls1_2"]:
            offers += ["group %s %s" % (version, g) for g in ALL_GROUPS]
            offers += ["signature %s %s" % (version, s) for s in ALL_SIGNATURES]
        offers += ["key " + k for k in ALL_KEYS] + ["hash " + h for h in ALL_HASHES]
        for direction in ("in", "out"):
            for offer in offers:
                yield (direction, "openssl", transport, profile, offer)
        offers = ["suite " + s for s in gnutls_suites()
                  if transport == "stream" or not s.startswith("TLS_AES_1")
                  and not s.startswith(("TLS_AES_", "TLS_CHACHA20_"))]
        offers += ["version " + v for v in (["TLS1.0", "TLS1.1", "TLS1.2"] if transport == "stream"
                                            else ["DTLS1.0", "DTLS1.2"])]
        if transport == "stream":
            offers += ["group %s %s" % (v, g) for v in ("1.2", "1.3")
                       for g in ("SECP192R1", "SECP224R1", "X448", "FFDHE2048", "FFDHE3072")]
        for offer in offers:
            yield ("in", "gnutls", transport, profile, offer)


def is_in_sample(index, row):
    return expected(row) == "yes" and index % 3 == 0 or index % 41 == 0


def walk(program, files, profile, mode, results):
    peer = Peer(program, profile)
    for index, row in enumerate(rows_of(profile)):
        if mode == "sample" and not is_in_sample(index, row):
            continue
        results[row] = (incoming if row[0] == "in" else outgoing)(peer, files, row)
    peer.close()


def load(path):
    kept = {}
    with open(path) as lines:
        for line in lines:
            if not line.startswith("#"):
                *row, result = line.rstrip("\n").split("\t")
                kept[tuple(row)] = result
    return kept


def write(path, results):
    with open(path, "w") as out:
        out.write("# SPDX-License-Identifier: LGPL-2.1-or-later\n"
                  "# direction, peer, transport, profile, offer, result; see tls_matrix.py\n")
        for row in sorted(results):
            out.write("\t".join(row) + "\t" + results[row] + "\n")


def main():
    program, matrix, mode = sys.argv[1:4]
    results = {}
    with tempfile.TemporaryDirectory() as work:
        files = Files(work)
        threads = [threading.Thread(target=walk, args=(program, files, p, mode, results))
                   for p in PROFILES]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if mode == "write":
        write(matrix, results)
    kept = load(matrix)
    cases = 0
    wrong = [row for row in kept if kept[row] != expected(row)]
    missing = [row for row in results if row not in kept]
    differ = [row for row in results if row in kept and results[row] != kept[row]]
    for what, rows in (("the matrix is what the profiles allow", wrong),
                       ("every offer of this machine is in the matrix", missing),
                       ("%d handshakes end as the matrix says" % len(results), differ)):
        cases += 1
        print("%s %d - %s" % ("not ok" if rows else "ok", cases, what))
        for row in rows[:40]:
            print("#   %s: %s, kept %s, allowed %s" % (" ".join(row), results.get(row),
                                                      kept.get(row), expected(row)))
    print("1..%d" % cases)
    return 1 if wrong or missing or differ else 0


sys.exit(main())
