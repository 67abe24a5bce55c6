/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-cse.h"

G_BEGIN_DECLS

/* The point of access of an AE that is a program beside this one, and not behind a socket. It says
 * nothing about where: who gets what is sent there is found by the AE's identifier. */
#define GH_CSE_APPLICATION_POA "dbus://application"

#define GH_CSE_MAX_REPLY       1048576 /* octets of a response primitive of an application */

/**
 * GhCseDelivery:
 * A request of the CSE, or of somebody through it, for an AE that is an application of the program
 * that the CSE is in. Creator's context.
 */
typedef struct _GhCseDelivery GhCseDelivery;

/** GhCseApplicationOps: calls come on the creator's context. */
typedef struct {
  /* @delivery (transfer full): to be ended by one of the three below */
  void (*deliver) (GhCse *cse, GhCseDelivery *delivery, gpointer user_data);
  /* what proved the association counts no more, or an administrator ends it */
  void (*close) (GhCse *cse, guint64 association, gpointer user_data);
} GhCseApplicationOps;

/** gh_cse_set_applications: @ops (nullable): static; without it applications cannot be reached.
 * Creator's context. */
void gh_cse_set_applications (GhCse *cse, const GhCseApplicationOps *ops, gpointer user_data);

/** gh_cse_delivery_get_holder: identifier of the AE. _get_primitive: the request as JSON with short
 * names. _get_notification: its content, when it is a m2m:sgn; else NULL. _get_timeout_ms: of the
 * whole exchange. Strings are the delivery's. */
const char *gh_cse_delivery_get_holder (const GhCseDelivery *delivery);
const char *gh_cse_delivery_get_primitive (const GhCseDelivery *delivery);
const char *gh_cse_delivery_get_notification (const GhCseDelivery *delivery);
const char *gh_cse_delivery_get_subscription (const GhCseDelivery *delivery);
guint gh_cse_delivery_get_timeout_ms (const GhCseDelivery *delivery);

/** gh_cse_delivery_accept: the application has it; answered 2000. Takes @delivery. */
void gh_cse_delivery_accept (GhCseDelivery *delivery);
/**
 * gh_cse_delivery_answer:
 * @text: a response primitive as JSON, see gh_response_from_json(): its status is from 2000 on,
 * its identifier, when it has one, that of the request
 * Anything else, or more than GH_CSE_MAX_REPLY octets, is an answer that was not understood, which
 * is said in the log. Takes @delivery.
 */
void gh_cse_delivery_answer (GhCseDelivery *delivery, const char *text);
/** gh_cse_delivery_fail: no answer. @unsent: the application cannot have seen it, so that it may be
 * tried again. Takes @delivery. */
void gh_cse_delivery_fail (GhCseDelivery *delivery, gboolean unsent, const char *reason);

/** gh_cse_application_reached: the AE @ae_id can be called from now on: what waits for it comes.
 * Creator's context. */
void gh_cse_application_reached (GhCse *cse, const char *ae_id);

G_END_DECLS
