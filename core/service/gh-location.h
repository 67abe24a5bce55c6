/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-service.h"

G_BEGIN_DECLS

/** GhFix: where the machine is. WGS 84. */
typedef struct {
  gdouble latitude, longitude; /* degrees */
  gdouble accuracy_m;          /* radius; negative: not known */
  gdouble altitude_m;
  gboolean has_altitude;
  gint64 wall_us; /* when it was found */
} GhFix;

/* What locationStatus says. */
#define GH_LOCATION_LOCATED "located"
#define GH_LOCATION_UNKNOWN "no position is known"

/**
 * GhLocations:
 * The newest position of this machine, as a source outside of the core tells it. Any thread.
 */
GhLocations *gh_locations_new (void);
void gh_locations_free (GhLocations *locations);

/**
 * gh_location_publish:
 * Keeps @fix as the newest, and hands it to the locationPolicy resources that have no period of
 * their own. Any thread. Returns: FALSE with @fault when it is nowhere on Earth
 */
gboolean gh_location_publish (GhService *service, const GhFix *fix, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;
/** gh_location_latest: FALSE: no source has told one. */
gboolean gh_location_latest (GhService *service, GhFix *out);

/** gh_location_store: a contentInstance with @fix below the container that @policy names. FALSE:
 * there is no such container any more. Writer's thread. */
gboolean gh_location_store (GhService *service, const GhView *view, const GhResource *policy,
                            const GhFix *fix);
/** gh_location_deliver: the same with the newest position, and says in locationStatus what became
 * of it. Writer's thread, in a batch. */
gboolean gh_location_deliver (GhService *service, GhWriter *writer, const GhNode *policy,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/** gh_location_container: the container of @policy, as far as it is still its own. View's thread.
 */
gboolean gh_location_container (const GhService *service, const GhView *view,
                                const GhResource *policy, GhNode *out);
/** gh_location_period: the active period of @policy in microseconds (the first of
 * locationUpdatePeriod); 0: none. */
gint64 gh_location_period (const GhResource *policy);

G_END_DECLS
