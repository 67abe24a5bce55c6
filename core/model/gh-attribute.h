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
 * the row of each. A perfect hash finds the place of a name in them without a search; it may be
 * missing (slots NULL), as it is in types that were added at start.
 */
typedef struct {
  const guint64 *keys;
  const guint8 *rows;
  const guint8 *slots;            /* [(key * multiplier) >> shift]: a place in keys, or 0xff */
  guint64 multiplier;
  guint shift;
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
  guint8 max_items;               /* of a list: where the standard gives a bound; 0: none */
  guint8 required;                /* multiplicity 1: null in an update is refused */
  guint8 fill;                    /* a create names it with null only: the CSE fills it in */
  guint8 create, update;          /* GhPresence */
  guint8 announced;               /* GhAnnounced */
  guint8 release;                 /* first release that has it: 1, 2, 3 */
  const GhEnumeration *enumeration; /* of ENUM */
  const GhComplexType *complex;   /* of OBJECT */
  gint64 minimum, maximum;        /* of numbers; both 0: the data type's own. The maximum of a
                                   * STRING counts its characters. */
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

/**
 * GhType: one resource type. Static data, or added at start (gh_types_add) and never freed.
 *
 * mgmtObj and flexContainer are abstract: only their specialisations exist, each of them a GhType
 * of its own with the number of the base and a root name that tells them apart.
 */
typedef struct _GhType GhType;
struct _GhType {
  gint number;                    /* ty */
  const char *long_name;          /* "container" */
  const char *short_name;         /* "cnt" */
  const char *root_name;          /* "m2m:cnt" */
  const GhAttribute *attributes;  /* in table order, which is the order of representations */
  guint n_attributes;
  const gint *children;           /* type numbers, 0-terminated */
  const char *const *special_children; /* root names, NULL-terminated: of the specialisations whose
                                   * number is among the children, only these; NULL: any */
  gboolean instance;              /* lives in the store, not in the tree (contentInstance) */
  const GhType *instances;        /* of what holds instances: their type; else NULL */
  gboolean abstract;              /* a base type: no resource has it */
  gboolean specialization;        /* of the type that gh_type_by_number finds */
  gboolean creatable;             /* by a create request */
  gboolean updatable;
  const char *definition;         /* the one cnd that a create may name; NULL: any, or none */
  const GhType *announced;        /* the announced variant; NULL: cannot be announced */
  gint original;                  /* of an announced variant: the type that it announces; else 0 */
  guint release;                  /* first release that has it: 1 to 4 */
  const char *clause;
  guint64 identity_rows;          /* bit i: row i stands in GhIdentity */
  guint64 counter_rows;           /* bit i: row i stands in GhCounters */
  GhAttributeIndex index;
};

/** GH_RELEASE_NEWEST: the release of the table; stands for a release that is not given (0). */
#define GH_RELEASE_NEWEST 3
/** GH_TYPE_MAX_ATTRIBUTES: rows of one type, so that a set of them is one word. */
#define GH_TYPE_MAX_ATTRIBUTES 64
/** GH_LIST_MAX_ITEMS: items of one list attribute or member that the validation lets pass. */
#define GH_LIST_MAX_ITEMS 1024

/**
 * gh_type_by_number: NULL when this build does not have it; the base where there are
 * specialisations.
 * gh_type_by_root_name: specialisations too, also added ones. Any thread.
 */
const GhType *gh_type_by_number (gint number);
const GhType *gh_type_by_root_name (const char *name);
/**
 * gh_type_of_content: the type with @number, and where that is abstract, its specialisation that
 * the one member of @content names. Returns: NULL with @fault (GH_ERROR_BAD_REQUEST;
 * GH_ERROR_NO_SCHEMA when its cnd names a definition that nothing here has). Any thread.
 * gh_type_of_stored: the same for a representation as the store kept it; NULL when this build does
 * not have it.
 */
const GhType *gh_type_of_content (gint number, const GhValue *content, GhFault *fault);
const GhType *gh_type_of_stored (gint number, const char *json, gsize length);
/** gh_type_definition_is_known: some type has @definition for its containerDefinition. Any thread.
 */
gboolean gh_type_definition_is_known (const char *definition);
/** gh_type_attribute: the row of @short_name; NULL when the type has none. Any thread. */
const GhAttribute *gh_type_attribute (const GhType *type, const char *short_name);
/** gh_complex_member: the row of a member of a complex type; NULL when it has none. Any thread. */
const GhAttribute *gh_complex_member (const GhComplexType *complex, const char *short_name);
/** gh_type_counts_state: its stateTag stands in GhCounters, and each change counts. Any thread. */
gboolean gh_type_counts_state (const GhType *type);
/**
 * gh_type_may_hold: by number; gh_type_may_hold_type: also by specialisation. Any thread.
 */
gboolean gh_type_may_hold (const GhType *parent, gint child_number);
gboolean gh_type_may_hold_type (const GhType *parent, const GhType *child);
/**
 * gh_types: all types of this build, by number, each base before its specialisations; without what
 * was added. @out_n may be NULL.
 */
const GhType *const *gh_types (guint *out_n);
/**
 * gh_types_add:
 * Adds a specialisation that was read from a definition, for all CSEs of this process and until it
 * ends: before the CSE that uses it starts. One that is there already under the same root name with
 * the same rows stays, and @type is not used then.
 * @type: (transfer full): its number is that of an abstract type, specialization is TRUE, its rows
 *   have their index in the order of gh_attribute_key; allocated, or static
 * Returns: FALSE with @error when the root name stands for another type. Any thread.
 */
gboolean gh_types_add (const GhType *type, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/**
 * gh_attribute_key: what GhAttributeIndex.keys holds of a name of 1 to 8 octets; 0 for others.
 */
guint64 gh_attribute_key (const char *short_name);
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

/* Numbers of the types */
enum {
  GH_TYPE_ACCESS_CONTROL_POLICY = 1, GH_TYPE_AE = 2, GH_TYPE_CONTAINER = 3,
  GH_TYPE_CONTENT_INSTANCE = 4, GH_TYPE_CSE_BASE = 5, GH_TYPE_DELIVERY = 6,
  GH_TYPE_EVENT_CONFIG = 7, GH_TYPE_EXEC_INSTANCE = 8, GH_TYPE_GROUP = 9,
  GH_TYPE_LOCATION_POLICY = 10, GH_TYPE_SERVICE_SUBSCRIPTION_PROFILE = 11, GH_TYPE_MGMT_CMD = 12,
  GH_TYPE_MGMT_OBJ = 13, GH_TYPE_NODE = 14, GH_TYPE_POLLING_CHANNEL = 15, GH_TYPE_REMOTE_CSE = 16,
  GH_TYPE_REQUEST = 17, GH_TYPE_SCHEDULE = 18, GH_TYPE_SERVICE_SUBSCRIBED_APP_RULE = 19,
  GH_TYPE_SERVICE_SUBSCRIBED_NODE = 20, GH_TYPE_STATS_COLLECT = 21, GH_TYPE_STATS_CONFIG = 22,
  GH_TYPE_SUBSCRIPTION = 23, GH_TYPE_SEMANTIC_DESCRIPTOR = 24,
  GH_TYPE_NOTIFICATION_TARGET_POLICY_REF = 25, GH_TYPE_NOTIFICATION_TARGET_POLICY = 26,
  GH_TYPE_POLICY_DELETION_RULES = 27, GH_TYPE_FLEX_CONTAINER = 28, GH_TYPE_TIME_SERIES = 29,
  GH_TYPE_TIME_SERIES_INSTANCE = 30, GH_TYPE_ROLE = 31, GH_TYPE_TOKEN = 32,
  GH_TYPE_DYNAMIC_AUTHORIZATION_CONSULTATION = 34, GH_TYPE_AUTHORIZATION_DECISION = 35,
  GH_TYPE_AUTHORIZATION_POLICY = 36, GH_TYPE_AUTHORIZATION_INFORMATION = 37,
  GH_TYPE_ONTOLOGY_REPOSITORY = 38, GH_TYPE_ONTOLOGY = 39, GH_TYPE_MASHUP_JOB_PROFILE = 40,
  GH_TYPE_MASHUP_INSTANCE = 41, GH_TYPE_MASHUP_RESULT = 42, GH_TYPE_AE_CONTACT_LIST = 43,
  GH_TYPE_AE_CONTACT_LIST_PER_CSE = 44, GH_TYPE_LOCAL_MULTICAST_GROUP = 45,
  GH_TYPE_MULTIMEDIA_SESSION = 46, GH_TYPE_TRIGGER_REQUEST = 47,
  GH_TYPE_CROSS_RESOURCE_SUBSCRIPTION = 48, GH_TYPE_BACKGROUND_DATA_TRANSFER = 49,
  GH_TYPE_TRANSACTION_MGMT = 50, GH_TYPE_TRANSACTION = 51, GH_TYPE_FLEX_CONTAINER_INSTANCE = 58,
  /* added to the number of a type: its announced variant */
  GH_TYPE_ANNOUNCED = 10000,
};

G_END_DECLS
