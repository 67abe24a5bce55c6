/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-coap-code.h"

#include <coap3/coap.h>

/* TS-0008 table 6.2.4-1, in the order of the codes; class * 100 + detail. 1000, 1002 and 2000 stand
 * in code_of_operation(). 4128 is missing there (TS-0004 6.6.3.5 has it since); 4.03 is what its
 * neighbours have. */
static const struct {
  guint16 rsc, code;
} code_map[] = {
  { 1001, 201 }, { 2001, 201 }, { 2002, 202 }, { 2004, 204 }, { 4000, 400 }, { 4001, 501 },
  { 4004, 404 }, { 4005, 405 }, { 4008, 504 }, { 4015, 415 }, { 4101, 403 }, { 4102, 400 },
  { 4103, 403 }, { 4104, 400 }, { 4105, 403 }, { 4106, 403 }, { 4107, 403 }, { 4108, 403 },
  { 4109, 403 }, { 4110, 400 }, { 4111, 403 }, { 4112, 403 }, { 4113, 403 }, { 4114, 403 },
  { 4115, 403 }, { 4116, 403 }, { 4117, 403 }, { 4118, 404 }, { 4119, 404 }, { 4120, 402 },
  { 4121, 404 }, { 4122, 402 }, { 4123, 400 }, { 4124, 400 }, { 4125, 501 }, { 4126, 403 },
  { 4127, 403 }, { 4128, 403 }, { 4143, 400 }, { 5000, 500 }, { 5001, 501 }, { 5103, 404 },
  { 5105, 403 }, { 5106, 400 }, { 5107, 404 }, { 5203, 403 }, { 5204, 500 }, { 5205, 403 },
  { 5206, 501 }, { 5207, 406 }, { 5208, 403 }, { 5209, 500 }, { 5210, 500 }, { 5211, 500 },
  { 5212, 500 }, { 5214, 403 }, { 5215, 403 }, { 5216, 500 }, { 5217, 500 }, { 5218, 403 },
  { 5219, 400 }, { 5220, 400 }, { 5221, 500 }, { 5222, 403 }, { 6003, 404 }, { 6005, 404 },
  { 6010, 400 }, { 6020, 500 }, { 6021, 500 }, { 6022, 400 }, { 6023, 400 }, { 6024, 400 },
  { 6025, 500 }, { 6026, 500 }, { 6028, 400 }, { 6029, 400 }, { 6030, 504 }, { 6031, 504 },
};

static guint
code_of_class (guint rsc)
{
  switch (rsc / 1000)
    {
    case 1:
    case 2:
      return 204;
    case 4:
    case 6:
      return 400;
    default:
      return 500;
    }
}

/* What the table gives per operation or not at all. 2000 to anything but a retrieve is the answer
 * of a fan-out or of a notification: something may have changed. */
static guint
code_of_operation (guint rsc, GhOperation operation)
{
  if (rsc == GH_RSC_OK)
    return operation == GH_OPERATION_RETRIEVE ? 205 : 204;
  return 204;
}

guint8
gh_coap_code_from_rsc (guint rsc, GhOperation operation)
{
  gsize low = 0, high = G_N_ELEMENTS (code_map);

  if (rsc == GH_RSC_OK || rsc == GH_RSC_ACCEPTED || rsc == 1002)
    return COAP_RESPONSE_CODE (code_of_operation (rsc, operation));
  while (low < high)
    {
      gsize middle = (low + high) / 2;

      if (code_map[middle].rsc == rsc)
        return (guint8) COAP_RESPONSE_CODE (code_map[middle].code);
      if (code_map[middle].rsc < rsc)
        low = middle + 1;
      else
        high = middle;
    }
  return COAP_RESPONSE_CODE (code_of_class (rsc));
}

guint
gh_coap_code_to_rsc (guint8 code)
{
  switch (code)
    {
    case COAP_RESPONSE_CODE_CREATED:
      return GH_RSC_CREATED;
    case COAP_RESPONSE_CODE_DELETED:
      return GH_RSC_DELETED;
    case COAP_RESPONSE_CODE_CHANGED:
    case COAP_RESPONSE_CODE_CONTENT:
    case COAP_RESPONSE_CODE_VALID:
      return GH_RSC_OK;
    case COAP_RESPONSE_CODE_UNAUTHORIZED:
    case COAP_RESPONSE_CODE_FORBIDDEN:
      return 4103;
    case COAP_RESPONSE_CODE_NOT_FOUND:
      return 4004;
    case COAP_RESPONSE_CODE_NOT_ALLOWED:
      return 4005;
    case COAP_RESPONSE_CODE_NOT_ACCEPTABLE:
      return 5207;
    case COAP_RESPONSE_CODE_UNSUPPORTED_CONTENT_FORMAT:
      return 4015;
    case COAP_RESPONSE_CODE_NOT_IMPLEMENTED:
      return 5001;
    case COAP_RESPONSE_CODE_GATEWAY_TIMEOUT:
      return 4008;
    default:
      break;
    }
  if (code >> 5 == 2)
    return GH_RSC_OK;
  if (code >> 5 == 4)
    return 4000;
  return code >> 5 == 5 ? 5000 : 0;
}
