/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "base/gh-error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BUS_PREFIX "org.gatehouse.Gatehouse1.Error."

typedef struct {
  guint16 status;      /* m2m:responseStatusCode */
  guint16 http_status; /* 0: by the status map of TS-0009 6.3.2 */
  const char *bus_name;
} ErrorRow;

/* Status codes of TS-0004 6.6.3. */
static const ErrorRow rows[] = {
  [GH_ERROR_FAILED] = { 5000, 0, BUS_PREFIX "Failed" },
  [GH_ERROR_OVERLOADED] = { 5000, 503, BUS_PREFIX "Overloaded" },
  [GH_ERROR_STORE] = { 5000, 0, BUS_PREFIX "Store" },
  [GH_ERROR_BAD_REQUEST] = { 4000, 0, BUS_PREFIX "BadRequest" },
  [GH_ERROR_RELEASE] = { 4001, 0, BUS_PREFIX "ReleaseVersionNotSupported" },
  [GH_ERROR_NOT_FOUND] = { 4004, 0, BUS_PREFIX "NotFound" },
  [GH_ERROR_NOT_ALLOWED] = { 4005, 0, BUS_PREFIX "OperationNotAllowed" },
  [GH_ERROR_TIMEOUT] = { 4008, 0, BUS_PREFIX "Timeout" },
  [GH_ERROR_MEDIA] = { 4015, 0, BUS_PREFIX "UnsupportedMediaType" },
  [GH_ERROR_CONTENTS] = { 4102, 0, BUS_PREFIX "ContentsUnacceptable" },
  [GH_ERROR_NO_PRIVILEGE] = { 4103, 0, BUS_PREFIX "NoPrivilege" },
  [GH_ERROR_CONFLICT] = { 4105, 0, BUS_PREFIX "Conflict" },
  [GH_ERROR_NOT_AUTHENTICATED] = { 4106, 0, BUS_PREFIX "NotAuthenticated" },
  [GH_ERROR_NO_ASSOCIATION] = { 4107, 0, BUS_PREFIX "NoAssociation" },
  [GH_ERROR_CHILD_TYPE] = { 4108, 0, BUS_PREFIX "InvalidChildType" },
  [GH_ERROR_REGISTERED] = { 4117, 0, BUS_PREFIX "AlreadyRegistered" },
  [GH_ERROR_APP_RULE] = { 4126, 0, BUS_PREFIX "AppRuleFailed" },
  [GH_ERROR_NO_SUBSCRIPTION] = { 4128, 0, BUS_PREFIX "NoServiceSubscription" },
  [GH_ERROR_NOT_IMPLEMENTED] = { 5001, 0, BUS_PREFIX "NotImplemented" },
  [GH_ERROR_UNREACHABLE] = { 5103, 0, BUS_PREFIX "TargetNotReachable" },
  [GH_ERROR_NOT_SUBSCRIBABLE] = { 5203, 0, BUS_PREFIX "NotSubscribable" },
  [GH_ERROR_VERIFICATION] = { 5204, 0, BUS_PREFIX "VerificationFailed" },
  [GH_ERROR_HOST_NO_PRIVILEGE] = { 5205, 0, BUS_PREFIX "HostHasNoPrivilege" },
  [GH_ERROR_NON_BLOCKING] = { 5206, 0, BUS_PREFIX "NonBlockingNotSupported" },
  [GH_ERROR_NOT_ACCEPTABLE] = { 5207, 0, BUS_PREFIX "NotAcceptable" },
  [GH_ERROR_TOO_LARGE] = { 4000, 413, BUS_PREFIX "TooLarge" },
  [GH_ERROR_CONFIG] = { 5000, 0, BUS_PREFIX "Configuration" },
  [GH_ERROR_PLUGIN] = { 5000, 0, BUS_PREFIX "Plugin" },
  [GH_ERROR_ACCESS_DENIED] = { 4103, 0, BUS_PREFIX "AccessDenied" },
  [GH_ERROR_CANCELLED] = { 5000, 0, BUS_PREFIX "Cancelled" },
  [GH_ERROR_GROUP_REQUEST] = { 4104, 0, BUS_PREFIX "GroupRequestIdentifierExists" },
  [GH_ERROR_NO_MEMBERS] = { 4109, 0, BUS_PREFIX "NoMembers" },
  [GH_ERROR_MEMBER_TYPE] = { 4110, 0, BUS_PREFIX "GroupMemberTypeInconsistent" },
  [GH_ERROR_MEMBER_HIDDEN] = { 5105, 0, BUS_PREFIX "ReceiverHasNoPrivilege" },
  [GH_ERROR_NO_RESPONSES] = { 5209, 0, BUS_PREFIX "GroupMembersNotResponded" },
  [GH_ERROR_TOO_MANY_MEMBERS] = { 6010, 0, BUS_PREFIX "MaxNumberOfMemberExceeded" },
  [GH_ERROR_MGMT_SESSION] = { 6020, 0, BUS_PREFIX "MgmtSessionCannotBeEstablished" },
  [GH_ERROR_CROSS_RESOURCE] = { 5221, 0, BUS_PREFIX "CrossResourceOperationFailure" },
  [GH_ERROR_MGMT_ARGUMENTS] = { 6023, 0, BUS_PREFIX "InvalidArguments" },
  [GH_ERROR_MGMT_INSUFFICIENT] = { 6024, 0, BUS_PREFIX "InsufficientArguments" },
  [GH_ERROR_MGMT_CONVERSION] = { 6025, 0, BUS_PREFIX "MgmtConversionError" },
  [GH_ERROR_MGMT_CANCELLATION] = { 6026, 0, BUS_PREFIX "MgmtCancellationFailed" },
  [GH_ERROR_MGMT_COMPLETE] = { 6028, 0, BUS_PREFIX "AlreadyComplete" },
  [GH_ERROR_MGMT_BINDING] = { 6029, 0, BUS_PREFIX "MgmtCommandNotCancellable" },
  [GH_ERROR_NO_SCHEMA] = { 4125, 0, BUS_PREFIX "NoSpecializationSchema" },
  [GH_ERROR_BLOCKING_EXISTS] = { 4124, 0, BUS_PREFIX "BlockingSubscriptionExists" },
  [GH_ERROR_REMOTE_DENIED] = { 4127, 0, BUS_PREFIX "DeniedByRemoteEntity" },
  [GH_ERROR_REMOTE_UNREACHABLE] = { 5107, 0, BUS_PREFIX "RemoteEntityNotReachable" },
  [GH_ERROR_RECALL] = { 5220, 0, BUS_PREFIX "UnableToRecall" },
  [GH_ERROR_IN_USE] = { 5000, 0, BUS_PREFIX "InUse" },
  [GH_ERROR_RATE] = { 5000, 429, BUS_PREFIX "TooManyRequests" },
};

