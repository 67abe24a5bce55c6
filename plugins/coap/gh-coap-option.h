/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The options that are understood here: those of RFC 7252, 7641, 7959 and 9175, and the two sets of
 * TS-0008: the current one (V3.7 and later, registered numbers) and the older one of the first
 * releases. Numbers that both sets share stand once. */

enum {
  /* TS-0008 table 6.2.2.4.0-1 */
  GH_COAP_OPTION_OT = 259,
  GH_COAP_OPTION_RTURI = 263,
  GH_COAP_OPTION_TY = 267,
  GH_COAP_OPTION_RVI = 271,
  GH_COAP_OPTION_ASRI = 275,
  GH_COAP_OPTION_FR = 279,
  GH_COAP_OPTION_RQI = 283,
  GH_COAP_OPTION_RQET = 291,
  GH_COAP_OPTION_RSET = 295,
  GH_COAP_OPTION_OET = 299,
  GH_COAP_OPTION_EC = 303,
  GH_COAP_OPTION_RSC = 307,
  GH_COAP_OPTION_GID = 311,
  GH_COAP_OPTION_CTO = 319,
  GH_COAP_OPTION_CTS = 323,
  GH_COAP_OPTION_ATI = 327,
  GH_COAP_OPTION_VSI = 331,
  GH_COAP_OPTION_GTM = 335,
  GH_COAP_OPTION_AUS = 339,
  /* the older set, where its numbers differ */
  GH_COAP_OPTION_OLD_FR = 256,
  GH_COAP_OPTION_OLD_RQI = 257,
  GH_COAP_OPTION_OLD_RQET = 260,
  GH_COAP_OPTION_OLD_RSET = 261,
  GH_COAP_OPTION_OLD_OET = 262,
  GH_COAP_OPTION_OLD_EC = 264,
  GH_COAP_OPTION_OLD_RSC = 265,
  GH_COAP_OPTION_OLD_GID = 266,
  GH_COAP_OPTION_OLD_CTO = 268,
  GH_COAP_OPTION_OLD_CTS = 269,
  GH_COAP_OPTION_OLD_ATI = 270,
  GH_COAP_OPTION_OLD_VSI = 272,
};

/* Which of the two sets a number belongs to. */
typedef enum {
  GH_COAP_SET_NONE,    /* not of oneM2M */
  GH_COAP_SET_SHARED,  /* of both */
  GH_COAP_SET_CURRENT, /* of V3.7 and later only */
  GH_COAP_SET_OLD,     /* of the first releases only */
} GhCoapSet;

typedef struct {
  guint16 number;
  guint16 minimum, maximum; /* octets of the value */
  gboolean repeatable;
  guint8 set;      /* GhCoapSet */
  guint16 current; /* the number of the same parameter in the current set; 0: not of oneM2M */
} GhCoapOptionRow;

/** gh_coap_option_find: NULL for an option that is not understood. Static. Any thread. */
const GhCoapOptionRow *gh_coap_option_find (guint16 number);

/** gh_coap_option_in_set: the number that parameter @current (a number of the current set) has in
 * @set; 0 when @set has none. Any thread. */
guint16 gh_coap_option_in_set (guint16 current, GhCoapSet set);

/** gh_coap_option_is_critical: RFC 7252 5.4.6. */
static inline gboolean
gh_coap_option_is_critical (guint16 number)
{
  return (number & 1) != 0;
}

G_END_DECLS
