/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Written by core/model/generate-table; change that, not this. */
#include "config.h"

#include "model/gh-table.h"

static const gint enum_resourcetype_values[] = {
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
  27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50,
  51, 10001, 10002, 10003, 10004, 10005, 10009, 10010, 10013, 10014, 10016, 10018, 10024, 10028,
  10029, 10030, 10033, 10038, 10039, 10040, 10041, 10042, 10046,
};
static const GhEnumeration enum_resourcetype = {
  .name = "m2m:resourceType", .values = enum_resourcetype_values,
  .n_values = G_N_ELEMENTS (enum_resourcetype_values),
};

static const gint enum_mgmtdefinition_values[] = {
  0, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015,
  1016, 1017, 1018, 1019, 1020, 1021, 1022, 1023, 1024, 1025, 1026,
};
static const GhEnumeration enum_mgmtdefinition = {
  .name = "m2m:mgmtDefinition", .values = enum_mgmtdefinition_values,
  .n_values = G_N_ELEMENTS (enum_mgmtdefinition_values),
};

static const gint enum_suid_values[] = {
  10, 11, 12, 13, 14, 15, 21, 22, 23, 24, 25, 32, 33, 34, 35, 40, 41, 42, 43, 44, 45,
};
static const GhEnumeration enum_suid = {
  .name = "m2m:suid", .values = enum_suid_values,
  .n_values = G_N_ELEMENTS (enum_suid_values),
};

static const gint enum_esprimkeygenalgid_values[] = {
  1,
};
static const GhEnumeration enum_esprimkeygenalgid = {
  .name = "m2m:esprimKeyGenAlgID", .values = enum_esprimkeygenalgid_values,
  .n_values = G_N_ELEMENTS (enum_esprimkeygenalgid_values),
};

static const gint enum_esprimprotocolandalgid_values[] = {
  10, 11, 12,
};
static const GhEnumeration enum_esprimprotocolandalgid = {
  .name = "m2m:esprimProtocolAndAlgID", .values = enum_esprimprotocolandalgid_values,
  .n_values = G_N_ELEMENTS (enum_esprimprotocolandalgid_values),
};

static const gint enum_aeregistrationstatus_values[] = {
  1, 2,
};
static const GhEnumeration enum_aeregistrationstatus = {
  .name = "m2m:AERegistrationStatus", .values = enum_aeregistrationstatus_values,
  .n_values = G_N_ELEMENTS (enum_aeregistrationstatus_values),
};

static const gint enum_stationaryindication_values[] = {
  1, 2,
};
static const GhEnumeration enum_stationaryindication = {
  .name = "m2m:stationaryIndication", .values = enum_stationaryindication_values,
  .n_values = G_N_ELEMENTS (enum_stationaryindication_values),
};

static const gint enum_csetypeid_values[] = {
  1, 2, 3,
};
static const GhEnumeration enum_csetypeid = {
  .name = "m2m:cseTypeID", .values = enum_csetypeid_values,
  .n_values = G_N_ELEMENTS (enum_csetypeid_values),
};

static const gint enum_notificationeventtype_values[] = {
  1, 2, 3, 4, 5, 6, 7, 8,
};
static const GhEnumeration enum_notificationeventtype = {
  .name = "m2m:notificationEventType", .values = enum_notificationeventtype_values,
  .n_values = G_N_ELEMENTS (enum_notificationeventtype_values),
};

static const gint enum_filteroperation_values[] = {
  1, 2,
};
static const GhEnumeration enum_filteroperation = {
  .name = "m2m:filterOperation", .values = enum_filteroperation_values,
  .n_values = G_N_ELEMENTS (enum_filteroperation_values),
};

static const gint enum_pendingnotification_values[] = {
  1, 2,
};
static const GhEnumeration enum_pendingnotification = {
  .name = "m2m:pendingNotification", .values = enum_pendingnotification_values,
  .n_values = G_N_ELEMENTS (enum_pendingnotification_values),
};

static const gint enum_notificationcontenttype_values[] = {
  1, 2, 3, 4, 5,
};
static const GhEnumeration enum_notificationcontenttype = {
  .name = "m2m:notificationContentType", .values = enum_notificationcontenttype_values,
  .n_values = G_N_ELEMENTS (enum_notificationcontenttype_values),
};

