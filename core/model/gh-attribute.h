/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/gh-error.h"
#include "model/gh-attribute-ids.h"
#include "primitive/gh-value.h"

G_BEGIN_DECLS

/* The attribute table (design section 4): the one description of every attribute of every resource
 * type. */

/* In a create or update request. */
typedef enum { GH_PRESENCE_NP, GH_PRESENCE_O, GH_PRESENCE_M } GhPresence;
typedef enum { GH_ANNOUNCED_NA, GH_ANNOUNCED_OA, GH_ANNOUNCED_MA } GhAnnounced;

/* Scalar data types of TS-0004 6.3.2 and 6.3.3 that the validation tells apart. */
typedef enum {
  GH_DATA_ANY, GH_DATA_STRING, GH_DATA_URI, GH_DATA_ID, GH_DATA_NAME, GH_DATA_NCNAME,
  GH_DATA_TOKEN, GH_DATA_BOOLEAN, GH_DATA_INTEGER, GH_DATA_NON_NEGATIVE, GH_DATA_POSITIVE,
  GH_DATA_UNSIGNED_INT, GH_DATA_NUMBER, GH_DATA_TIMESTAMP, GH_DATA_ABS_REL_TIMESTAMP,
  GH_DATA_DURATION, GH_DATA_ENUM, GH_DATA_BITS, GH_DATA_IPV4, GH_DATA_IPV6, GH_DATA_COUNTRY,
  GH_DATA_SCHEDULE, GH_DATA_CONTENT_INFO, GH_DATA_POA, GH_DATA_SERIALIZATION, GH_DATA_RELEASE,
  GH_DATA_ROLE_ID, GH_DATA_EVENT_CATEGORY, GH_DATA_BASE64, GH_DATA_CIRCLE, GH_DATA_OBJECT,
  GH_N_DATA
} GhDataType;

typedef struct _GhComplexType GhComplexType;

/** GhEnumeration: the values of one m2m: enumeration. */
typedef struct {
  const char *name;               /* "m2m:notificationContentType" */
  const gint *values;             /* ascending */
  guint n_values;
} GhEnumeration;

/**
 * GhAttributeIndex: the rows by name, for gh_type_attribute: packed names in ascending order, and
 * the row of each.
 */
typedef struct {
  const guint64 *keys;
  const guint8 *rows;
} GhAttributeIndex;

/**
 * GhAttribute: one row. Also describes a member of a complex type; then create is M or O, and
 * update, announced and release are unused.
 */
typedef struct {
  const char *long_name;          /* "accessControlPolicyIDs" */
  const char *short_name;         /* "acpi" */
  guint16 id;                     /* GhAttributeId of the short name */
  guint8 data;                    /* GhDataType of the value or of each list item */
  guint8 list;                    /* 0 single, 1 list */
  guint8 min_items;               /* of a list: 1 where the standard says "at least one" */
  guint8 required;                /* multiplicity 1: null in an update is refused */
  guint8 fill;                    /* a create names it with null only: the CSE fills it in */
  guint8 create, update;          /* GhPresence */
  guint8 announced;               /* GhAnnounced */
  guint8 release;                 /* first release that has it: 1, 2, 3 */
  const GhEnumeration *enumeration; /* of ENUM */
  const GhComplexType *complex;   /* of OBJECT */
  gint64 minimum, maximum;        /* of numbers; both 0: the data type's own */
  const char *clause;             /* "TS-0004 7.4.6" */
} GhAttribute;

/** GhComplexRule: what holds over all members of a complex type. */
typedef enum {
  GH_COMPLEX_ANY, GH_COMPLEX_AT_LEAST_ONE, GH_COMPLEX_EXACTLY_ONE,
} GhComplexRule;

struct _GhComplexType {
  const char *name;               /* "m2m:accessControlRule"; an unnamed one below another:
                                   * "m2m:accessControlRule/accessControlContexts" */
  const GhAttribute *members;
  guint n_members;
  GhComplexRule rule;
  GhAttributeIndex index;
};

/** GhType: one resource type. Static data. */
typedef struct {
  gint number;                    /* ty */
  const char *long_name;          /* "container" */
  const char *short_name;         /* "cnt" */
  const char *root_name;          /* "m2m:cnt" */
  const GhAttribute *attributes;  /* in table order, which is the order of representations */
  guint n_attributes;
  const gint *children;           /* type numbers, 0-terminated */
  gboolean instance;              /* lives in the store, not in the tree (contentInstance) */
  gboolean creatable;             /* by a create request */
  gboolean updatable;
  const char *clause;
  guint64 identity_rows;          /* bit i: row i stands in GhIdentity */
  guint64 counter_rows;           /* bit i: row i stands in GhCounters */
  GhAttributeIndex index;
} GhType;

/** GH_RELEASE_NEWEST: the release of the table; stands for a release that is not given (0). */
#define GH_RELEASE_NEWEST 3
/** GH_TYPE_MAX_ATTRIBUTES: rows of one type, so that a set of them is one word. */
#define GH_TYPE_MAX_ATTRIBUTES 64
/** GH_LIST_MAX_ITEMS: items of one list attribute or member that the validation lets pass. */
#define GH_LIST_MAX_ITEMS 1024

/** gh_type_by_number, gh_type_by_root_name: NULL when this build does not have it. Any thread. */
const GhType *gh_type_by_number (gint number);
const GhType *gh_type_by_root_name (const char *name);
/** gh_type_attribute: the row of @short_name; NULL when the type has none. Any thread. */
const GhAttribute *gh_type_attribute (const GhType *type, const char *short_name);
/** gh_complex_member: the row of a member of a complex type; NULL when it has none. Any thread. */
const GhAttribute *gh_complex_member (const GhComplexType *complex, const char *short_name);
gboolean gh_type_may_hold (const GhType *parent, gint child_number);
/** gh_types: all types of this build, by number; @out_n may be NULL. */
const GhType *const *gh_types (guint *out_n);
/**
 * gh_attribute_is_known: @short_name is an attribute of some type (used to tell criteria from
 * unknown parameters).
 */
gboolean gh_attribute_is_known (const char *short_name);

/**
 * gh_value_check:
 * Validates @value (not null) against one row, to the leaf. Pure. Limits: GH_LIST_MAX_ITEMS, and
 * those of gh-syntax.h. Returns: FALSE with @fault ("acop: 64 is outside 0..63 in pv.acr[1]"),
 * GH_ERROR_BAD_REQUEST. Any thread.
 */
gboolean gh_value_check (const GhAttribute *attribute, const GhValue *value, GhFault *fault)
  G_GNUC_WARN_UNUSED_RESULT;

/* Numbers of the types that this code names */
enum {
  GH_TYPE_ACCESS_CONTROL_POLICY = 1, GH_TYPE_AE = 2, GH_TYPE_CONTAINER = 3,
  GH_TYPE_CONTENT_INSTANCE = 4, GH_TYPE_CSE_BASE = 5, GH_TYPE_GROUP = 9, GH_TYPE_REMOTE_CSE = 16,
  GH_TYPE_SUBSCRIPTION = 23,
};

G_END_DECLS
