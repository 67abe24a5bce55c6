/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** TourSecure: what the part of the tour about proven identities needs. */
typedef struct {
  const char *ghctl;         /* the program */
  const char *coap;          /* a client of libcoap, or NULL: there is none */
  const char *folder;        /* private, for keys and certificates */
  const char *https, *coaps; /* listeners; coaps may be NULL */
  const char *cse;           /* CSEBase */
  /* says whether a promise was kept; returns it */
  gboolean (*step) (gpointer user_data, gboolean kept, const char *text);
  void (*detail) (gpointer user_data, const char *text);
  gpointer user_data;
} TourSecure;

/** tour_secure: makes credentials, shows what they open and what they do not. FALSE when a promise
 * was not kept. */
gboolean tour_secure (const TourSecure *secure);

G_END_DECLS