static const GhAttribute complex_accesscontrolrule_accesscontrolcontexts_accesscontrolipaddresses_rows[] = {
  { .long_name = "ipv4Addresses", .short_name = "ipv4", .id = GH_ATTRIBUTE_IPV4,
    .data = GH_DATA_IPV4, .list = 1, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.27" },
  { .long_name = "ipv6Addresses", .short_name = "ipv6", .id = GH_ATTRIBUTE_IPV6,
    .data = GH_DATA_IPV6, .list = 1, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.27" },
};
static const guint64 complex_accesscontrolrule_accesscontrolcontexts_accesscontrolipaddresses_keys[] = {
  G_GUINT64_CONSTANT (0x6970763400000000), G_GUINT64_CONSTANT (0x6970763600000000),
};
static const guint8 complex_accesscontrolrule_accesscontrolcontexts_accesscontrolipaddresses_order[] = {
  0, 1,
};
static const GhComplexType complex_accesscontrolrule_accesscontrolcontexts_accesscontrolipaddresses = {
  .name = "m2m:accessControlRule/accessControlContexts/accessControlIpAddresses", .members = complex_accesscontrolrule_accesscontrolcontexts_accesscontrolipaddresses_rows,
  .n_members = G_N_ELEMENTS (complex_accesscontrolrule_accesscontrolcontexts_accesscontrolipaddresses_rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_accesscontrolrule_accesscontrolcontexts_accesscontrolipaddresses_keys, complex_accesscontrolrule_accesscontrolcontexts_accesscontrolipaddresses_order },
};

static const GhAttribute complex_locationregion_rows[] = {
  { .long_name = "circRegion", .short_name = "accr", .id = GH_ATTRIBUTE_ACCR,
    .data = GH_DATA_CIRCLE, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.28" },
  { .long_name = "countryCode", .short_name = "accc", .id = GH_ATTRIBUTE_ACCC,
    .data = GH_DATA_COUNTRY, .list = 1, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.28" },
};
static const guint64 complex_locationregion_keys[] = {
  G_GUINT64_CONSTANT (0x6163636300000000), G_GUINT64_CONSTANT (0x6163637200000000),
};
static const guint8 complex_locationregion_order[] = {
  1, 0,
};
static const GhComplexType complex_locationregion = {
  .name = "m2m:locationRegion", .members = complex_locationregion_rows,
  .n_members = G_N_ELEMENTS (complex_locationregion_rows),
  .rule = GH_COMPLEX_EXACTLY_ONE,
  .index = { complex_locationregion_keys, complex_locationregion_order },
};

static const GhAttribute complex_accesscontrolrule_accesscontrolcontexts_rows[] = {
  { .long_name = "accessControlWindow", .short_name = "actw", .id = GH_ATTRIBUTE_ACTW,
    .data = GH_DATA_SCHEDULE, .list = 1, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.27" },
  { .long_name = "accessControlIpAddresses", .short_name = "acip", .id = GH_ATTRIBUTE_ACIP,
    .data = GH_DATA_OBJECT, .create = GH_PRESENCE_O,
    .complex = &complex_accesscontrolrule_accesscontrolcontexts_accesscontrolipaddresses,
    .clause = "TS-0004 6.3.5.27" },
  { .long_name = "accessControlLocationRegion", .short_name = "aclr", .id = GH_ATTRIBUTE_ACLR,
    .data = GH_DATA_OBJECT, .create = GH_PRESENCE_O, .complex = &complex_locationregion,
    .clause = "TS-0004 6.3.5.27" },
};
static const guint64 complex_accesscontrolrule_accesscontrolcontexts_keys[] = {
  G_GUINT64_CONSTANT (0x6163697000000000), G_GUINT64_CONSTANT (0x61636c7200000000),
  G_GUINT64_CONSTANT (0x6163747700000000),
};
static const guint8 complex_accesscontrolrule_accesscontrolcontexts_order[] = {
  1, 2, 0,
};
static const GhComplexType complex_accesscontrolrule_accesscontrolcontexts = {
  .name = "m2m:accessControlRule/accessControlContexts", .members = complex_accesscontrolrule_accesscontrolcontexts_rows,
  .n_members = G_N_ELEMENTS (complex_accesscontrolrule_accesscontrolcontexts_rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_accesscontrolrule_accesscontrolcontexts_keys, complex_accesscontrolrule_accesscontrolcontexts_order },
};

static const GhAttribute complex_specializationtype_rows[] = {
  { .long_name = "containerDefinition", .short_name = "cnd", .id = GH_ATTRIBUTE_CND,
    .data = GH_DATA_URI, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.67" },
  { .long_name = "mgmtDefinition", .short_name = "mgd", .id = GH_ATTRIBUTE_MGD,
    .data = GH_DATA_ENUM, .create = GH_PRESENCE_O, .enumeration = &enum_mgmtdefinition,
    .clause = "TS-0004 6.3.5.67" },
};
static const guint64 complex_specializationtype_keys[] = {
  G_GUINT64_CONSTANT (0x636e640000000000), G_GUINT64_CONSTANT (0x6d67640000000000),
};
static const guint8 complex_specializationtype_order[] = {
  0, 1,
};
static const GhComplexType complex_specializationtype = {
  .name = "m2m:specializationType", .members = complex_specializationtype_rows,
  .n_members = G_N_ELEMENTS (complex_specializationtype_rows),
  .rule = GH_COMPLEX_EXACTLY_ONE,
  .index = { complex_specializationtype_keys, complex_specializationtype_order },
};

static const GhAttribute complex_accesscontrolrule_accesscontrolobjectdetails_rows[] = {
  { .long_name = "resourceType", .short_name = "ty", .id = GH_ATTRIBUTE_TY, .data = GH_DATA_ENUM,
    .create = GH_PRESENCE_O, .enumeration = &enum_resourcetype, .clause = "TS-0004 6.3.5.27" },
  { .long_name = "specializationType", .short_name = "spty", .id = GH_ATTRIBUTE_SPTY,
    .data = GH_DATA_OBJECT, .create = GH_PRESENCE_O, .complex = &complex_specializationtype,
    .clause = "TS-0004 6.3.5.27" },
  { .long_name = "childResourceType", .short_name = "chty", .id = GH_ATTRIBUTE_CHTY,
    .data = GH_DATA_ENUM, .list = 1, .min_items = 1, .create = GH_PRESENCE_M, .required = 1,
    .enumeration = &enum_resourcetype, .clause = "TS-0004 6.3.5.27" },
};
static const guint64 complex_accesscontrolrule_accesscontrolobjectdetails_keys[] = {
  G_GUINT64_CONSTANT (0x6368747900000000), G_GUINT64_CONSTANT (0x7370747900000000),
  G_GUINT64_CONSTANT (0x7479000000000000),
};
static const guint8 complex_accesscontrolrule_accesscontrolobjectdetails_order[] = {
  2, 1, 0,
};
static const GhComplexType complex_accesscontrolrule_accesscontrolobjectdetails = {
  .name = "m2m:accessControlRule/accessControlObjectDetails", .members = complex_accesscontrolrule_accesscontrolobjectdetails_rows,
  .n_members = G_N_ELEMENTS (complex_accesscontrolrule_accesscontrolobjectdetails_rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_accesscontrolrule_accesscontrolobjectdetails_keys, complex_accesscontrolrule_accesscontrolobjectdetails_order },
};

static const GhAttribute complex_accesscontrolrule_rows[] = {
  { .long_name = "accessControlOriginators", .short_name = "acor", .id = GH_ATTRIBUTE_ACOR,
    .data = GH_DATA_URI, .list = 1, .min_items = 1, .create = GH_PRESENCE_M, .required = 1,
    .clause = "TS-0004 6.3.5.27" },
  { .long_name = "accessControlOperations", .short_name = "acop", .id = GH_ATTRIBUTE_ACOP,
    .data = GH_DATA_BITS, .create = GH_PRESENCE_M, .required = 1, .minimum = 0, .maximum = 63,
    .clause = "TS-0004 6.3.5.27" },
  { .long_name = "accessControlContexts", .short_name = "acco", .id = GH_ATTRIBUTE_ACCO,
    .data = GH_DATA_OBJECT, .list = 1, .create = GH_PRESENCE_O,
    .complex = &complex_accesscontrolrule_accesscontrolcontexts, .clause = "TS-0004 6.3.5.27" },
  { .long_name = "accessControlAuthenticationFlag", .short_name = "acaf", .id = GH_ATTRIBUTE_ACAF,
    .data = GH_DATA_BOOLEAN, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.27" },
  { .long_name = "accessControlObjectDetails", .short_name = "acod", .id = GH_ATTRIBUTE_ACOD,
    .data = GH_DATA_OBJECT, .list = 1, .create = GH_PRESENCE_O,
    .complex = &complex_accesscontrolrule_accesscontrolobjectdetails, .clause = "TS-0004 6.3.5.27" },
};
static const guint64 complex_accesscontrolrule_keys[] = {
  G_GUINT64_CONSTANT (0x6163616600000000), G_GUINT64_CONSTANT (0x6163636f00000000),
  G_GUINT64_CONSTANT (0x61636f6400000000), G_GUINT64_CONSTANT (0x61636f7000000000),
  G_GUINT64_CONSTANT (0x61636f7200000000),
};
static const guint8 complex_accesscontrolrule_order[] = {
  3, 2, 4, 1, 0,
};
static const GhComplexType complex_accesscontrolrule = {
  .name = "m2m:accessControlRule", .members = complex_accesscontrolrule_rows,
  .n_members = G_N_ELEMENTS (complex_accesscontrolrule_rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_accesscontrolrule_keys, complex_accesscontrolrule_order },
};

static const GhAttribute complex_setofacrs_rows[] = {
  { .long_name = "accessControlRules", .short_name = "acr", .id = GH_ATTRIBUTE_ACR,
    .data = GH_DATA_OBJECT, .list = 1, .create = GH_PRESENCE_O,
    .complex = &complex_accesscontrolrule, .clause = "TS-0004 6.3.5.26" },
};
static const guint64 complex_setofacrs_keys[] = {
  G_GUINT64_CONSTANT (0x6163720000000000),
};
static const guint8 complex_setofacrs_order[] = {
  0,
};
static const GhComplexType complex_setofacrs = {
  .name = "m2m:setOfAcrs", .members = complex_setofacrs_rows,
  .n_members = G_N_ELEMENTS (complex_setofacrs_rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_setofacrs_keys, complex_setofacrs_order },
};

static const GhAttribute complex_setofacrs__one_or_more__rows[] = {
  { .long_name = "accessControlRules", .short_name = "acr", .id = GH_ATTRIBUTE_ACR,
    .data = GH_DATA_OBJECT, .list = 1, .min_items = 1, .create = GH_PRESENCE_M,
    .complex = &complex_accesscontrolrule, .clause = "TS-0004 6.3.5.26" },
};
static const guint64 complex_setofacrs__one_or_more__keys[] = {
  G_GUINT64_CONSTANT (0x6163720000000000),
};
static const guint8 complex_setofacrs__one_or_more__order[] = {
  0,
};
static const GhComplexType complex_setofacrs__one_or_more_ = {
  .name = "m2m:setOfAcrs (one or more)", .members = complex_setofacrs__one_or_more__rows,
  .n_members = G_N_ELEMENTS (complex_setofacrs__one_or_more__rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_setofacrs__one_or_more__keys, complex_setofacrs__one_or_more__order },
};

static const GhAttribute complex_receiveresprimrandobject_rows[] = {
  { .long_name = "esprimRandID", .short_name = "esri", .id = GH_ATTRIBUTE_ESRI,
    .data = GH_DATA_NCNAME, .create = GH_PRESENCE_M, .required = 1, .clause = "TS-0004 6.3.5.51" },
  { .long_name = "esprimRandValue", .short_name = "esrv", .id = GH_ATTRIBUTE_ESRV,
    .data = GH_DATA_NCNAME, .create = GH_PRESENCE_M, .required = 1, .clause = "TS-0004 6.3.5.51" },
  { .long_name = "esprimRandExpiry", .short_name = "esrx", .id = GH_ATTRIBUTE_ESRX,
    .data = GH_DATA_ABS_REL_TIMESTAMP, .create = GH_PRESENCE_M, .required = 1,
    .clause = "TS-0004 6.3.5.51" },
  { .long_name = "esprimKeyGenAlgIDs", .short_name = "esks", .id = GH_ATTRIBUTE_ESKS,
    .data = GH_DATA_ENUM, .list = 1, .min_items = 1, .create = GH_PRESENCE_M, .required = 1,
    .enumeration = &enum_esprimkeygenalgid, .clause = "TS-0004 6.3.5.51" },
  { .long_name = "esprimProtocolAndAlgIDs", .short_name = "espa", .id = GH_ATTRIBUTE_ESPA,
    .data = GH_DATA_ENUM, .list = 1, .min_items = 1, .create = GH_PRESENCE_M, .required = 1,
    .enumeration = &enum_esprimprotocolandalgid, .clause = "TS-0004 6.3.5.51" },
};
static const guint64 complex_receiveresprimrandobject_keys[] = {
  G_GUINT64_CONSTANT (0x65736b7300000000), G_GUINT64_CONSTANT (0x6573706100000000),
  G_GUINT64_CONSTANT (0x6573726900000000), G_GUINT64_CONSTANT (0x6573727600000000),
  G_GUINT64_CONSTANT (0x6573727800000000),
};
static const guint8 complex_receiveresprimrandobject_order[] = {
  3, 4, 0, 1, 2,
};
static const GhComplexType complex_receiveresprimrandobject = {
  .name = "m2m:receiverESPrimRandObject", .members = complex_receiveresprimrandobject_rows,
  .n_members = G_N_ELEMENTS (complex_receiveresprimrandobject_rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_receiveresprimrandobject_keys, complex_receiveresprimrandobject_order },
};

static const GhAttribute complex_e2esecinfo_rows[] = {
  { .long_name = "supportedE2ESecFeatures", .short_name = "esf", .id = GH_ATTRIBUTE_ESF,
    .data = GH_DATA_ENUM, .list = 1, .min_items = 1, .create = GH_PRESENCE_M, .required = 1,
    .enumeration = &enum_suid, .clause = "TS-0004 6.3.5.52" },
  { .long_name = "certificates", .short_name = "escert", .id = GH_ATTRIBUTE_ESCERT,
    .data = GH_DATA_BASE64, .list = 1, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.52" },
  { .long_name = "sharedReceiverESPrimRandObject", .short_name = "esro", .id = GH_ATTRIBUTE_ESRO,
    .data = GH_DATA_OBJECT, .create = GH_PRESENCE_O, .complex = &complex_receiveresprimrandobject,
    .clause = "TS-0004 6.3.5.52" },
};
static const guint64 complex_e2esecinfo_keys[] = {
  G_GUINT64_CONSTANT (0x6573636572740000), G_GUINT64_CONSTANT (0x6573660000000000),
  G_GUINT64_CONSTANT (0x6573726f00000000),
};
static const guint8 complex_e2esecinfo_order[] = {
  1, 0, 2,
};
static const GhComplexType complex_e2esecinfo = {
  .name = "m2m:e2eSecInfo", .members = complex_e2esecinfo_rows,
  .n_members = G_N_ELEMENTS (complex_e2esecinfo_rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_e2esecinfo_keys, complex_e2esecinfo_order },
};

static const GhAttribute complex_scheduleentries_rows[] = {
  { .long_name = "scheduleEntry", .short_name = "sce", .id = GH_ATTRIBUTE_SCE,
    .data = GH_DATA_SCHEDULE, .list = 1, .min_items = 1, .create = GH_PRESENCE_M, .required = 1,
    .clause = "TS-0004 6.3.5.11" },
};
static const guint64 complex_scheduleentries_keys[] = {
  G_GUINT64_CONSTANT (0x7363650000000000),
};
static const guint8 complex_scheduleentries_order[] = {
  0,
};
static const GhComplexType complex_scheduleentries = {
  .name = "m2m:scheduleEntries", .members = complex_scheduleentries_rows,
  .n_members = G_N_ELEMENTS (complex_scheduleentries_rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_scheduleentries_keys, complex_scheduleentries_order },
};

static const GhAttribute complex_activitypattern_rows[] = {
  { .long_name = "scheduleElement", .short_name = "se", .id = GH_ATTRIBUTE_SE,
    .data = GH_DATA_OBJECT, .list = 1, .min_items = 1, .create = GH_PRESENCE_M, .required = 1,
    .complex = &complex_scheduleentries, .clause = "TS-0004 6.3.5.65" },
  { .long_name = "stationaryIndication", .short_name = "sti", .id = GH_ATTRIBUTE_STI,
    .data = GH_DATA_ENUM, .create = GH_PRESENCE_O, .enumeration = &enum_stationaryindication,
    .clause = "TS-0004 6.3.5.65" },
  { .long_name = "dataSizeIndicator", .short_name = "dsi", .id = GH_ATTRIBUTE_DSI,
    .data = GH_DATA_POSITIVE, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.65" },
};
static const guint64 complex_activitypattern_keys[] = {
  G_GUINT64_CONSTANT (0x6473690000000000), G_GUINT64_CONSTANT (0x7365000000000000),
  G_GUINT64_CONSTANT (0x7374690000000000),
};
static const guint8 complex_activitypattern_order[] = {
  2, 0, 1,
};
static const GhComplexType complex_activitypattern = {
  .name = "m2m:activityPattern", .members = complex_activitypattern_rows,
  .n_members = G_N_ELEMENTS (complex_activitypattern_rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_activitypattern_keys, complex_activitypattern_order },
};

static const GhAttribute complex_activitypatternelements_rows[] = {
  { .long_name = "activityPatternElements", .short_name = "apt", .id = GH_ATTRIBUTE_APT,
    .data = GH_DATA_OBJECT, .list = 1, .create = GH_PRESENCE_O,
    .complex = &complex_activitypattern, .clause = "TS-0004 6.3.5.64" },
};
static const guint64 complex_activitypatternelements_keys[] = {
  G_GUINT64_CONSTANT (0x6170740000000000),
};
static const guint8 complex_activitypatternelements_order[] = {
  0,
};
static const GhComplexType complex_activitypatternelements = {
  .name = "m2m:activityPatternElements", .members = complex_activitypatternelements_rows,
  .n_members = G_N_ELEMENTS (complex_activitypatternelements_rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_activitypatternelements_keys, complex_activitypatternelements_order },
};

static const GhAttribute complex_contentref_urireference_rows[] = {
  { .long_name = "name", .short_name = "nm", .id = GH_ATTRIBUTE_NM, .data = GH_DATA_NCNAME,
    .create = GH_PRESENCE_M, .required = 1, .clause = "TS-0004 6.3.5.36" },
  { .long_name = "URI", .short_name = "uri", .id = GH_ATTRIBUTE_URI, .data = GH_DATA_URI,
    .create = GH_PRESENCE_M, .required = 1, .clause = "TS-0004 6.3.5.36" },
};
static const guint64 complex_contentref_urireference_keys[] = {
  G_GUINT64_CONSTANT (0x6e6d000000000000), G_GUINT64_CONSTANT (0x7572690000000000),
};
static const guint8 complex_contentref_urireference_order[] = {
  0, 1,
};
static const GhComplexType complex_contentref_urireference = {
  .name = "m2m:contentRef/URIReference", .members = complex_contentref_urireference_rows,
  .n_members = G_N_ELEMENTS (complex_contentref_urireference_rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_contentref_urireference_keys, complex_contentref_urireference_order },
};

static const GhAttribute complex_contentref_rows[] = {
  { .long_name = "URIReference", .short_name = "urir", .id = GH_ATTRIBUTE_URIR,
    .data = GH_DATA_OBJECT, .list = 1, .min_items = 1, .create = GH_PRESENCE_M, .required = 1,
    .complex = &complex_contentref_urireference, .clause = "TS-0004 6.3.5.36" },
};
static const guint64 complex_contentref_keys[] = {
  G_GUINT64_CONSTANT (0x7572697200000000),
};
static const guint8 complex_contentref_order[] = {
  0,
};
static const GhComplexType complex_contentref = {
  .name = "m2m:contentRef", .members = complex_contentref_rows,
  .n_members = G_N_ELEMENTS (complex_contentref_rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_contentref_keys, complex_contentref_order },
};

static const GhAttribute complex_operationmonitor_rows[] = {
  { .long_name = "operations", .short_name = "ops", .id = GH_ATTRIBUTE_OPS, .data = GH_DATA_BITS,
    .create = GH_PRESENCE_O, .minimum = 0, .maximum = 63, .clause = "TS-0004 6.3.5.57" },
  { .long_name = "originator", .short_name = "or", .id = GH_ATTRIBUTE_OR, .data = GH_DATA_ID,
    .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.57" },
};
static const guint64 complex_operationmonitor_keys[] = {
  G_GUINT64_CONSTANT (0x6f70730000000000), G_GUINT64_CONSTANT (0x6f72000000000000),
};
static const guint8 complex_operationmonitor_order[] = {
  0, 1,
};
static const GhComplexType complex_operationmonitor = {
  .name = "m2m:operationMonitor", .members = complex_operationmonitor_rows,
  .n_members = G_N_ELEMENTS (complex_operationmonitor_rows),
  .rule = GH_COMPLEX_AT_LEAST_ONE,
  .index = { complex_operationmonitor_keys, complex_operationmonitor_order },
};

static const GhAttribute complex_missingdata_rows[] = {
  { .long_name = "number", .short_name = "num", .id = GH_ATTRIBUTE_NUM, .data = GH_DATA_POSITIVE,
    .create = GH_PRESENCE_M, .required = 1, .clause = "TS-0004 6.3.5.40" },
  { .long_name = "duration", .short_name = "dur", .id = GH_ATTRIBUTE_DUR, .data = GH_DATA_DURATION,
    .create = GH_PRESENCE_M, .required = 1, .clause = "TS-0004 6.3.5.40" },
};
static const guint64 complex_missingdata_keys[] = {
  G_GUINT64_CONSTANT (0x6475720000000000), G_GUINT64_CONSTANT (0x6e756d0000000000),
};
static const guint8 complex_missingdata_order[] = {
  1, 0,
};
static const GhComplexType complex_missingdata = {
  .name = "m2m:missingData", .members = complex_missingdata_rows,
  .n_members = G_N_ELEMENTS (complex_missingdata_rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_missingdata_keys, complex_missingdata_order },
};

static const GhAttribute complex_eventnotificationcriteria_rows[] = {
  { .long_name = "createdBefore", .short_name = "crb", .id = GH_ATTRIBUTE_CRB,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.7" },
  { .long_name = "createdAfter", .short_name = "cra", .id = GH_ATTRIBUTE_CRA,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.7" },
  { .long_name = "modifiedSince", .short_name = "ms", .id = GH_ATTRIBUTE_MS,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.7" },
  { .long_name = "unmodifiedSince", .short_name = "us", .id = GH_ATTRIBUTE_US,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.7" },
  { .long_name = "stateTagSmaller", .short_name = "sts", .id = GH_ATTRIBUTE_STS,
    .data = GH_DATA_POSITIVE, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.7" },
  { .long_name = "stateTagBigger", .short_name = "stb", .id = GH_ATTRIBUTE_STB,
    .data = GH_DATA_NON_NEGATIVE, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.7" },
  { .long_name = "expireBefore", .short_name = "exb", .id = GH_ATTRIBUTE_EXB,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.7" },
  { .long_name = "expireAfter", .short_name = "exa", .id = GH_ATTRIBUTE_EXA,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.7" },
  { .long_name = "sizeAbove", .short_name = "sza", .id = GH_ATTRIBUTE_SZA,
    .data = GH_DATA_NON_NEGATIVE, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.7" },
  { .long_name = "sizeBelow", .short_name = "szb", .id = GH_ATTRIBUTE_SZB,
    .data = GH_DATA_POSITIVE, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.7" },
  { .long_name = "operationMonitor", .short_name = "om", .id = GH_ATTRIBUTE_OM,
    .data = GH_DATA_OBJECT, .list = 1, .create = GH_PRESENCE_O,
    .complex = &complex_operationmonitor, .clause = "TS-0004 6.3.5.7" },
  { .long_name = "attribute", .short_name = "atr", .id = GH_ATTRIBUTE_ATR, .data = GH_DATA_NCNAME,
    .list = 1, .min_items = 1, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.7" },
  { .long_name = "notificationEventType", .short_name = "net", .id = GH_ATTRIBUTE_NET,
    .data = GH_DATA_ENUM, .list = 1, .create = GH_PRESENCE_O,
    .enumeration = &enum_notificationeventtype, .clause = "TS-0004 6.3.5.7" },
  { .long_name = "childResourceType", .short_name = "chty", .id = GH_ATTRIBUTE_CHTY,
    .data = GH_DATA_ENUM, .list = 1, .create = GH_PRESENCE_O, .enumeration = &enum_resourcetype,
    .clause = "TS-0004 6.3.5.7" },
  { .long_name = "missingData", .short_name = "md", .id = GH_ATTRIBUTE_MD, .data = GH_DATA_OBJECT,
    .create = GH_PRESENCE_O, .complex = &complex_missingdata, .clause = "TS-0004 6.3.5.7" },
  { .long_name = "filterOperation", .short_name = "fo", .id = GH_ATTRIBUTE_FO,
    .data = GH_DATA_ENUM, .create = GH_PRESENCE_O, .enumeration = &enum_filteroperation,
    .clause = "TS-0004 6.3.5.7" },
};
static const guint64 complex_eventnotificationcriteria_keys[] = {
  G_GUINT64_CONSTANT (0x6174720000000000), G_GUINT64_CONSTANT (0x6368747900000000),
  G_GUINT64_CONSTANT (0x6372610000000000), G_GUINT64_CONSTANT (0x6372620000000000),
  G_GUINT64_CONSTANT (0x6578610000000000), G_GUINT64_CONSTANT (0x6578620000000000),
  G_GUINT64_CONSTANT (0x666f000000000000), G_GUINT64_CONSTANT (0x6d64000000000000),
  G_GUINT64_CONSTANT (0x6d73000000000000), G_GUINT64_CONSTANT (0x6e65740000000000),
  G_GUINT64_CONSTANT (0x6f6d000000000000), G_GUINT64_CONSTANT (0x7374620000000000),
  G_GUINT64_CONSTANT (0x7374730000000000), G_GUINT64_CONSTANT (0x737a610000000000),
  G_GUINT64_CONSTANT (0x737a620000000000), G_GUINT64_CONSTANT (0x7573000000000000),
};
static const guint8 complex_eventnotificationcriteria_order[] = {
  11, 13, 1, 0, 7, 6, 15, 14, 2, 12, 10, 5, 4, 8, 9, 3,
};
static const GhComplexType complex_eventnotificationcriteria = {
  .name = "m2m:eventNotificationCriteria", .members = complex_eventnotificationcriteria_rows,
  .n_members = G_N_ELEMENTS (complex_eventnotificationcriteria_rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_eventnotificationcriteria_keys, complex_eventnotificationcriteria_order },
};

static const GhAttribute complex_batchnotify_rows[] = {
  { .long_name = "number", .short_name = "num", .id = GH_ATTRIBUTE_NUM,
    .data = GH_DATA_NON_NEGATIVE, .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.6" },
  { .long_name = "duration", .short_name = "dur", .id = GH_ATTRIBUTE_DUR, .data = GH_DATA_DURATION,
    .create = GH_PRESENCE_O, .clause = "TS-0004 6.3.5.6" },
};
static const guint64 complex_batchnotify_keys[] = {
  G_GUINT64_CONSTANT (0x6475720000000000), G_GUINT64_CONSTANT (0x6e756d0000000000),
};
static const guint8 complex_batchnotify_order[] = {
  1, 0,
};
static const GhComplexType complex_batchnotify = {
  .name = "m2m:batchNotify", .members = complex_batchnotify_rows,
  .n_members = G_N_ELEMENTS (complex_batchnotify_rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_batchnotify_keys, complex_batchnotify_order },
};

static const GhAttribute complex_ratelimit_rows[] = {
  { .long_name = "maxNrOfNotify", .short_name = "mnn", .id = GH_ATTRIBUTE_MNN,
    .data = GH_DATA_NON_NEGATIVE, .create = GH_PRESENCE_M, .required = 1,
    .clause = "TS-0004 6.3.5.31" },
  { .long_name = "timeWindow", .short_name = "tww", .id = GH_ATTRIBUTE_TWW,
    .data = GH_DATA_DURATION, .create = GH_PRESENCE_M, .required = 1, .clause = "TS-0004 6.3.5.31" },
};
static const guint64 complex_ratelimit_keys[] = {
  G_GUINT64_CONSTANT (0x6d6e6e0000000000), G_GUINT64_CONSTANT (0x7477770000000000),
};
static const guint8 complex_ratelimit_order[] = {
  0, 1,
};
static const GhComplexType complex_ratelimit = {
  .name = "m2m:rateLimit", .members = complex_ratelimit_rows,
  .n_members = G_N_ELEMENTS (complex_ratelimit_rows),
  .rule = GH_COMPLEX_ANY,
  .index = { complex_ratelimit_keys, complex_ratelimit_order },
};

static const GhAttribute type_accesscontrolpolicy_rows[] = {
  { .long_name = "resourceName", .short_name = "rn", .id = GH_ATTRIBUTE_RN, .data = GH_DATA_NAME,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.2" },
  { .long_name = "resourceType", .short_name = "ty", .id = GH_ATTRIBUTE_TY, .data = GH_DATA_ENUM,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .enumeration = &enum_resourcetype, .clause = "TS-0004 7.4.2" },
  { .long_name = "resourceID", .short_name = "ri", .id = GH_ATTRIBUTE_RI, .data = GH_DATA_ID,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.2" },
  { .long_name = "parentID", .short_name = "pi", .id = GH_ATTRIBUTE_PI, .data = GH_DATA_ID,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.2" },
  { .long_name = "expirationTime", .short_name = "et", .id = GH_ATTRIBUTE_ET,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_MA, .release = 1, .required = 1, .clause = "TS-0004 7.4.2" },
  { .long_name = "labels", .short_name = "lbl", .id = GH_ATTRIBUTE_LBL, .data = GH_DATA_TOKEN,
    .list = 1, .min_items = 1, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_MA, .release = 1, .clause = "TS-0004 7.4.2" },
  { .long_name = "creationTime", .short_name = "ct", .id = GH_ATTRIBUTE_CT,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.2" },
  { .long_name = "lastModifiedTime", .short_name = "lt", .id = GH_ATTRIBUTE_LT,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.2" },
  { .long_name = "announceTo", .short_name = "at", .id = GH_ATTRIBUTE_AT, .data = GH_DATA_URI,
    .list = 1, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_NA,
    .release = 1, .clause = "TS-0004 7.4.2" },
  { .long_name = "announcedAttribute", .short_name = "aa", .id = GH_ATTRIBUTE_AA,
    .data = GH_DATA_NCNAME, .list = 1, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_NA, .release = 1, .clause = "TS-0004 7.4.2" },
  { .long_name = "privileges", .short_name = "pv", .id = GH_ATTRIBUTE_PV, .data = GH_DATA_OBJECT,
    .create = GH_PRESENCE_M, .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_MA, .release = 1,
    .required = 1, .complex = &complex_setofacrs, .clause = "TS-0004 7.4.2" },
  { .long_name = "selfPrivileges", .short_name = "pvs", .id = GH_ATTRIBUTE_PVS,
    .data = GH_DATA_OBJECT, .create = GH_PRESENCE_M, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_MA, .release = 1, .required = 1,
    .complex = &complex_setofacrs__one_or_more_, .clause = "TS-0004 7.4.2" },
  { .long_name = "authorizationDecisionResourceIDs", .short_name = "adri", .id = GH_ATTRIBUTE_ADRI,
    .data = GH_DATA_URI, .list = 1, .min_items = 1, .create = GH_PRESENCE_O,
    .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_MA, .release = 3, .clause = "TS-0004 7.4.2" },
  { .long_name = "authorizationPolicyResourceIDs", .short_name = "apri", .id = GH_ATTRIBUTE_APRI,
    .data = GH_DATA_URI, .list = 1, .min_items = 1, .create = GH_PRESENCE_O,
    .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_MA, .release = 3, .clause = "TS-0004 7.4.2" },
  { .long_name = "authorizationInformationResourceIDs", .short_name = "airi",
    .id = GH_ATTRIBUTE_AIRI, .data = GH_DATA_URI, .list = 1, .min_items = 1,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_MA, .release = 3,
    .clause = "TS-0004 7.4.2" },
};
static const guint64 type_accesscontrolpolicy_keys[] = {
  G_GUINT64_CONSTANT (0x6161000000000000), G_GUINT64_CONSTANT (0x6164726900000000),
  G_GUINT64_CONSTANT (0x6169726900000000), G_GUINT64_CONSTANT (0x6170726900000000),
  G_GUINT64_CONSTANT (0x6174000000000000), G_GUINT64_CONSTANT (0x6374000000000000),
  G_GUINT64_CONSTANT (0x6574000000000000), G_GUINT64_CONSTANT (0x6c626c0000000000),
  G_GUINT64_CONSTANT (0x6c74000000000000), G_GUINT64_CONSTANT (0x7069000000000000),
  G_GUINT64_CONSTANT (0x7076000000000000), G_GUINT64_CONSTANT (0x7076730000000000),
  G_GUINT64_CONSTANT (0x7269000000000000), G_GUINT64_CONSTANT (0x726e000000000000),
  G_GUINT64_CONSTANT (0x7479000000000000),
};
static const guint8 type_accesscontrolpolicy_order[] = {
  9, 12, 14, 13, 8, 6, 4, 5, 7, 3, 10, 11, 2, 0, 1,
};
static const gint type_accesscontrolpolicy_children[] = {
  23, 0,
};
static const GhType type_accesscontrolpolicy = {
  .number = 1, .long_name = "accessControlPolicy", .short_name = "acp", .root_name = "m2m:acp",
  .attributes = type_accesscontrolpolicy_rows, .n_attributes = G_N_ELEMENTS (type_accesscontrolpolicy_rows),
  .children = type_accesscontrolpolicy_children, .instance = FALSE,
  .creatable = TRUE, .updatable = TRUE,
  .clause = "TS-0004 7.4.2",
  .identity_rows = G_GUINT64_CONSTANT (0xdf),
  .counter_rows = G_GUINT64_CONSTANT (0x0),
  .index = { type_accesscontrolpolicy_keys, type_accesscontrolpolicy_order },
};

static const GhAttribute type_ae_rows[] = {
  { .long_name = "resourceName", .short_name = "rn", .id = GH_ATTRIBUTE_RN, .data = GH_DATA_NAME,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.5" },
  { .long_name = "resourceType", .short_name = "ty", .id = GH_ATTRIBUTE_TY, .data = GH_DATA_ENUM,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .enumeration = &enum_resourcetype, .clause = "TS-0004 7.4.5" },
  { .long_name = "resourceID", .short_name = "ri", .id = GH_ATTRIBUTE_RI, .data = GH_DATA_ID,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.5" },
  { .long_name = "parentID", .short_name = "pi", .id = GH_ATTRIBUTE_PI, .data = GH_DATA_ID,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.5" },
  { .long_name = "accessControlPolicyIDs", .short_name = "acpi", .id = GH_ATTRIBUTE_ACPI,
    .data = GH_DATA_URI, .list = 1, .min_items = 1, .create = GH_PRESENCE_O,
    .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_MA, .release = 1, .clause = "TS-0004 7.4.5" },
  { .long_name = "creationTime", .short_name = "ct", .id = GH_ATTRIBUTE_CT,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.5" },
  { .long_name = "expirationTime", .short_name = "et", .id = GH_ATTRIBUTE_ET,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_MA, .release = 1, .required = 1, .clause = "TS-0004 7.4.5" },
  { .long_name = "lastModifiedTime", .short_name = "lt", .id = GH_ATTRIBUTE_LT,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.5" },
  { .long_name = "labels", .short_name = "lbl", .id = GH_ATTRIBUTE_LBL, .data = GH_DATA_TOKEN,
    .list = 1, .min_items = 1, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_MA, .release = 1, .clause = "TS-0004 7.4.5" },
  { .long_name = "announceTo", .short_name = "at", .id = GH_ATTRIBUTE_AT, .data = GH_DATA_URI,
    .list = 1, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_NA,
    .release = 1, .clause = "TS-0004 7.4.5" },
  { .long_name = "announcedAttribute", .short_name = "aa", .id = GH_ATTRIBUTE_AA,
    .data = GH_DATA_NCNAME, .list = 1, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_NA, .release = 1, .clause = "TS-0004 7.4.5" },
  { .long_name = "dynamicAuthorizationConsultationIDs", .short_name = "daci",
    .id = GH_ATTRIBUTE_DACI, .data = GH_DATA_URI, .list = 1, .create = GH_PRESENCE_O,
    .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_OA, .release = 2, .clause = "TS-0004 7.4.5" },
  { .long_name = "appName", .short_name = "apn", .id = GH_ATTRIBUTE_APN, .data = GH_DATA_STRING,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_OA, .release = 1,
    .clause = "TS-0004 7.4.5" },
  { .long_name = "App-ID", .short_name = "api", .id = GH_ATTRIBUTE_API, .data = GH_DATA_STRING,
    .create = GH_PRESENCE_M, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_OA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.5" },
  { .long_name = "AE-ID", .short_name = "aei", .id = GH_ATTRIBUTE_AEI, .data = GH_DATA_ID,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_OA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.5" },
  { .long_name = "pointOfAccess", .short_name = "poa", .id = GH_ATTRIBUTE_POA, .data = GH_DATA_POA,
    .list = 1, .min_items = 1, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_OA, .release = 1, .clause = "TS-0004 7.4.5" },
  { .long_name = "ontologyRef", .short_name = "or", .id = GH_ATTRIBUTE_OR, .data = GH_DATA_URI,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_OA, .release = 1,
    .clause = "TS-0004 7.4.5" },
  { .long_name = "nodeLink", .short_name = "nl", .id = GH_ATTRIBUTE_NL, .data = GH_DATA_URI,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_OA, .release = 1,
    .clause = "TS-0004 7.4.5" },
  { .long_name = "requestReachability", .short_name = "rr", .id = GH_ATTRIBUTE_RR,
    .data = GH_DATA_BOOLEAN, .create = GH_PRESENCE_M, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_OA, .release = 1, .required = 1, .clause = "TS-0004 7.4.5" },
  { .long_name = "contentSerialization", .short_name = "csz", .id = GH_ATTRIBUTE_CSZ,
    .data = GH_DATA_SERIALIZATION, .list = 1, .min_items = 1, .create = GH_PRESENCE_O,
    .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_OA, .release = 2, .clause = "TS-0004 7.4.5" },
  { .long_name = "e2eSecInfo", .short_name = "esi", .id = GH_ATTRIBUTE_ESI, .data = GH_DATA_OBJECT,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_MA, .release = 2,
    .complex = &complex_e2esecinfo, .clause = "TS-0004 7.4.5" },
  { .long_name = "M2M-Ext-ID", .short_name = "mei", .id = GH_ATTRIBUTE_MEI, .data = GH_DATA_ID,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_NA, .release = 3,
    .clause = "TS-0004 7.4.5" },
  { .long_name = "supportedReleaseVersions", .short_name = "srv", .id = GH_ATTRIBUTE_SRV,
    .data = GH_DATA_RELEASE, .list = 1, .min_items = 1, .create = GH_PRESENCE_M,
    .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_MA, .release = 2, .clause = "TS-0004 7.4.5" },
  { .long_name = "registrationStatus", .short_name = "regs", .id = GH_ATTRIBUTE_REGS,
    .data = GH_DATA_ENUM, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_OA, .release = 3, .enumeration = &enum_aeregistrationstatus,
    .clause = "TS-0004 7.4.5" },
  { .long_name = "trackRegistrationPoints", .short_name = "trps", .id = GH_ATTRIBUTE_TRPS,
    .data = GH_DATA_BOOLEAN, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_OA, .release = 3, .clause = "TS-0004 7.4.5" },
  { .long_name = "sessionCapabilities", .short_name = "scp", .id = GH_ATTRIBUTE_SCP,
    .data = GH_DATA_TOKEN, .list = 1, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_OA, .release = 3, .clause = "TS-0004 7.4.5" },
  { .long_name = "triggerEnable", .short_name = "tren", .id = GH_ATTRIBUTE_TREN,
    .data = GH_DATA_BOOLEAN, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_OA, .release = 3, .clause = "TS-0004 7.4.5" },
  { .long_name = "activityPatternElements", .short_name = "ape", .id = GH_ATTRIBUTE_APE,
    .data = GH_DATA_OBJECT, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_OA, .release = 3, .complex = &complex_activitypatternelements,
    .clause = "TS-0004 7.4.5" },
  { .long_name = "Trigger-Recipient-ID", .short_name = "tri", .id = GH_ATTRIBUTE_TRI,
    .data = GH_DATA_UNSIGNED_INT, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_NA, .release = 3, .minimum = 0, .maximum = 65535,
    .clause = "TS-0004 7.4.5" },
  { .long_name = "triggerReferenceNumber", .short_name = "trn", .id = GH_ATTRIBUTE_TRN,
    .data = GH_DATA_UNSIGNED_INT, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_NA, .release = 3, .clause = "TS-0004 7.4.5" },
};
static const guint64 type_ae_keys[] = {
  G_GUINT64_CONSTANT (0x6161000000000000), G_GUINT64_CONSTANT (0x6163706900000000),
  G_GUINT64_CONSTANT (0x6165690000000000), G_GUINT64_CONSTANT (0x6170650000000000),
  G_GUINT64_CONSTANT (0x6170690000000000), G_GUINT64_CONSTANT (0x61706e0000000000),
  G_GUINT64_CONSTANT (0x6174000000000000), G_GUINT64_CONSTANT (0x63737a0000000000),
  G_GUINT64_CONSTANT (0x6374000000000000), G_GUINT64_CONSTANT (0x6461636900000000),
  G_GUINT64_CONSTANT (0x6573690000000000), G_GUINT64_CONSTANT (0x6574000000000000),
  G_GUINT64_CONSTANT (0x6c626c0000000000), G_GUINT64_CONSTANT (0x6c74000000000000),
  G_GUINT64_CONSTANT (0x6d65690000000000), G_GUINT64_CONSTANT (0x6e6c000000000000),
  G_GUINT64_CONSTANT (0x6f72000000000000), G_GUINT64_CONSTANT (0x7069000000000000),
  G_GUINT64_CONSTANT (0x706f610000000000), G_GUINT64_CONSTANT (0x7265677300000000),
  G_GUINT64_CONSTANT (0x7269000000000000), G_GUINT64_CONSTANT (0x726e000000000000),
  G_GUINT64_CONSTANT (0x7272000000000000), G_GUINT64_CONSTANT (0x7363700000000000),
  G_GUINT64_CONSTANT (0x7372760000000000), G_GUINT64_CONSTANT (0x7472656e00000000),
  G_GUINT64_CONSTANT (0x7472690000000000), G_GUINT64_CONSTANT (0x74726e0000000000),
  G_GUINT64_CONSTANT (0x7472707300000000), G_GUINT64_CONSTANT (0x7479000000000000),
};
static const guint8 type_ae_order[] = {
  10, 4, 14, 27, 13, 12, 9, 19, 5, 11, 20, 6, 8, 7, 21, 17, 16, 3, 15, 23, 2, 0, 18, 25, 22, 26,
  28, 29, 24, 1,
};
static const gint type_ae_children[] = {
  1, 3, 23, 0,
};
static const GhType type_ae = {
  .number = 2, .long_name = "AE", .short_name = "ae", .root_name = "m2m:ae",
  .attributes = type_ae_rows, .n_attributes = G_N_ELEMENTS (type_ae_rows),
  .children = type_ae_children, .instance = FALSE,
  .creatable = TRUE, .updatable = TRUE,
  .clause = "TS-0004 7.4.5",
  .identity_rows = G_GUINT64_CONSTANT (0xef),
  .counter_rows = G_GUINT64_CONSTANT (0x0),
  .index = { type_ae_keys, type_ae_order },
};

static const GhAttribute type_container_rows[] = {
  { .long_name = "resourceName", .short_name = "rn", .id = GH_ATTRIBUTE_RN, .data = GH_DATA_NAME,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "resourceType", .short_name = "ty", .id = GH_ATTRIBUTE_TY, .data = GH_DATA_ENUM,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .enumeration = &enum_resourcetype, .clause = "TS-0004 7.4.6" },
  { .long_name = "resourceID", .short_name = "ri", .id = GH_ATTRIBUTE_RI, .data = GH_DATA_ID,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "parentID", .short_name = "pi", .id = GH_ATTRIBUTE_PI, .data = GH_DATA_ID,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "accessControlPolicyIDs", .short_name = "acpi", .id = GH_ATTRIBUTE_ACPI,
    .data = GH_DATA_URI, .list = 1, .min_items = 1, .create = GH_PRESENCE_O,
    .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_MA, .release = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "creationTime", .short_name = "ct", .id = GH_ATTRIBUTE_CT,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "expirationTime", .short_name = "et", .id = GH_ATTRIBUTE_ET,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_MA, .release = 1, .required = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "lastModifiedTime", .short_name = "lt", .id = GH_ATTRIBUTE_LT,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "stateTag", .short_name = "st", .id = GH_ATTRIBUTE_ST,
    .data = GH_DATA_NON_NEGATIVE, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "labels", .short_name = "lbl", .id = GH_ATTRIBUTE_LBL, .data = GH_DATA_TOKEN,
    .list = 1, .min_items = 1, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_MA, .release = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "announceTo", .short_name = "at", .id = GH_ATTRIBUTE_AT, .data = GH_DATA_URI,
    .list = 1, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_NA,
    .release = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "announcedAttribute", .short_name = "aa", .id = GH_ATTRIBUTE_AA,
    .data = GH_DATA_NCNAME, .list = 1, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_NA, .release = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "dynamicAuthorizationConsultationIDs", .short_name = "daci",
    .id = GH_ATTRIBUTE_DACI, .data = GH_DATA_URI, .list = 1, .create = GH_PRESENCE_O,
    .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_OA, .release = 2, .clause = "TS-0004 7.4.6" },
  { .long_name = "creator", .short_name = "cr", .id = GH_ATTRIBUTE_CR, .data = GH_DATA_ID,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .fill = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "maxNrOfInstances", .short_name = "mni", .id = GH_ATTRIBUTE_MNI,
    .data = GH_DATA_NON_NEGATIVE, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_OA, .release = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "maxByteSize", .short_name = "mbs", .id = GH_ATTRIBUTE_MBS,
    .data = GH_DATA_NON_NEGATIVE, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_OA, .release = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "maxInstanceAge", .short_name = "mia", .id = GH_ATTRIBUTE_MIA,
    .data = GH_DATA_NON_NEGATIVE, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_OA, .release = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "currentNrOfInstances", .short_name = "cni", .id = GH_ATTRIBUTE_CNI,
    .data = GH_DATA_NON_NEGATIVE, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "currentByteSize", .short_name = "cbs", .id = GH_ATTRIBUTE_CBS,
    .data = GH_DATA_NON_NEGATIVE, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.6" },
  { .long_name = "locationID", .short_name = "li", .id = GH_ATTRIBUTE_LI, .data = GH_DATA_URI,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_OA, .release = 1,
    .clause = "TS-0004 7.4.6" },
  { .long_name = "ontologyRef", .short_name = "or", .id = GH_ATTRIBUTE_OR, .data = GH_DATA_URI,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_OA, .release = 1,
    .clause = "TS-0004 7.4.6" },
  { .long_name = "disableRetrieval", .short_name = "disr", .id = GH_ATTRIBUTE_DISR,
    .data = GH_DATA_BOOLEAN, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_OA, .release = 2, .clause = "TS-0004 7.4.6" },
};
static const guint64 type_container_keys[] = {
  G_GUINT64_CONSTANT (0x6161000000000000), G_GUINT64_CONSTANT (0x6163706900000000),
  G_GUINT64_CONSTANT (0x6174000000000000), G_GUINT64_CONSTANT (0x6362730000000000),
  G_GUINT64_CONSTANT (0x636e690000000000), G_GUINT64_CONSTANT (0x6372000000000000),
  G_GUINT64_CONSTANT (0x6374000000000000), G_GUINT64_CONSTANT (0x6461636900000000),
  G_GUINT64_CONSTANT (0x6469737200000000), G_GUINT64_CONSTANT (0x6574000000000000),
  G_GUINT64_CONSTANT (0x6c626c0000000000), G_GUINT64_CONSTANT (0x6c69000000000000),
  G_GUINT64_CONSTANT (0x6c74000000000000), G_GUINT64_CONSTANT (0x6d62730000000000),
  G_GUINT64_CONSTANT (0x6d69610000000000), G_GUINT64_CONSTANT (0x6d6e690000000000),
  G_GUINT64_CONSTANT (0x6f72000000000000), G_GUINT64_CONSTANT (0x7069000000000000),
  G_GUINT64_CONSTANT (0x7269000000000000), G_GUINT64_CONSTANT (0x726e000000000000),
  G_GUINT64_CONSTANT (0x7374000000000000), G_GUINT64_CONSTANT (0x7479000000000000),
};
static const guint8 type_container_order[] = {
  11, 4, 10, 18, 17, 13, 5, 12, 21, 6, 9, 19, 7, 15, 16, 14, 20, 3, 2, 0, 8, 1,
};
static const gint type_container_children[] = {
  3, 4, 23, 0,
};
static const GhType type_container = {
  .number = 3, .long_name = "container", .short_name = "cnt", .root_name = "m2m:cnt",
  .attributes = type_container_rows, .n_attributes = G_N_ELEMENTS (type_container_rows),
  .children = type_container_children, .instance = FALSE,
  .creatable = TRUE, .updatable = TRUE,
  .clause = "TS-0004 7.4.6",
  .identity_rows = G_GUINT64_CONSTANT (0xef),
  .counter_rows = G_GUINT64_CONSTANT (0x60100),
  .index = { type_container_keys, type_container_order },
};

static const GhAttribute type_contentinstance_rows[] = {
  { .long_name = "resourceName", .short_name = "rn", .id = GH_ATTRIBUTE_RN, .data = GH_DATA_NAME,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.7" },
  { .long_name = "resourceType", .short_name = "ty", .id = GH_ATTRIBUTE_TY, .data = GH_DATA_ENUM,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .enumeration = &enum_resourcetype, .clause = "TS-0004 7.4.7" },
  { .long_name = "resourceID", .short_name = "ri", .id = GH_ATTRIBUTE_RI, .data = GH_DATA_ID,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.7" },
  { .long_name = "parentID", .short_name = "pi", .id = GH_ATTRIBUTE_PI, .data = GH_DATA_ID,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.7" },
  { .long_name = "expirationTime", .short_name = "et", .id = GH_ATTRIBUTE_ET,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.7" },
  { .long_name = "creationTime", .short_name = "ct", .id = GH_ATTRIBUTE_CT,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.7" },
  { .long_name = "lastModifiedTime", .short_name = "lt", .id = GH_ATTRIBUTE_LT,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.7" },
  { .long_name = "stateTag", .short_name = "st", .id = GH_ATTRIBUTE_ST,
    .data = GH_DATA_NON_NEGATIVE, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.7" },
  { .long_name = "labels", .short_name = "lbl", .id = GH_ATTRIBUTE_LBL, .data = GH_DATA_TOKEN,
    .list = 1, .min_items = 1, .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_MA, .release = 1, .clause = "TS-0004 7.4.7" },
  { .long_name = "announceTo", .short_name = "at", .id = GH_ATTRIBUTE_AT, .data = GH_DATA_URI,
    .list = 1, .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA,
    .release = 1, .clause = "TS-0004 7.4.7" },
  { .long_name = "announcedAttribute", .short_name = "aa", .id = GH_ATTRIBUTE_AA,
    .data = GH_DATA_NCNAME, .list = 1, .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .clause = "TS-0004 7.4.7" },
  { .long_name = "creator", .short_name = "cr", .id = GH_ATTRIBUTE_CR, .data = GH_DATA_ID,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .fill = 1, .clause = "TS-0004 7.4.7" },
  { .long_name = "contentInfo", .short_name = "cnf", .id = GH_ATTRIBUTE_CNF,
    .data = GH_DATA_CONTENT_INFO, .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_OA, .release = 1, .clause = "TS-0004 7.4.7" },
  { .long_name = "contentSize", .short_name = "cs", .id = GH_ATTRIBUTE_CS,
    .data = GH_DATA_NON_NEGATIVE, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.7" },
  { .long_name = "contentRef", .short_name = "conr", .id = GH_ATTRIBUTE_CONR,
    .data = GH_DATA_OBJECT, .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_OA, .release = 2, .complex = &complex_contentref,
    .clause = "TS-0004 7.4.7" },
  { .long_name = "ontologyRef", .short_name = "or", .id = GH_ATTRIBUTE_OR, .data = GH_DATA_URI,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_OA, .release = 1,
    .clause = "TS-0004 7.4.7" },
  { .long_name = "content", .short_name = "con", .id = GH_ATTRIBUTE_CON, .data = GH_DATA_ANY,
    .create = GH_PRESENCE_M, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_OA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.7" },
};
static const guint64 type_contentinstance_keys[] = {
  G_GUINT64_CONSTANT (0x6161000000000000), G_GUINT64_CONSTANT (0x6174000000000000),
  G_GUINT64_CONSTANT (0x636e660000000000), G_GUINT64_CONSTANT (0x636f6e0000000000),
  G_GUINT64_CONSTANT (0x636f6e7200000000), G_GUINT64_CONSTANT (0x6372000000000000),
  G_GUINT64_CONSTANT (0x6373000000000000), G_GUINT64_CONSTANT (0x6374000000000000),
  G_GUINT64_CONSTANT (0x6574000000000000), G_GUINT64_CONSTANT (0x6c626c0000000000),
  G_GUINT64_CONSTANT (0x6c74000000000000), G_GUINT64_CONSTANT (0x6f72000000000000),
  G_GUINT64_CONSTANT (0x7069000000000000), G_GUINT64_CONSTANT (0x7269000000000000),
  G_GUINT64_CONSTANT (0x726e000000000000), G_GUINT64_CONSTANT (0x7374000000000000),
  G_GUINT64_CONSTANT (0x7479000000000000),
};
static const guint8 type_contentinstance_order[] = {
  10, 9, 12, 16, 14, 11, 13, 5, 4, 8, 6, 15, 3, 2, 0, 7, 1,
};
static const gint type_contentinstance_children[] = {
  0,
};
static const GhType type_contentinstance = {
  .number = 4, .long_name = "contentInstance", .short_name = "cin", .root_name = "m2m:cin",
  .attributes = type_contentinstance_rows, .n_attributes = G_N_ELEMENTS (type_contentinstance_rows),
  .children = type_contentinstance_children, .instance = TRUE,
  .creatable = TRUE, .updatable = FALSE,
  .clause = "TS-0004 7.4.7",
  .identity_rows = G_GUINT64_CONSTANT (0x7f),
  .counter_rows = G_GUINT64_CONSTANT (0x0),
  .index = { type_contentinstance_keys, type_contentinstance_order },
};

static const GhAttribute type_csebase_rows[] = {
  { .long_name = "resourceName", .short_name = "rn", .id = GH_ATTRIBUTE_RN, .data = GH_DATA_NAME,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.3" },
  { .long_name = "resourceType", .short_name = "ty", .id = GH_ATTRIBUTE_TY, .data = GH_DATA_ENUM,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .enumeration = &enum_resourcetype, .clause = "TS-0004 7.4.3" },
  { .long_name = "resourceID", .short_name = "ri", .id = GH_ATTRIBUTE_RI, .data = GH_DATA_ID,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.3" },
  { .long_name = "parentID", .short_name = "pi", .id = GH_ATTRIBUTE_PI, .data = GH_DATA_ID,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.3" },
  { .long_name = "creationTime", .short_name = "ct", .id = GH_ATTRIBUTE_CT,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.3" },
  { .long_name = "lastModifiedTime", .short_name = "lt", .id = GH_ATTRIBUTE_LT,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.3" },
  { .long_name = "labels", .short_name = "lbl", .id = GH_ATTRIBUTE_LBL, .data = GH_DATA_TOKEN,
    .list = 1, .min_items = 1, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_MA, .release = 1, .clause = "TS-0004 7.4.3" },
  { .long_name = "accessControlPolicyIDs", .short_name = "acpi", .id = GH_ATTRIBUTE_ACPI,
    .data = GH_DATA_URI, .list = 1, .min_items = 1, .create = GH_PRESENCE_NP,
    .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_MA, .release = 1, .clause = "TS-0004 7.4.3" },
  { .long_name = "cseType", .short_name = "cst", .id = GH_ATTRIBUTE_CST, .data = GH_DATA_ENUM,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .enumeration = &enum_csetypeid, .clause = "TS-0004 7.4.3" },
  { .long_name = "CSE-ID", .short_name = "csi", .id = GH_ATTRIBUTE_CSI, .data = GH_DATA_ID,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.3" },
  { .long_name = "supportedResourceType", .short_name = "srt", .id = GH_ATTRIBUTE_SRT,
    .data = GH_DATA_ENUM, .list = 1, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .enumeration = &enum_resourcetype,
    .clause = "TS-0004 7.4.3" },
  { .long_name = "pointOfAccess", .short_name = "poa", .id = GH_ATTRIBUTE_POA, .data = GH_DATA_POA,
    .list = 1, .min_items = 1, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.3" },
  { .long_name = "nodeLink", .short_name = "nl", .id = GH_ATTRIBUTE_NL, .data = GH_DATA_URI,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .clause = "TS-0004 7.4.3" },
  { .long_name = "dynamicAuthorizationConsultationIDs", .short_name = "daci",
    .id = GH_ATTRIBUTE_DACI, .data = GH_DATA_URI, .list = 1, .create = GH_PRESENCE_NP,
    .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 2, .clause = "TS-0004 7.4.3" },
  { .long_name = "contentSerialization", .short_name = "csz", .id = GH_ATTRIBUTE_CSZ,
    .data = GH_DATA_SERIALIZATION, .list = 1, .min_items = 1, .create = GH_PRESENCE_NP,
    .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 2, .clause = "TS-0004 7.4.3" },
  { .long_name = "e2eSecInfo", .short_name = "esi", .id = GH_ATTRIBUTE_ESI, .data = GH_DATA_OBJECT,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_MA, .release = 2,
    .complex = &complex_e2esecinfo, .clause = "TS-0004 7.4.3" },
  { .long_name = "supportedReleaseVersions", .short_name = "srv", .id = GH_ATTRIBUTE_SRV,
    .data = GH_DATA_RELEASE, .list = 1, .min_items = 1, .create = GH_PRESENCE_NP,
    .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_MA, .release = 2, .clause = "TS-0004 7.4.3" },
};
static const guint64 type_csebase_keys[] = {
  G_GUINT64_CONSTANT (0x6163706900000000), G_GUINT64_CONSTANT (0x6373690000000000),
  G_GUINT64_CONSTANT (0x6373740000000000), G_GUINT64_CONSTANT (0x63737a0000000000),
  G_GUINT64_CONSTANT (0x6374000000000000), G_GUINT64_CONSTANT (0x6461636900000000),
  G_GUINT64_CONSTANT (0x6573690000000000), G_GUINT64_CONSTANT (0x6c626c0000000000),
  G_GUINT64_CONSTANT (0x6c74000000000000), G_GUINT64_CONSTANT (0x6e6c000000000000),
  G_GUINT64_CONSTANT (0x7069000000000000), G_GUINT64_CONSTANT (0x706f610000000000),
  G_GUINT64_CONSTANT (0x7269000000000000), G_GUINT64_CONSTANT (0x726e000000000000),
  G_GUINT64_CONSTANT (0x7372740000000000), G_GUINT64_CONSTANT (0x7372760000000000),
  G_GUINT64_CONSTANT (0x7479000000000000),
};
static const guint8 type_csebase_order[] = {
  7, 9, 8, 14, 4, 13, 15, 6, 5, 12, 3, 11, 2, 0, 10, 16, 1,
};
static const gint type_csebase_children[] = {
  1, 2, 3, 23, 0,
};
static const GhType type_csebase = {
  .number = 5, .long_name = "CSEBase", .short_name = "cb", .root_name = "m2m:cb",
  .attributes = type_csebase_rows, .n_attributes = G_N_ELEMENTS (type_csebase_rows),
  .children = type_csebase_children, .instance = FALSE,
  .creatable = FALSE, .updatable = FALSE,
  .clause = "TS-0004 7.4.3",
  .identity_rows = G_GUINT64_CONSTANT (0x3f),
  .counter_rows = G_GUINT64_CONSTANT (0x0),
  .index = { type_csebase_keys, type_csebase_order },
};

static const GhAttribute type_subscription_rows[] = {
  { .long_name = "resourceName", .short_name = "rn", .id = GH_ATTRIBUTE_RN, .data = GH_DATA_NAME,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.8" },
  { .long_name = "resourceType", .short_name = "ty", .id = GH_ATTRIBUTE_TY, .data = GH_DATA_ENUM,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .enumeration = &enum_resourcetype, .clause = "TS-0004 7.4.8" },
  { .long_name = "resourceID", .short_name = "ri", .id = GH_ATTRIBUTE_RI, .data = GH_DATA_ID,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.8" },
  { .long_name = "parentID", .short_name = "pi", .id = GH_ATTRIBUTE_PI, .data = GH_DATA_ID,
    .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .required = 1, .clause = "TS-0004 7.4.8" },
  { .long_name = "accessControlPolicyIDs", .short_name = "acpi", .id = GH_ATTRIBUTE_ACPI,
    .data = GH_DATA_URI, .list = 1, .min_items = 1, .create = GH_PRESENCE_O,
    .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_NA, .release = 1, .clause = "TS-0004 7.4.8" },
  { .long_name = "creationTime", .short_name = "ct", .id = GH_ATTRIBUTE_CT,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.8" },
  { .long_name = "expirationTime", .short_name = "et", .id = GH_ATTRIBUTE_ET,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.8" },
  { .long_name = "lastModifiedTime", .short_name = "lt", .id = GH_ATTRIBUTE_LT,
    .data = GH_DATA_TIMESTAMP, .create = GH_PRESENCE_NP, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.8" },
  { .long_name = "labels", .short_name = "lbl", .id = GH_ATTRIBUTE_LBL, .data = GH_DATA_TOKEN,
    .list = 1, .min_items = 1, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_NA, .release = 1, .clause = "TS-0004 7.4.8" },
  { .long_name = "dynamicAuthorizationConsultationIDs", .short_name = "daci",
    .id = GH_ATTRIBUTE_DACI, .data = GH_DATA_URI, .list = 1, .create = GH_PRESENCE_O,
    .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_NA, .release = 2, .clause = "TS-0004 7.4.8" },
  { .long_name = "creator", .short_name = "cr", .id = GH_ATTRIBUTE_CR, .data = GH_DATA_ID,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .fill = 1, .clause = "TS-0004 7.4.8" },
  { .long_name = "eventNotificationCriteria", .short_name = "enc", .id = GH_ATTRIBUTE_ENC,
    .data = GH_DATA_OBJECT, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_NA, .release = 1, .complex = &complex_eventnotificationcriteria,
    .clause = "TS-0004 7.4.8" },
  { .long_name = "expirationCounter", .short_name = "exc", .id = GH_ATTRIBUTE_EXC,
    .data = GH_DATA_POSITIVE, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_NA, .release = 1, .clause = "TS-0004 7.4.8" },
  { .long_name = "notificationURI", .short_name = "nu", .id = GH_ATTRIBUTE_NU, .data = GH_DATA_URI,
    .list = 1, .min_items = 1, .create = GH_PRESENCE_M, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1, .clause = "TS-0004 7.4.8" },
  { .long_name = "groupID", .short_name = "gpi", .id = GH_ATTRIBUTE_GPI, .data = GH_DATA_URI,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_NA, .release = 1,
    .clause = "TS-0004 7.4.8" },
  { .long_name = "notificationForwardingURI", .short_name = "nfu", .id = GH_ATTRIBUTE_NFU,
    .data = GH_DATA_URI, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_NA, .release = 1, .clause = "TS-0004 7.4.8" },
  { .long_name = "batchNotify", .short_name = "bn", .id = GH_ATTRIBUTE_BN, .data = GH_DATA_OBJECT,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_NA, .release = 1,
    .complex = &complex_batchnotify, .clause = "TS-0004 7.4.8" },
  { .long_name = "rateLimit", .short_name = "rl", .id = GH_ATTRIBUTE_RL, .data = GH_DATA_OBJECT,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_NA, .release = 1,
    .complex = &complex_ratelimit, .clause = "TS-0004 7.4.8" },
  { .long_name = "preSubscriptionNotify", .short_name = "psn", .id = GH_ATTRIBUTE_PSN,
    .data = GH_DATA_POSITIVE, .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP,
    .announced = GH_ANNOUNCED_NA, .release = 1, .clause = "TS-0004 7.4.8" },
  { .long_name = "pendingNotification", .short_name = "pn", .id = GH_ATTRIBUTE_PN,
    .data = GH_DATA_ENUM, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_NA, .release = 1, .enumeration = &enum_pendingnotification,
    .clause = "TS-0004 7.4.8" },
  { .long_name = "notificationStoragePriority", .short_name = "nsp", .id = GH_ATTRIBUTE_NSP,
    .data = GH_DATA_POSITIVE, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_NA, .release = 1, .clause = "TS-0004 7.4.8" },
  { .long_name = "latestNotify", .short_name = "ln", .id = GH_ATTRIBUTE_LN,
    .data = GH_DATA_BOOLEAN, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_NA, .release = 1, .clause = "TS-0004 7.4.8" },
  { .long_name = "notificationContentType", .short_name = "nct", .id = GH_ATTRIBUTE_NCT,
    .data = GH_DATA_ENUM, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_NA, .release = 1, .required = 1,
    .enumeration = &enum_notificationcontenttype, .clause = "TS-0004 7.4.8" },
  { .long_name = "notificationEventCat", .short_name = "nec", .id = GH_ATTRIBUTE_NEC,
    .data = GH_DATA_EVENT_CATEGORY, .create = GH_PRESENCE_O, .update = GH_PRESENCE_O,
    .announced = GH_ANNOUNCED_NA, .release = 1, .clause = "TS-0004 7.4.8" },
  { .long_name = "subscriberURI", .short_name = "su", .id = GH_ATTRIBUTE_SU, .data = GH_DATA_URI,
    .create = GH_PRESENCE_O, .update = GH_PRESENCE_NP, .announced = GH_ANNOUNCED_NA, .release = 1,
    .clause = "TS-0004 7.4.8" },
  { .long_name = "associatedCrossResourceSub", .short_name = "acrs", .id = GH_ATTRIBUTE_ACRS,
    .data = GH_DATA_URI, .list = 1, .min_items = 1, .create = GH_PRESENCE_O,
    .update = GH_PRESENCE_O, .announced = GH_ANNOUNCED_NA, .release = 3, .clause = "TS-0004 7.4.8" },
};
static const guint64 type_subscription_keys[] = {
  G_GUINT64_CONSTANT (0x6163706900000000), G_GUINT64_CONSTANT (0x6163727300000000),
  G_GUINT64_CONSTANT (0x626e000000000000), G_GUINT64_CONSTANT (0x6372000000000000),
  G_GUINT64_CONSTANT (0x6374000000000000), G_GUINT64_CONSTANT (0x6461636900000000),
  G_GUINT64_CONSTANT (0x656e630000000000), G_GUINT64_CONSTANT (0x6574000000000000),
  G_GUINT64_CONSTANT (0x6578630000000000), G_GUINT64_CONSTANT (0x6770690000000000),
  G_GUINT64_CONSTANT (0x6c626c0000000000), G_GUINT64_CONSTANT (0x6c6e000000000000),
  G_GUINT64_CONSTANT (0x6c74000000000000), G_GUINT64_CONSTANT (0x6e63740000000000),
  G_GUINT64_CONSTANT (0x6e65630000000000), G_GUINT64_CONSTANT (0x6e66750000000000),
  G_GUINT64_CONSTANT (0x6e73700000000000), G_GUINT64_CONSTANT (0x6e75000000000000),
  G_GUINT64_CONSTANT (0x7069000000000000), G_GUINT64_CONSTANT (0x706e000000000000),
  G_GUINT64_CONSTANT (0x70736e0000000000), G_GUINT64_CONSTANT (0x7269000000000000),
  G_GUINT64_CONSTANT (0x726c000000000000), G_GUINT64_CONSTANT (0x726e000000000000),
  G_GUINT64_CONSTANT (0x7375000000000000), G_GUINT64_CONSTANT (0x7479000000000000),
};
static const guint8 type_subscription_order[] = {
  4, 25, 16, 10, 5, 9, 11, 6, 12, 14, 8, 21, 7, 22, 23, 15, 20, 13, 3, 19, 18, 2, 17, 0, 24, 1,
};
static const gint type_subscription_children[] = {
  0,
};
static const GhType type_subscription = {
  .number = 23, .long_name = "subscription", .short_name = "sub", .root_name = "m2m:sub",
  .attributes = type_subscription_rows, .n_attributes = G_N_ELEMENTS (type_subscription_rows),
  .children = type_subscription_children, .instance = FALSE,
  .creatable = TRUE, .updatable = TRUE,
  .clause = "TS-0004 7.4.8",
  .identity_rows = G_GUINT64_CONSTANT (0xef),
  .counter_rows = G_GUINT64_CONSTANT (0x0),
  .index = { type_subscription_keys, type_subscription_order },
};

const GhType *const gh_table_types[] = {
  &type_accesscontrolpolicy, &type_ae, &type_container, &type_contentinstance, &type_csebase,
  &type_subscription,
};
const guint gh_table_n_types = G_N_ELEMENTS (gh_table_types);

const guint64 gh_table_keys[] = {
  G_GUINT64_CONSTANT (0x6161000000000000), G_GUINT64_CONSTANT (0x6163706900000000),
  G_GUINT64_CONSTANT (0x6163727300000000), G_GUINT64_CONSTANT (0x6164726900000000),
  G_GUINT64_CONSTANT (0x6165690000000000), G_GUINT64_CONSTANT (0x6169726900000000),
  G_GUINT64_CONSTANT (0x6170650000000000), G_GUINT64_CONSTANT (0x6170690000000000),
  G_GUINT64_CONSTANT (0x61706e0000000000), G_GUINT64_CONSTANT (0x6170726900000000),
  G_GUINT64_CONSTANT (0x6174000000000000), G_GUINT64_CONSTANT (0x626e000000000000),
  G_GUINT64_CONSTANT (0x6362730000000000), G_GUINT64_CONSTANT (0x636e660000000000),
  G_GUINT64_CONSTANT (0x636e690000000000), G_GUINT64_CONSTANT (0x636f6e0000000000),
  G_GUINT64_CONSTANT (0x636f6e7200000000), G_GUINT64_CONSTANT (0x6372000000000000),
  G_GUINT64_CONSTANT (0x6373000000000000), G_GUINT64_CONSTANT (0x6373690000000000),
  G_GUINT64_CONSTANT (0x6373740000000000), G_GUINT64_CONSTANT (0x63737a0000000000),
  G_GUINT64_CONSTANT (0x6374000000000000), G_GUINT64_CONSTANT (0x6461636900000000),
  G_GUINT64_CONSTANT (0x6469737200000000), G_GUINT64_CONSTANT (0x656e630000000000),
  G_GUINT64_CONSTANT (0x6573690000000000), G_GUINT64_CONSTANT (0x6574000000000000),
  G_GUINT64_CONSTANT (0x6578630000000000), G_GUINT64_CONSTANT (0x6770690000000000),
  G_GUINT64_CONSTANT (0x6c626c0000000000), G_GUINT64_CONSTANT (0x6c69000000000000),
  G_GUINT64_CONSTANT (0x6c6e000000000000), G_GUINT64_CONSTANT (0x6c74000000000000),
  G_GUINT64_CONSTANT (0x6d62730000000000), G_GUINT64_CONSTANT (0x6d65690000000000),
  G_GUINT64_CONSTANT (0x6d69610000000000), G_GUINT64_CONSTANT (0x6d6e690000000000),
  G_GUINT64_CONSTANT (0x6e63740000000000), G_GUINT64_CONSTANT (0x6e65630000000000),
  G_GUINT64_CONSTANT (0x6e66750000000000), G_GUINT64_CONSTANT (0x6e6c000000000000),
  G_GUINT64_CONSTANT (0x6e73700000000000), G_GUINT64_CONSTANT (0x6e75000000000000),
  G_GUINT64_CONSTANT (0x6f72000000000000), G_GUINT64_CONSTANT (0x7069000000000000),
  G_GUINT64_CONSTANT (0x706e000000000000), G_GUINT64_CONSTANT (0x706f610000000000),
  G_GUINT64_CONSTANT (0x70736e0000000000), G_GUINT64_CONSTANT (0x7076000000000000),
  G_GUINT64_CONSTANT (0x7076730000000000), G_GUINT64_CONSTANT (0x7265677300000000),
  G_GUINT64_CONSTANT (0x7269000000000000), G_GUINT64_CONSTANT (0x726c000000000000),
  G_GUINT64_CONSTANT (0x726e000000000000), G_GUINT64_CONSTANT (0x7272000000000000),
  G_GUINT64_CONSTANT (0x7363700000000000), G_GUINT64_CONSTANT (0x7372740000000000),
  G_GUINT64_CONSTANT (0x7372760000000000), G_GUINT64_CONSTANT (0x7374000000000000),
  G_GUINT64_CONSTANT (0x7375000000000000), G_GUINT64_CONSTANT (0x7472656e00000000),
  G_GUINT64_CONSTANT (0x7472690000000000), G_GUINT64_CONSTANT (0x74726e0000000000),
  G_GUINT64_CONSTANT (0x7472707300000000), G_GUINT64_CONSTANT (0x7479000000000000),
};
const guint gh_table_n_keys = G_N_ELEMENTS (gh_table_keys);
