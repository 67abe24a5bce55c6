/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GhError:
 * @GH_ERROR_FAILED: 5000: our fault; a later try may succeed
 * @GH_ERROR_OVERLOADED: 5000 with HTTP 503 and Retry-After: try later
 * @GH_ERROR_STORE: 5000: the store refused or is in doubt; nothing was changed
 * @GH_ERROR_BAD_REQUEST: 4000: syntax, unknown or misplaced attribute or parameter
 * @GH_ERROR_RELEASE: 4001: release version that is not served
 * @GH_ERROR_NOT_FOUND: 4004: there is no such resource
 * @GH_ERROR_NOT_ALLOWED: 4005: the type does not have this operation
 * @GH_ERROR_TIMEOUT: 4008: the request expired
 * @GH_ERROR_MEDIA: 4015: serialization that is not read
 * @GH_ERROR_CONTENTS: 4102: values that contradict each other or the resource
 * @GH_ERROR_NO_PRIVILEGE: 4103: no rule allows it
 * @GH_ERROR_CONFLICT: 4105: the name is taken
 * @GH_ERROR_NOT_AUTHENTICATED: 4106: From is not an identity of the principal
 * @GH_ERROR_NO_ASSOCIATION: 4107: the originator needs a security association
 * @GH_ERROR_CHILD_TYPE: 4108: the parent cannot hold a child of this type
 * @GH_ERROR_REGISTERED: 4117: the originator has already registered
 * @GH_ERROR_APP_RULE: 4126: the application rule does not allow it
 * @GH_ERROR_NO_SUBSCRIPTION: 4128: no service subscription is established
 * @GH_ERROR_NOT_IMPLEMENTED: 5001: this build does not do that
 * @GH_ERROR_UNREACHABLE: 5103: the target cannot be reached
 * @GH_ERROR_NOT_SUBSCRIBABLE: 5203: resources of this type cannot be subscribed to
 * @GH_ERROR_VERIFICATION: 5204: the subscription verification failed
 * @GH_ERROR_HOST_NO_PRIVILEGE: 5205: the hosting CSE itself may not do it
 * @GH_ERROR_NON_BLOCKING: 5206: non-blocking requests are not served
 * @GH_ERROR_NOT_ACCEPTABLE: 5207: no serialization that the originator accepts
 * @GH_ERROR_TOO_LARGE: 4000 with HTTP 413
 * @GH_ERROR_CONFIG: 5000: configuration; never reaches a request
 * @GH_ERROR_PLUGIN: 5000: a plugin was refused or failed; never reaches a request
 * @GH_ERROR_ACCESS_DENIED: 4103: caller of a local interface that may not use it
 * @GH_ERROR_CANCELLED: 5000: stopped before it was carried out
 * @GH_ERROR_GROUP_REQUEST: 4104: this group request has been here already
 * @GH_ERROR_NO_MEMBERS: 4109: a group without members has nothing to fan out to
 * @GH_ERROR_MEMBER_TYPE: 4110: members whose types differ from the group's
 * @GH_ERROR_MEMBER_HIDDEN: 5105: what the originator may not know of a member
 * @GH_ERROR_NO_RESPONSES: 5209: no member of a group responded in time
 * @GH_ERROR_TOO_MANY_MEMBERS: 6010: more members than the group may have
 * @GH_ERROR_MGMT_SESSION: 6020: nobody is there who would carry out a management command
 * @GH_ERROR_CROSS_RESOURCE: 5221: a target of a crossResourceSubscription is not to be had
 * @GH_ERROR_MGMT_ARGUMENTS: 6023: arguments of another command
 * @GH_ERROR_MGMT_INSUFFICIENT: 6024: a command without the arguments that it needs
 * @GH_ERROR_MGMT_CONVERSION: 6025: a command that cannot be carried out as it is
 * @GH_ERROR_MGMT_CANCELLATION: 6026: the managed entity did not cancel it
 * @GH_ERROR_MGMT_COMPLETE: 6028: nothing is left to be cancelled
 * @GH_ERROR_MGMT_BINDING: 6029: the command cannot be cancelled
 * @GH_ERROR_NO_SCHEMA: 4125: the definition of a specialisation is not known
 * @GH_ERROR_BLOCKING_EXISTS: 4124: there is a blocking subscription already
 * @GH_ERROR_REMOTE_DENIED: 4127: the target of a blocking subscription says no
 * @GH_ERROR_REMOTE_UNREACHABLE: 5107: the target of a blocking subscription says nothing
 * @GH_ERROR_RECALL: 5220: a request that is under way cannot be cancelled
 * @GH_ERROR_IN_USE: 5000: another process has what this one needs; never reaches a request
 * @GH_ERROR_RATE: 5000 with HTTP 429 and Retry-After: this originator, later
 *
 * What went wrong, in terms of what the caller can do about it.
 *
 * Each code has one response status code ([func@error_status]) and one D-Bus name
 * ([func@error_bus_name]); both tables stand in gh-error.c.
 */
