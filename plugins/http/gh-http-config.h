/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-config.h"

/* clang-format off */
/* Without [http] listen-secure, and not with --dev. */
#define GH_HTTP_DEFAULT_LISTEN_SECURE { "*:8443", NULL }

#define GH_HTTP_NUMBER_(key, type, fallback, minimum, maximum, help) \
  { "http", key, GH_CONFIG_##type, fallback, minimum, maximum, NULL, help }

/**
 * GH_HTTP_CONFIG_KEYS:
 * The rows of [http], to stand in a table of GhConfigKey. `listen` has no fallback: without it
 * there is no listener, but with --dev there are those of GH_HTTP_DEVELOPMENT_LISTEN.
 */
#define GH_HTTP_CONFIG_KEYS \
  { "http", "listen", GH_CONFIG_LIST, NULL, 0, 0, NULL, \
    "addresses to listen on, 127.0.0.1:8080 or [::1]:8080; port 0 takes a free one" }, \
  { "http", "listen-secure", GH_CONFIG_LIST, NULL, 0, 0, NULL, \
    "addresses for HTTPS, 192.0.2.1:8443, [::1]:8443 or *:8443 for all of this machine; port 0 " \
    "takes a free one; without the key *:8443 unless --dev, empty: none" }, \
  { "http", "tls-profile", GH_CONFIG_CHOICE, "onem2m", 0, 0, "onem2m|lwm2m|modern", \
    "versions and cipher suites of HTTPS, incoming and outgoing" }, \
  { "http", "require-certificate", GH_CONFIG_BOOLEAN, "no", 0, 0, NULL, \
    "HTTPS takes clients with a certificate only, no pre-shared keys" }, \
  GH_HTTP_NUMBER_ ("ticket-lifetime", DURATION, "24h", 0, 604800, \
    "how long a client may resume a TLS session; 0: never"), \
  GH_HTTP_NUMBER_ ("threads", INTEGER, "0", 0, 64, \
    "threads of a listener; 0: one a processor, at most 8"), \
  GH_HTTP_NUMBER_ ("max-body", SIZE, "1M", 1024, 64 << 20, \
    "largest body of a request"), \
  GH_HTTP_NUMBER_ ("max-bodies", SIZE, "64M", 1024, G_MAXINT64, \
    "octets of all bodies that are being received; beyond it requests are answered 503"), \
  GH_HTTP_NUMBER_ ("max-head", SIZE, "16K", 4096, 1 << 20, \
    "memory of a connection for the head of a request and of its answer"), \
  GH_HTTP_NUMBER_ ("max-connections", INTEGER, "1024", 1, 1000000, \
    "connections of a listener"), \
  GH_HTTP_NUMBER_ ("max-connections-per-address", INTEGER, "256", 1, 1000000, \
    "connections of a listener from one address"), \
  GH_HTTP_NUMBER_ ("idle-timeout", DURATION, "60", 1, 86400, \
    "a connection that is silent for so long is closed"), \
  GH_HTTP_NUMBER_ ("request-timeout", DURATION, "30", 1, 3600, \
    "a request must be whole within this and the idle time"), \
  GH_HTTP_NUMBER_ ("notify-queue", INTEGER, "1000", 1, 1000000, \
    "requests that may wait for one target"), \
  GH_HTTP_NUMBER_ ("notify-connections", INTEGER, "4", 1, 64, \
    "connections to one target"), \
  GH_HTTP_NUMBER_ ("notify-total-connections", INTEGER, "64", 1, 4096, \
    "connections to all targets"), \
  GH_HTTP_NUMBER_ ("notify-connect-timeout", DURATION, "5", 1, 300, \
    "time for making a connection to a target"), \
  GH_HTTP_NUMBER_ ("notify-max-answer", SIZE, "64K", 256, 16 << 20, \
    "largest answer of a target")
/* clang-format on */

/* What --dev listens on without [http] listen; a machine without IPv6 leaves the second one out. */
#define GH_HTTP_DEVELOPMENT_LISTEN       \
  {                                      \
    "127.0.0.1:8080", "[::1]:8080", NULL \
  }
