/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-config.h"

/* clang-format off */
#define GH_COAP_NUMBER_(key, type, fallback, minimum, maximum, help) \
  { "coap", key, GH_CONFIG_##type, fallback, minimum, maximum, NULL, help }

/**
 * GH_COAP_CONFIG_KEYS:
 * The rows of [coap], to stand in a table of GhConfigKey. `listen` and `listen-tcp` have no
 * fallback: without them there is no plain listener, but with --dev there are those of
 * GH_COAP_DEVELOPMENT_LISTEN.
 */
#define GH_COAP_CONFIG_KEYS \
  { "coap", "listen", GH_CONFIG_LIST, NULL, 0, 0, NULL, \
    "addresses for plain CoAP, 127.0.0.1:5683 or [::1]:5683; port 0 takes a free one" }, \
  { "coap", "listen-tcp", GH_CONFIG_LIST, NULL, 0, 0, NULL, \
    "the same for plain CoAP over TCP" }, \
  { "coap", "listen-secure", GH_CONFIG_LIST, NULL, 0, 0, NULL, \
    "addresses for coaps, CoAP over DTLS; *:5684 is every address of this machine, and what is " \
    "taken without --dev when neither this nor listen-secure-tcp is given" }, \
  { "coap", "listen-secure-tcp", GH_CONFIG_LIST, NULL, 0, 0, NULL, \
    "the same for coaps+tcp, CoAP over TLS" }, \
  { "coap", "profile", GH_CONFIG_CHOICE, "onem2m", 0, 0, "onem2m|lwm2m|modern", \
    "what may be negotiated in a handshake" }, \
  { "coap", "require-certificate", GH_CONFIG_BOOLEAN, "no", 0, 0, NULL, \
    "refuse peers without a certificate or a raw public key" }, \
  GH_COAP_NUMBER_ ("ticket-lifetime", DURATION, "24h", 0, 604800, \
    "how long a peer may resume an association; 0: never"), \
  GH_COAP_NUMBER_ ("idle-timeout", DURATION, "24h", 1, 31536000, \
    "an association that is silent for so long is closed"), \
  GH_COAP_NUMBER_ ("handshake-timeout", DURATION, "30", 1, 600, \
    "a handshake must end within"), \
  GH_COAP_NUMBER_ ("max-handshakes", INTEGER, "1000", 1, 1000000, \
    "handshakes of a thread at a time"), \
  GH_COAP_NUMBER_ ("max-associations-per-address", INTEGER, "1000", 1, 1000000, \
    "associations of a thread with one address"), \
  GH_COAP_NUMBER_ ("max-message", SIZE, "64K", 2048, 16 << 20, \
    "largest message over TCP, both ways"), \
  GH_COAP_NUMBER_ ("message-timeout", DURATION, "30", 1, 3600, \
    "a message over TCP must be received whole within, and what is sent must be taken"), \
  GH_COAP_NUMBER_ ("max-unsent", SIZE, "1M", 65536, 64 << 20, \
    "octets that one peer over TCP has not taken yet; beyond it the connection is closed"), \
  GH_COAP_NUMBER_ ("mtu", INTEGER, "1280", 576, 9000, \
    "octets of a datagram of DTLS"), \
  GH_COAP_NUMBER_ ("threads", INTEGER, "0", 0, 64, \
    "threads of a listener; 0: one a processor, at most 4"), \
  GH_COAP_NUMBER_ ("max-body", SIZE, "1M", 1024, 64 << 20, \
    "largest body of a request, put together from blocks"), \
  GH_COAP_NUMBER_ ("max-bodies", SIZE, "4M", 1024, G_MAXINT64, \
    "octets of bodies of one peer that are being put together or fetched block by block"), \
  GH_COAP_NUMBER_ ("max-all-bodies", SIZE, "64M", 1024, G_MAXINT64, \
    "the same of all peers"), \
  GH_COAP_NUMBER_ ("max-answers", SIZE, "4M", 1024, G_MAXINT64, \
    "octets of answers of one peer that are kept to recognise duplicates; beyond it requests " \
    "that change something are answered 5.03"), \
  GH_COAP_NUMBER_ ("max-all-answers", SIZE, "128M", 1024, G_MAXINT64, \
    "the same of all peers"), \
  GH_COAP_NUMBER_ ("max-requests", INTEGER, "64", 1, 65536, \
    "requests of one peer that wait for their answer"), \
  GH_COAP_NUMBER_ ("max-peers", INTEGER, "10000", 1, 10000000, \
    "peers or associations of a thread; on plain CoAP the one that was silent longest is " \
    "forgotten"), \
  GH_COAP_NUMBER_ ("max-observations", INTEGER, "64", 0, 65536, \
    "resources that one peer may observe"), \
  GH_COAP_NUMBER_ ("max-all-observations", INTEGER, "10000", 0, 10000000, \
    "the same of all peers"), \
  GH_COAP_NUMBER_ ("exchange-lifetime", DURATION, "247", 1, 86400, \
    "how long a duplicate is recognised (EXCHANGE_LIFETIME)"), \
  GH_COAP_NUMBER_ ("ack-timeout", DURATION, "2", 1, 600, \
    "when a message is sent again for the first time (ACK_TIMEOUT)"), \
  GH_COAP_NUMBER_ ("outstanding", INTEGER, "1", 1, 64, \
    "messages to one peer that wait for its acknowledgement (NSTART)")
/* clang-format on */

/* What is listened on, over UDP and TCP, without --dev and without [coap] listen-secure. */
#define GH_COAP_DEFAULT_LISTEN_SECURE \
  {                                   \
    "*:5684", NULL                    \
  }

/* What --dev listens on, over UDP and TCP, without [coap] listen; each is left out where it cannot
 * be had. */
#define GH_COAP_DEVELOPMENT_LISTEN       \
  {                                      \
    "127.0.0.1:5683", "[::1]:5683", NULL \
  }