G_STATIC_ASSERT (G_N_ELEMENTS (rows) == GH_N_ERRORS);

/* clang-format off: the name is text */
G_DEFINE_QUARK (gh-error-quark, gh_error)
/* clang-format on */

static const ErrorRow *
row_of (int code)
{
  return code >= 0 && code < GH_N_ERRORS ? &rows[code] : &rows[GH_ERROR_FAILED];
}

guint
gh_error_status (int code)
{
  return row_of (code)->status;
}

/* The standard states no release a code. Release 1 has those of TS-0004 V1.6, Release 2 those of
 * V2.7; what came later stands here with the older code that is nearest. */
static const struct {
  guint16 first, last;
  guint8 release;
  guint16 older;
} newer[] = {
  { 1001, 1002, 3, 1000 }, { 4001, 4001, 3, 4000 }, { 4015, 4015, 3, 4000 },
  { 4106, 4107, 2, 4103 }, { 4108, 4108, 2, 4000 }, { 4109, 4109, 2, 4004 },
  { 4110, 4115, 2, 4000 }, { 4116, 4116, 3, 4103 }, { 4117, 4117, 3, 4105 },
  { 4118, 4119, 3, 4004 }, { 4120, 4120, 3, 4000 }, { 4121, 4121, 3, 4004 },
  { 4122, 4123, 3, 4000 }, { 4124, 4124, 3, 4105 }, { 4125, 4125, 3, 5001 },
  { 4126, 4128, 3, 4103 }, { 4143, 4143, 3, 4000 }, { 5107, 5107, 3, 5103 },
  { 5207, 5207, 2, 5001 }, { 5208, 5208, 2, 4103 }, { 5209, 5212, 2, 5000 },
  { 5214, 5218, 3, 5000 }, { 5219, 5220, 3, 4105 }, { 5221, 5222, 3, 5000 },
  { 6030, 6031, 3, 6003 },
};

guint
gh_error_status_at (guint status, gint release)
{
  for (guint i = 0; i < G_N_ELEMENTS (newer) && release > 0; i++)
    if (status >= newer[i].first && status <= newer[i].last && release < newer[i].release)
      return newer[i].older;
  return status;
}

guint
gh_error_http_status (int code)
{
  return row_of (code)->http_status;
}

gboolean
gh_error_is_for_now (int code)
{
  return code == GH_ERROR_OVERLOADED || code == GH_ERROR_RATE;
}

const char *
gh_error_bus_name (int code)
{
  return row_of (code)->bus_name;
}

/* Makes a line of UTF-8 of what may hold parts of a peer's message: a last character that was cut
 * in two goes, other octets that are no UTF-8 become question marks, control characters blanks. */
static void
tidy_text (char *text, gboolean was_cut)
{
  const char *wrong;

  while (!g_utf8_validate (text, -1, &wrong))
    {
      const gboolean half = was_cut && g_utf8_get_char_validated (wrong, -1) == (gunichar) -2;

      text[wrong - text] = half ? '\0' : '?';
    }
  for (char *p = text; *p != '\0'; p++)
    {
      if ((guchar) *p < 0x20 || *p == 0x7f)
        *p = ' ';
    }
}

gboolean
gh_fault_set (GhFault *fault, GhError code, const char *format, ...)
{
  va_list args;
  int length;

  if (fault == NULL || fault->set)
    return FALSE;
  fault->set = TRUE;
  fault->code = code;
  va_start (args, format);
  length = vsnprintf (fault->text, sizeof fault->text, format, args);
  va_end (args);
  tidy_text (fault->text, length >= (int) sizeof fault->text);
  return FALSE;
}

void
gh_fault_propagate (const GhFault *fault, GError **error)
{
  g_return_if_fail (fault != NULL);

  if (fault->set)
    g_set_error_literal (error, GH_ERROR, (gint) fault->code, fault->text);
}

void
gh_fault_from_error (GhFault *fault, const GError *error)
{
  GhError code;

  g_return_if_fail (error != NULL);

  code = error->domain == GH_ERROR && error->code >= 0 && error->code < GH_N_ERRORS
           ? (GhError) error->code
           : GH_ERROR_FAILED;
  gh_fault_set (fault, code, "%s", error->message);
}
