/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ghctl-command.h"

#include "base/gh-config.h"

G_BEGIN_DECLS

/* What `ghctl doctor` looks at; it changes nothing. */

typedef enum { GHCTL_FINDING_OK, GHCTL_FINDING_WARNING, GHCTL_FINDING_ERROR } GhctlFindingLevel;

/** GhctlFinding: one line of the report. */
typedef struct {
  GhctlFindingLevel level;
  const char *topic; /* static, not translated: "configuration" */
  char *text, *mend; /* mend: what to do; NULL: nothing */
} GhctlFinding;

/** GhctlDoctor: what is known so far. */
typedef struct {
  GPtrArray *findings;         /* GhctlFinding */
  GhConfig *config;            /* the defaults when it cannot be read */
  char *config_path, *folder;  /* folder: of the state */
  GDBusConnection *connection; /* NULL: no daemon */
  GVariant *status;            /* of the daemon; NULL: no daemon */
} GhctlDoctor;

/** ghctl_doctor_find: @text, @mend: (transfer full); @mend may be %NULL */
void ghctl_doctor_find (GhctlDoctor *doctor, GhctlFindingLevel level, const char *topic, char *text,
                        char *mend);

/* In the order of the report. */
void ghctl_doctor_configuration (GhctlDoctor *doctor);
void ghctl_doctor_files (GhctlDoctor *doctor);
void ghctl_doctor_plugins (GhctlDoctor *doctor);
void ghctl_doctor_clock (GhctlDoctor *doctor);
void ghctl_doctor_memory (GhctlDoctor *doctor);
void ghctl_doctor_ports (GhctlDoctor *doctor);
void ghctl_doctor_bus (GhctlDoctor *doctor, GhctlBus bus);
void ghctl_doctor_credentials (GhctlDoctor *doctor);

G_END_DECLS
