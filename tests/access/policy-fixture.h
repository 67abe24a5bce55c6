/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "access/gh-decision.h"

/* What the tests of access control share. */

extern const GhHome fixture_home; /* "m2msp.org", "gatehouse" */

/* Parses @json, in which ' stands for ". Aborts the test when it is no JSON. */
GhValue fixture_value (GhArena *arena, const char *json);
/* Compiles the set of rules @json; NULL with @fault. */
GhPolicy *fixture_compile (const char *json, GhFault *fault);
/* Compiles and expects success. */
GhPolicy *fixture_policy (const char *json);
/* Aborts the test when @from is no originator. Strings are never freed. */
GhOriginator fixture_originator (const char *from);
/* A retrieve of a container by @from, not authenticated, from an unknown address, in 2026. */
GhRequestFacts fixture_request (const char *from);
/* 16 octets of an IPv4 or IPv6 address. */
void fixture_address (const char *text, guint8 out[16]);
/* "20260301T120000" */
gint64 fixture_time (const char *timestamp);
/* The verdict of one policy without facts; *out_needs may be NULL. */
GhVerdict fixture_decide (const char *json, const GhRequestFacts *request, GhNeeds *out_needs);
