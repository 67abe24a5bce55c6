/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-option.h"

#include <coap3/coap.h>

#define PLAIN(number, minimum, maximum, repeatable)           \
  {                                                           \
    number, minimum, maximum, repeatable, GH_COAP_SET_NONE, 0 \
  }
#define TEXT(number, set, current)                    \
  {                                                   \
    number, 0, 255, FALSE, GH_COAP_SET_##set, current \
  }
#define UINT(number, set, octets, current)               \
  {                                                      \
    number, 0, octets, FALSE, GH_COAP_SET_##set, current \
  }

/* In the order of the numbers. If-Match and If-None-Match are left out on purpose: no entity tag is
 * compared before a change, and a critical option that would be passed over must be refused. The
 * standard gives times 15 octets, and the event category one; relative and fractional times, which
 * TS-0004 6.3.3 allows since, and categories up to 999 have more. */
static const GhCoapOptionRow rows[] = {
  PLAIN (COAP_OPTION_URI_HOST, 1, 255, FALSE),
  PLAIN (COAP_OPTION_ETAG, 1, 8, TRUE),
  PLAIN (COAP_OPTION_OBSERVE, 0, 3, FALSE),
  PLAIN (COAP_OPTION_URI_PORT, 0, 2, FALSE),
  PLAIN (COAP_OPTION_LOCATION_PATH, 0, 255, TRUE),
  PLAIN (COAP_OPTION_URI_PATH, 0, 255, TRUE),
  PLAIN (COAP_OPTION_CONTENT_FORMAT, 0, 2, FALSE),
  PLAIN (COAP_OPTION_MAXAGE, 0, 4, FALSE),
  PLAIN (COAP_OPTION_URI_QUERY, 0, 255, TRUE),
  PLAIN (COAP_OPTION_HOP_LIMIT, 1, 1, FALSE),
  PLAIN (COAP_OPTION_ACCEPT, 0, 2, FALSE),
  PLAIN (COAP_OPTION_LOCATION_QUERY, 0, 255, TRUE),
  PLAIN (COAP_OPTION_BLOCK2, 0, 3, FALSE),
  PLAIN (COAP_OPTION_BLOCK1, 0, 3, FALSE),
  PLAIN (COAP_OPTION_SIZE2, 0, 4, FALSE),
  PLAIN (COAP_OPTION_PROXY_URI, 1, 1034, FALSE),
  PLAIN (COAP_OPTION_PROXY_SCHEME, 1, 255, FALSE),
  PLAIN (COAP_OPTION_SIZE1, 0, 4, FALSE),
  TEXT (GH_COAP_OPTION_OLD_FR, OLD, GH_COAP_OPTION_FR),
  TEXT (GH_COAP_OPTION_OLD_RQI, OLD, GH_COAP_OPTION_RQI),
  TEXT (GH_COAP_OPTION_OT, SHARED, GH_COAP_OPTION_OT),
  TEXT (GH_COAP_OPTION_OLD_RQET, OLD, GH_COAP_OPTION_RQET),
  TEXT (GH_COAP_OPTION_OLD_RSET, OLD, GH_COAP_OPTION_RSET),
  TEXT (GH_COAP_OPTION_OLD_OET, OLD, GH_COAP_OPTION_OET),
  TEXT (GH_COAP_OPTION_RTURI, SHARED, GH_COAP_OPTION_RTURI),
  UINT (GH_COAP_OPTION_OLD_EC, OLD, 2, GH_COAP_OPTION_EC),
  UINT (GH_COAP_OPTION_OLD_RSC, OLD, 2, GH_COAP_OPTION_RSC),
  TEXT (GH_COAP_OPTION_OLD_GID, OLD, GH_COAP_OPTION_GID),
  UINT (GH_COAP_OPTION_TY, SHARED, 2, GH_COAP_OPTION_TY),
  UINT (GH_COAP_OPTION_OLD_CTO, OLD, 2, GH_COAP_OPTION_CTO),
  UINT (GH_COAP_OPTION_OLD_CTS, OLD, 2, GH_COAP_OPTION_CTS),
  TEXT (GH_COAP_OPTION_OLD_ATI, OLD, GH_COAP_OPTION_ATI),
  TEXT (GH_COAP_OPTION_RVI, SHARED, GH_COAP_OPTION_RVI),
  TEXT (GH_COAP_OPTION_OLD_VSI, OLD, GH_COAP_OPTION_VSI),
  TEXT (GH_COAP_OPTION_ASRI, CURRENT, GH_COAP_OPTION_ASRI),
  TEXT (GH_COAP_OPTION_FR, CURRENT, GH_COAP_OPTION_FR),
  TEXT (GH_COAP_OPTION_RQI, CURRENT, GH_COAP_OPTION_RQI),
  TEXT (GH_COAP_OPTION_RQET, CURRENT, GH_COAP_OPTION_RQET),
  PLAIN (COAP_OPTION_RTAG, 0, 8, TRUE),
  TEXT (GH_COAP_OPTION_RSET, CURRENT, GH_COAP_OPTION_RSET),
  TEXT (GH_COAP_OPTION_OET, CURRENT, GH_COAP_OPTION_OET),
  UINT (GH_COAP_OPTION_EC, CURRENT, 2, GH_COAP_OPTION_EC),
  UINT (GH_COAP_OPTION_RSC, CURRENT, 2, GH_COAP_OPTION_RSC),
  TEXT (GH_COAP_OPTION_GID, CURRENT, GH_COAP_OPTION_GID),
  UINT (GH_COAP_OPTION_CTO, CURRENT, 2, GH_COAP_OPTION_CTO),
  UINT (GH_COAP_OPTION_CTS, CURRENT, 2, GH_COAP_OPTION_CTS),
  TEXT (GH_COAP_OPTION_ATI, CURRENT, GH_COAP_OPTION_ATI),
  TEXT (GH_COAP_OPTION_VSI, CURRENT, GH_COAP_OPTION_VSI),
  { GH_COAP_OPTION_GTM, 0, 512, FALSE, GH_COAP_SET_CURRENT, GH_COAP_OPTION_GTM },
  TEXT (GH_COAP_OPTION_AUS, CURRENT, GH_COAP_OPTION_AUS),
};

const GhCoapOptionRow *
gh_coap_option_find (guint16 number)
{
  gsize low = 0, high = G_N_ELEMENTS (rows);

  while (low < high)
    {
      gsize middle = (low + high) / 2;

      if (rows[middle].number == number)
        return &rows[middle];
      if (rows[middle].number < number)
        low = middle + 1;
      else
        high = middle;
    }
  return NULL;
}

guint16
gh_coap_option_in_set (guint16 current, GhCoapSet set)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (rows[i].current == current && (rows[i].set == set || rows[i].set == GH_COAP_SET_SHARED))
      return rows[i].number;
  return 0;
}