typedef enum {
  GH_ERROR_FAILED,
  GH_ERROR_OVERLOADED,
  GH_ERROR_STORE,
  GH_ERROR_BAD_REQUEST,
  GH_ERROR_RELEASE,
  GH_ERROR_NOT_FOUND,
  GH_ERROR_NOT_ALLOWED,
  GH_ERROR_TIMEOUT,
  GH_ERROR_MEDIA,
  GH_ERROR_CONTENTS,
  GH_ERROR_NO_PRIVILEGE,
  GH_ERROR_CONFLICT,
  GH_ERROR_NOT_AUTHENTICATED,
  GH_ERROR_NO_ASSOCIATION,
  GH_ERROR_CHILD_TYPE,
  GH_ERROR_REGISTERED,
  GH_ERROR_APP_RULE,
  GH_ERROR_NO_SUBSCRIPTION,
  GH_ERROR_NOT_IMPLEMENTED,
  GH_ERROR_UNREACHABLE,
  GH_ERROR_NOT_SUBSCRIBABLE,
  GH_ERROR_VERIFICATION,
  GH_ERROR_HOST_NO_PRIVILEGE,
  GH_ERROR_NON_BLOCKING,
  GH_ERROR_NOT_ACCEPTABLE,
  GH_ERROR_TOO_LARGE,
  GH_ERROR_CONFIG,
  GH_ERROR_PLUGIN,
  GH_ERROR_ACCESS_DENIED,
  GH_ERROR_CANCELLED,
  GH_ERROR_GROUP_REQUEST,
  GH_ERROR_NO_MEMBERS,
  GH_ERROR_MEMBER_TYPE,
  GH_ERROR_MEMBER_HIDDEN,
  GH_ERROR_NO_RESPONSES,
  GH_ERROR_TOO_MANY_MEMBERS,
  GH_ERROR_MGMT_SESSION,
  GH_ERROR_CROSS_RESOURCE,
  GH_ERROR_MGMT_ARGUMENTS,
  GH_ERROR_MGMT_INSUFFICIENT,
  GH_ERROR_MGMT_CONVERSION,
  GH_ERROR_MGMT_CANCELLATION,
  GH_ERROR_MGMT_COMPLETE,
  GH_ERROR_MGMT_BINDING,
  GH_ERROR_NO_SCHEMA,
  GH_ERROR_BLOCKING_EXISTS,
  GH_ERROR_REMOTE_DENIED,
  GH_ERROR_REMOTE_UNREACHABLE,
  GH_ERROR_RECALL,
  GH_ERROR_IN_USE,
  GH_ERROR_RATE,
} GhError;

/**
 * GH_N_ERRORS: (skip)
 *
 * How many codes there are. Outside the enumeration, so that other languages see its codes only.
 */
#define GH_N_ERRORS (GH_ERROR_RATE + 1)

#define GH_ERROR (gh_error_quark ())

/**
 * gh_error_quark:
 *
 * The one error domain of the library. Any thread.
 *
 * Returns: the quark
 */
GQuark gh_error_quark (void);

/**
 * gh_error_status:
 * @code: a [error@Error]
 *
 * Any thread.
 *
 * Returns: its response status code (TS-0004 6.6.3), 5000 for a number outside the enumeration
 */
guint gh_error_status (int code);

/**
 * gh_error_status_at:
 * @status: a response status code
 * @release: 1, 2, 3; 0: the newest
 *
 * Any thread.
 *
 * Returns: @status, or what says the same in @release when that does not have it yet
 */
guint gh_error_status_at (guint status, gint release);

/**
 * gh_error_http_status:
 * @code: a [error@Error]
 *
 * Any thread.
 *
 * Returns: its HTTP status where that differs from the status map (503, 413), else 0
 */
guint gh_error_http_status (int code);

/**
 * gh_error_is_for_now:
 * @code: a [error@Error]
 *
 * The same request may succeed a second later: an answer says so, with Retry-After or Max-Age. Any
 * thread.
 *
 * Returns: %TRUE: for the time being
 */
gboolean gh_error_is_for_now (int code);

/**
 * gh_error_bus_name:
 * @code: a [error@Error]
 *
 * Any thread.
 *
 * Returns: (transfer none): its D-Bus error name
 */
const char *gh_error_bus_name (int code);

/**
 * GhFault: (skip)
 *
 * An error of the request path: no allocation, one line of text for the client. A zeroed struct is
 * "no fault".
 */
typedef struct {
  gboolean set;
  GhError code;
  char text[224];
} GhFault;

/**
 * gh_fault_set: (skip)
 * @fault: (nullable): filled, truncated at a UTF-8 boundary; the first fault wins
 * @code: what it is
 * @format: as for printf
 * @...: its arguments
 *
 * Returns: FALSE always, so that a check can end with `return gh_fault_set (...)`. Any thread.
 */
gboolean gh_fault_set (GhFault *fault, GhError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

/**
 * gh_fault_propagate: (skip)
 * @fault: one that is set
 * @error: becomes that, in the domain GH_ERROR
 *
 * Any thread.
 */
void gh_fault_propagate (const GhFault *fault, GError **error);

/**
 * gh_fault_from_error: (skip)
 * @fault: filled from @error; foreign domains become GH_ERROR_FAILED
 * @error: what happened
 *
 * Any thread.
 */
void gh_fault_from_error (GhFault *fault, const GError *error);

G_END_DECLS
