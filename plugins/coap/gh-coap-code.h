/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "primitive/gh-primitive.h"

G_BEGIN_DECLS

/** gh_coap_code_from_rsc: the response code of TS-0008 table 6.2.4-1; one of its class for a code
 * that the table does not have. @operation: what 2000 and 1002 mean depends on it. Any thread. */
guint8 gh_coap_code_from_rsc (guint rsc, GhOperation operation);

/** gh_coap_code_to_rsc: for an answer without RSC option. 0 for what is no response code. Any
 * thread. */
guint gh_coap_code_to_rsc (guint8 code);

G_END_DECLS
