/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-bus-admission.h"
#include "gh-bus-applications.h"
#include "gh-bus-registration.h"
#include "gh-cse-applications.h"

G_BEGIN_DECLS

/* Shared by gh-bus-applications.c (who there is, and what they send), gh-bus-register.c (how they
 * come) and gh-bus-delivery.c (what is sent to them). */

/** GhBusApplication: one AE-ID that a connection has registered. Counted: a delivery may outlive
 * the registration. */
typedef struct {
  GhBusApplications *applications;
  char *sender;        /* unique name */
  char *ae_id;
  char *object; /* NULL: it cannot be called */
  gboolean gone, by_call, remove_on_exit;
  GhAdmission admission;
  guint64 association;
} GhBusApplication;

struct _GhBusApplications {
  GhCse *cse;
  GDBusConnection *connection;
  gboolean system, closed;
  char *cse_name, *cse_id;
  GHashTable *clients; /* unique name -> Client */
  GHashTable *by_ae;   /* AE-ID -> GhBusApplication */
  GMutex lock;         /* of the next two */
  GCond ended;
  guint n_threads; /* that look into the vault */
};

void gh_bus_applications_unref (GhBusApplications *applications);
/** gh_bus_applications_enter: one more AE-ID of @sender, who is watched. FALSE with @error: he has
 * GH_BUS_MAX_AES. */
gboolean gh_bus_applications_enter (GhBusApplications *applications, const char *sender,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_bus_applications_leave: one less; who has none is forgotten. */
void gh_bus_applications_leave (GhBusApplications *applications, const char *sender);
void gh_bus_applications_end_association (GhBusApplications *applications, guint64 association,
                                          const char *reason);

void gh_bus_application_unref (GhBusApplication *application);

/** gh_bus_application_drop: it has gone; @reason is static. @tell: it is there, and told. */
void gh_bus_application_drop (GhBusApplication *application, gboolean tell, const char *reason);
/** gh_bus_application_is_admitted: what proved it still counts. Otherwise it is dropped. */
gboolean gh_bus_application_is_admitted (GhBusApplication *application);

/** gh_bus_delivery_ops: for gh_cse_set_applications(), with the GhBusApplications. */
extern const GhCseApplicationOps gh_bus_delivery_ops;

G_END_DECLS
