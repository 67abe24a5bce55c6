/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/gh-job.h"

G_BEGIN_DECLS

/**
 * gh_check_identity:
 * From is an identity that the principal of the association may use, in the form that this kind of
 * association allows (TS-0004 7.3.2.1, TS-0003 7.1.3, design section 6). Sets what @job knows of
 * the originator. FALSE with @fault: 4000 (missing, wrong form), 4106 (somebody else's), 4107
 * (nobody proved anything). Any thread.
 */
gboolean gh_check_identity (GhJob *job, GhFault *fault);

typedef enum {
  GH_REGISTRATION_NONE,    /* an ordinary create: policies decide */
  GH_REGISTRATION_ALLOWED, /* the credential decides, not the policy of the CSEBase */
  GH_REGISTRATION_REFUSED,
} GhRegistration;

/**
 * gh_check_registration: whether the creation of a resource of @type below @parent registers an AE
 * or a CSE, and whether the principal may (TS-0001 10.2.2.2, 10.2.2.7). REFUSED with @fault (4107).
 * Any thread.
 */
GhRegistration gh_check_registration (const GhService *service, const GhPrincipal *principal,
                                      const GhRequestFacts *facts, const GhType *type,
                                      const GhSlot *parent, GhFault *fault);

/**
 * gh_reserve_identity: @identity, an AE-ID stem or a CSE-ID that @principal registers, is to belong
 * to the owner of its credential; see gh_bindings_reserve(). The writer's thread. FALSE with
 * @fault: 4106 when it is somebody else's, or the administrator's.
 */
gboolean gh_reserve_identity (GhService *service, const GhPrincipal *principal,
                              const char *identity, GhFault *fault) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
