/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "gh-bus-applications.h"
#include "gh-bus-registration.h"
#include "gh-cse-applications.h"

G_BEGIN_DECLS

/* Shared by gh-bus-applications.c (calls of programs) and gh-bus-delivery.c (calls to them). */

typedef struct _GhBusClient GhBusClient;

/** GhBusApplication: one AE-ID that a connection has registered. Counted: a delivery may outlive
 * the registration. */
typedef struct {
  GhBusApplications *applications;
  GhBusClient *client; /* NULL: it has gone */
  char *sender;        /* unique name */
  char *ae_id;
  char *object; /* NULL: it cannot be called */
  gboolean by_call, remove_on_exit;
  GhAdmission admission;
  guint64 association;
} GhBusApplication;

struct _GhBusApplications {
  GhCse *cse;
  GDBusConnection *connection;
  gboolean system, closed;
  char *cse_name, *cse_id;
  GHashTable *clients; /* unique name -> GhBusClient */
  GHashTable *by_ae;   /* AE-ID -> GhBusApplication */
  GMutex lock;         /* of the next two */
  GCond ended;
  guint n_threads; /* that look into the vault */
};

void gh_bus_application_unref (GhBusApplication *application);

/** gh_bus_application_drop: it has gone; @reason is static. @tell: it is there, and told. */
void gh_bus_application_drop (GhBusApplication *application, gboolean tell, const char *reason);
/** gh_bus_application_is_admitted: what proved it still counts. Otherwise it is dropped. */
gboolean gh_bus_application_is_admitted (GhBusApplication *application);

/** gh_bus_delivery_ops: for gh_cse_set_applications(), with the GhBusApplications. */
extern const GhCseApplicationOps gh_bus_delivery_ops;

G_END_DECLS
