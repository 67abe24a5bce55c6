/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "primitive/gh-json-reader.h"
#include "service/gh-subscription.h"

#include <string.h>

#define CIN                                                                              \
  "{'m2m:cin':{'ri':'cin-7','ty':4,'ct':'20260301T120000','lt':'20260301T120000','et':'" \
  "20270101T000000','st':5,'cs':10,'con':'22.5 \\u00b0C'}}"
#define CNT                                                                                        \
  "{'m2m:cnt':{'rn':'cnt','ri':'cnt-2','ct':'20260301T120000','lt':'20260302T000000','st':3,'lbl'" \
  ":['a'],'mni':5}}"

static GhArena *arena;

/* ' stands for ". */
static GhValue
parse (const char *json)
{
  char *text = g_strdelimit (gh_arena_strdup (arena, json), "'", '"');
  GhFault fault = { 0 };
  GhValue value;

  if (!gh_json_parse (text, strlen (text), arena, &value, &fault))
    g_error ("%s: %s", json, fault.text);
  return value;
}

static GhSubscription *
compile (const char *json, GhFault *fault)
{
  GhValue value = parse (json);

  return gh_subscription_compile_value (&value, fault);
}

static GhSubscription *
compile_ok (const char *json)
{
  GhFault fault = { 0 };
  GhSubscription *subscription = compile (json, &fault);

  if (subscription == NULL)
    g_error ("%s: %s", json, fault.text);
  return subscription;
}

static GhEventFacts
event (const char *json)
{
  GhValue *value = gh_arena_alloc (arena, sizeof *value);
  GhFault fault = { 0 };
  GhEventFacts facts;

  *value = parse (json);
  if (!gh_event_facts_from_value (value, &facts, &fault))
    g_error ("%s: %s", json, fault.text);
  return facts;
}

static const struct {
  const char *subscription, *yes, *no;
} matches[] = {
  { "{'nu':['C1']}", "{'net':1,'ty':3,'rep':" CNT ",'mod':['lbl']}",
    "{'net':2,'ty':3,'rep':" CNT "}" },
  { "{'nu':['C1'],'enc':{}}", "{'net':1,'ty':3,'rep':" CNT ",'mod':['lbl']}",
    "{'net':3,'ty':4,'rep':" CIN "}" },
  { "{'nu':['C1'],'enc':{'net':[2]}}", "{'net':2,'ty':3,'rep':" CNT "}",
    "{'net':4,'ty':4,'rep':" CIN "}" },
  { "{'nu':['C1'],'enc':{'net':[3]}}", "{'net':3,'ty':4,'rep':" CIN "}",
    "{'net':4,'ty':4,'rep':" CIN "}" },
  { "{'nu':['C1'],'enc':{'net':[4]}}", "{'net':4,'ty':4,'rep':" CIN "}",
    "{'net':3,'ty':4,'rep':" CIN "}" },
  { "{'nu':['C1'],'enc':{'net':[3,4]}}", "{'net':4,'ty':4,'rep':" CIN "}",
    "{'net':1,'ty':3,'rep':" CNT ",'mod':[]}" },
  { "{'nu':['C1'],'enc':{'net':[3],'chty':[4]}}", "{'net':3,'ty':4,'rep':" CIN "}",
    "{'net':3,'ty':3,'rep':" CNT "}" },
  { "{'nu':['C1'],'enc':{'net':[1,3],'chty':[4]}}", "{'net':1,'ty':3,'rep':" CNT ",'mod':['lbl']}",
    "{'net':3,'ty':3,'rep':" CNT "}" },
  { "{'nu':['C1'],'enc':{'atr':['mni','mbs']}}", "{'net':1,'ty':3,'rep':" CNT ",'mod':['mbs']}",
    "{'net':1,'ty':3,'rep':" CNT ",'mod':['lbl']}" },
  { "{'nu':['C1'],'enc':{'atr':['lt']}}", "{'net':1,'ty':3,'rep':" CNT ",'mod':['lbl']}",
    "{'net':2,'ty':3,'rep':" CNT "}" },
  { "{'nu':['C1'],'enc':{'net':[1,3],'atr':['mni']}}", "{'net':3,'ty':4,'rep':" CIN "}",
    "{'net':1,'ty':3,'rep':" CNT ",'mod':['lbl']}" },
  { "{'nu':['C1'],'enc':{'net':[3],'sza':10}}", "{'net':3,'ty':4,'rep':" CIN "}",
    "{'net':3,'ty':3,'rep':" CNT "}" },
  { "{'nu':['C1'],'enc':{'net':[3],'szb':11}}", "{'net':3,'ty':4,'rep':" CIN "}",
    "{'net':3,'ty':3,'rep':" CNT "}" },
  { "{'nu':['C1'],'enc':{'net':[3,1],'stb':4}}", "{'net':3,'ty':4,'rep':" CIN "}",
    "{'net':1,'ty':3,'rep':" CNT ",'mod':[]}" },
  { "{'nu':['C1'],'enc':{'net':[3,1],'sts':4}}", "{'net':1,'ty':3,'rep':" CNT ",'mod':[]}",
    "{'net':3,'ty':4,'rep':" CIN "}" },
  { "{'nu':['C1'],'enc':{'net':[3,1],'ms':'20260301T120000'}}",
    "{'net':1,'ty':3,'rep':" CNT ",'mod':[]}", "{'net':3,'ty':4,'rep':" CIN "}" },
  { "{'nu':['C1'],'enc':{'net':[3,1],'us':'20260302T000000'}}", "{'net':3,'ty':4,'rep':" CIN "}",
    "{'net':1,'ty':3,'rep':" CNT ",'mod':[]}" },
  { "{'nu':['C1'],'enc':{'net':[3,1],'exa':'20260601T000000'}}", "{'net':3,'ty':4,'rep':" CIN "}",
    "{'net':1,'ty':3,'rep':" CNT ",'mod':[]}" },
  { "{'nu':['C1'],'enc':{'net':[3],'sza':10,'stb':4,'crb':'20260301T120001','cra':'20260301T115959'"
    "}}",
    "{'net':3,'ty':4,'rep':" CIN "}", "{'net':3,'ty':3,'rep':" CNT "}" },
  { "{'nu':['C1'],'enc':{'net':[3,1],'sza':11,'stb':4,'fo':2}}", "{'net':3,'ty':4,'rep':" CIN "}",
    "{'net':1,'ty':3,'rep':" CNT ",'mod':[]}" },
  { "{'nu':['C1'],'enc':{'net':[3],'fo':2}}", "{'net':3,'ty':4,'rep':" CIN "}",
    "{'net':4,'ty':4,'rep':" CIN "}" },
};

static void
test_events_match_the_criteria (void)
{
  static const char *const never[] = {
    "{'nu':['C1'],'enc':{'net':[3],'sza':11}}",
    "{'nu':['C1'],'enc':{'net':[3],'szb':10}}",
    "{'nu':['C1'],'enc':{'net':[3],'stb':5}}",
    "{'nu':['C1'],'enc':{'net':[3],'sts':5}}",
    "{'nu':['C1'],'enc':{'net':[3],'crb':'20260301T120000'}}",
    "{'nu':['C1'],'enc':{'net':[3],'cra':'20260301T120000'}}",
    "{'nu':['C1'],'enc':{'net':[3],'exb':'20270101T000000'}}",
    "{'nu':['C1'],'enc':{'net':[3],'exa':'20270101T000000'}}",
    "{'nu':['C1'],'enc':{'net':[3],'sza':10,'stb':5}}",
  };
  GhEventFacts created = event ("{'net':3,'ty':4,'rep':" CIN "}");

  for (gsize i = 0; i < G_N_ELEMENTS (matches); i++)
    {
      g_autoptr (GhSubscription) subscription = compile_ok (matches[i].subscription);
      GhEventFacts yes = event (matches[i].yes), no = event (matches[i].no);

      if (!gh_subscription_matches (subscription, &yes))
        g_error ("%s does not match %s", matches[i].subscription, matches[i].yes);
      if (gh_subscription_matches (subscription, &no))
        g_error ("%s matches %s", matches[i].subscription, matches[i].no);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (never); i++)
    {
      g_autoptr (GhSubscription) subscription = compile_ok (never[i]);

      if (gh_subscription_matches (subscription, &created))
        g_error ("%s matches", never[i]);
    }
}

static const struct {
  const char *subscription;
  guint status;
  const char *begins;
} refused[] = {
  { "{}", 4000, "nu: " },
  { "{'nu':[]}", 4000, "nu: " },
  { "{'nu':'C1'}", 4000, "nu: " },
  { "{'nu':[1]}", 4000, "nu: " },
  { "{'nu':['']}", 4000, "nu: " },
  { "{'nu':['http://x/a b']}", 4000, "nu: " },
  { "{'nu':['http://x/\\r\\nHost: y']}", 4000, "nu: " },
  { "{'nu':['http://x/\\u00e9']}", 4000, "nu: " },
  { "{'nu':['://x']}", 4000, "nu: " },
  { "{'nu':['http://']}", 4000, "nu: " },
  { "{'nu':['/a//b']}", 4000, "nu: " },
  { "{'nu':['C1#poa']}", 4000, "nu: " },
  { "{'nu':['http://x/?ct=html']}", 4000, "nu: " },
  { "{'nu':['http://x/?ct=json&ct=json']}", 4000, "nu: " },
  { "{'nu':['http://x/?ct=xml']}", 5001, "nu: " },
  { "{'nu':['http://x/?a=1&ct=cbor']}", 5001, "nu: " },
  { "{'nu':['C1'],'su':''}", 4000, "su: " },
  { "{'nu':['C1'],'su':'a b'}", 4000, "su: " },
  { "{'nu':['C1'],'enc':[]}", 4000, "enc: " },
  { "{'nu':['C1'],'enc':{'net':[]}}", 4000, "enc.net: " },
  { "{'nu':['C1'],'enc':{'net':3}}", 4000, "enc.net: " },
  { "{'nu':['C1'],'enc':{'net':[0]}}", 4000, "enc.net: " },
  { "{'nu':['C1'],'enc':{'net':[9]}}", 4000, "enc.net: " },
  { "{'nu':['C1'],'enc':{'net':[3,6]}}", 5001, "enc.net: " },
  { "{'nu':['C1'],'enc':{'net':[6]}}", 5001, "enc.net: " },
  { "{'nu':['C1'],'enc':{'net':[7,1]}}", 4000, "enc.net: " },
  { "{'nu':['C1','C2'],'enc':{'net':[7]}}", 4000, "nu: " },
  { "{'nu':['http://x/'],'enc':{'net':[7]}}", 4000, "nu: " },
  { "{'nu':['C1'],'enc':{'net':[7],'sza':1}}", 4000, "enc: " },
  { "{'nu':['C1'],'enc':{'net':[7]},'exc':1}", 4000, "exc: " },
  { "{'nu':['C1'],'enc':{'net':[7]},'nct':1}", 4000, "nct: " },
  { "{'nu':['C1'],'enc':{'net':[8]}}", 4000, "enc.md: " },
  { "{'nu':['C1'],'enc':{'om':[{'ops':[2]}]}}", 4000, "enc.om.ops: " },
  { "{'nu':['C1'],'enc':{'om':[{}]}}", 4000, "enc.om: " },
  { "{'nu':['C1'],'enc':{'om':[]}}", 4000, "enc.om: " },
  { "{'nu':['C1'],'enc':{'om':[{'or':7}]}}", 4000, "enc.om.or: " },
  { "{'nu':['C1'],'enc':{'om':[{'ops':[2]}],'net':[1]}}", 4000, "enc.om: " },
  { "{'nu':['C1'],'enc':{'md':{'num':1,'dur':'5'}}}", 4000, "enc.md.dur: " },
  { "{'nu':['C1'],'enc':{'chty':[]}}", 4000, "enc.chty: " },
  { "{'nu':['C1'],'enc':{'chty':['4']}}", 4000, "enc.chty: " },
  { "{'nu':['C1'],'enc':{'atr':[]}}", 4000, "enc.atr: " },
  { "{'nu':['C1'],'enc':{'atr':[1]}}", 4000, "enc.atr: " },
  { "{'nu':['C1'],'enc':{'fo':3}}", 4000, "enc.fo: " },
  { "{'nu':['C1'],'enc':{'crb':'yesterday'}}", 4000, "crb: " },
  { "{'nu':['C1'],'enc':{'sza':-1}}", 4000, "sza: " },
  { "{'nu':['C1'],'enc':{'sza':'1'}}", 4000, "sza: " },
  { "{'nu':['C1'],'enc':{'new':1}}", 4000, "enc: " },
  { "{'nu':['C1'],'nct':0}", 4000, "nct: " },
  { "{'nu':['C1'],'nct':4}", 4000, "nct: " },
  { "{'nu':['C1'],'nct':5}", 4000, "nct: " },
  { "{'nu':['C1'],'nct':2,'enc':{'net':[3]}}", 4000, "nct: " },
  { "{'nu':['C1'],'nct':2,'enc':{'net':[1,2]}}", 4000, "nct: " },
  { "{'nu':['C1'],'exc':0}", 4000, "exc: " },
  { "{'nu':['C1'],'nec':1000}", 4000, "nec: " },
  { "{'nu':['C1'],'psn':0}", 4000, "psn: " },
  { "{'nu':['C1'],'ln':1}", 4000, "ln: " },
};

static void
test_what_is_not_done_is_refused (void)
{
  g_autoptr (GString) many = g_string_new ("{'nu':['C0'");
  GhFault too_many = { 0 };

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      GhFault fault = { 0 };

      if (compile (refused[i].subscription, &fault) != NULL)
        g_error ("%s was accepted", refused[i].subscription);
      if (gh_error_status ((int) fault.code) != refused[i].status
          || !g_str_has_prefix (fault.text, refused[i].begins))
        g_error ("%s: %u %s", refused[i].subscription, gh_error_status ((int) fault.code),
                 fault.text);
    }
  for (int i = 1; i <= GH_SUBSCRIPTION_MAX_TARGETS; i++)
    g_string_append_printf (many, ",'C%d'", i);
  g_string_append (many, "]}");
  g_assert_null (compile (many->str, &too_many));
  g_assert_cmpstr (too_many.text, ==, "nu: more than 64 targets");
}

static void
test_attributes_are_kept (void)
{
  g_autoptr (GhSubscription) subscription = compile_ok (
    "{'nu':['http://x:1/n?ct=json','http://x/?a=1&ct=json&b=2','/gatehouse/C1','C2?ct=json'],"
    "'su':'C3','exc':7,'cr':'CAE','nct':3,'nec':4,'ln':false,'gpi':'grp-1','bn':null}");
  static const GhNotificationTarget expected[] = { { "http://x:1/n", TRUE },
                                                   { "http://x/?a=1&b=2", TRUE },
                                                   { "/gatehouse/C1", FALSE },
                                                   { "C2", FALSE } };
  const GhNotificationTarget *targets;
  guint n;

  targets = gh_subscription_get_targets (subscription, &n);
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < n; i++)
    {
      g_assert_cmpstr (targets[i].address, ==, expected[i].address);
      g_assert_cmpint (targets[i].is_url, ==, expected[i].is_url);
    }
  g_assert_cmpstr (gh_subscription_get_subscriber (subscription)->address, ==, "C3");
  g_assert_cmpstr (gh_subscription_get_creator (subscription), ==, "CAE");
  g_assert_cmpint (gh_subscription_get_expiration_counter (subscription), ==, 7);
  g_assert_cmpint (gh_subscription_get_content_type (subscription), ==, GH_NCT_RESOURCE_ID);
  g_assert_cmpint (gh_subscription_get_event_category (subscription), ==, 4);
}

static void
test_defaults (void)
{
  g_autoptr (GhSubscription) subscription = compile_ok ("{'nu':['C1']}");

  g_assert_null (gh_subscription_get_subscriber (subscription));
  g_assert_null (gh_subscription_get_creator (subscription));
  g_assert_cmpint (gh_subscription_get_expiration_counter (subscription), ==, 0);
  g_assert_cmpint (gh_subscription_get_content_type (subscription), ==, GH_NCT_ALL_ATTRIBUTES);
}

static void
assert_body (GhBuffer *body, const char *expected)
{
  g_autofree char *text = g_strdelimit (g_strdup (expected), "'", '"');

  g_assert_cmpstr (body->data, ==, text);
  gh_buffer_unref (body);
}

static void
test_notification_with_all_attributes (void)
{
  g_autoptr (GhSubscription) subscription = compile_ok (
    "{'nu':['C1'],'cr':'CAE','enc':{'net':[3]}}");
  GhEventFacts facts = event ("{'net':3,'ty':4,'or':'C9','rep':" CIN "}");
  const GhNotificationAddresses addresses = { "/gatehouse/sub-4", NULL };

  g_assert_cmpstr (facts.originator, ==, "C9");
  assert_body (gh_notification_render (subscription, &facts, &addresses),
               "{'m2m:sgn':{'nev':{'rep':{'m2m:cin':{'ri':'cin-7','ty':4,'ct':'20260301T120000',"
               "'lt':'20260301T120000','et':'20270101T000000','st':5,'cs':10,'con':'22.5 \xc2\xb0"
               "C'}},"
               "'net':3},'sur':'/gatehouse/sub-4','cr':'CAE'}}");
}

static void
test_notification_with_modified_attributes (void)
{
  g_autoptr (GhSubscription) subscription = compile_ok ("{'nu':['C1'],'nct':2}");
  GhEventFacts facts = event ("{'net':1,'ty':3,'rep':" CNT ",'mod':['mni','mbs']}");
  const GhNotificationAddresses addresses = { "sub-4", NULL };

  assert_body (
    gh_notification_render (subscription, &facts, &addresses),
    "{'m2m:sgn':{'nev':{'rep':{'m2m:cnt':{'lt':'20260302T000000','st':3,'mni':5,'mbs':null}},"
    "'net':1},'sur':'sub-4'}}");
}

static void
test_notification_with_identifier (void)
{
  g_autoptr (GhSubscription) subscription = compile_ok (
    "{'nu':['C1'],'nct':3,'enc':{'net':[2,4]}}");
  GhEventFacts facts = event ("{'net':4,'ty':4,'rep':" CIN "}");
  const GhNotificationAddresses with = { "sub-4", "/gatehouse/cse/cnt/x" },
                                without = { "sub-4", NULL };

  assert_body (
    gh_notification_render (subscription, &facts, &with),
    "{'m2m:sgn':{'nev':{'rep':{'m2m:uri':'/gatehouse/cse/cnt/x'},'net':4},'sur':'sub-4'}}");
  assert_body (gh_notification_render (subscription, &facts, &without),
               "{'m2m:sgn':{'nev':{'rep':{'m2m:uri':'cin-7'},'net':4},'sur':'sub-4'}}");
}

static void
test_verification_and_deletion (void)
{
  assert_body (gh_notification_render_verification ("/gatehouse/sub-4", "CAE", NULL),
               "{'m2m:sgn':{'vrq':true,'sur':'/gatehouse/sub-4','cr':'CAE'}}");
  assert_body (gh_notification_render_deletion ("/gatehouse/sub-4"),
               "{'m2m:sgn':{'sud':true,'sur':'/gatehouse/sub-4'}}");
}

static void
test_broken_events_are_refused (void)
{
  static const char *const broken[] = {
    "{}",
    "[]",
    "{'net':3}",
    "{'net':3,'ty':4}",
    "{'net':6,'ty':4,'rep':" CIN "}",
    "{'net':0,'ty':4,'rep':" CIN "}",
    "{'net':'3','ty':4,'rep':" CIN "}",
    "{'net':3,'ty':4,'rep':{'a\\nb':{}}}",
    "{'net':1,'ty':3,'rep':" CNT ",'mod':'x'}",
    "{'net':1,'ty':3,'rep':" CNT ",'mod':[1]}",
    "{'net':1,'ty':3,'rep':" CNT ",'mod':['a b']}",
    "{'net':3,'ty':4,'rep':{}}",
    "{'net':3,'ty':4,'rep':{'m2m:cin':1}}",
    "{'net':3,'ty':4,'rep':{'a':{},'b':{}}}",
    "{'net':3,'rep':" CIN "}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      GhValue value = parse (broken[i]);
      GhFault fault = { 0 };
      GhEventFacts facts;

      if (gh_event_facts_from_value (&value, &facts, &fault))
        g_error ("%s was accepted", broken[i]);
      g_assert_cmpint (fault.code, ==, GH_ERROR_STORE);
    }
}

static void
test_subject_decides_what_can_be_asked (void)
{
  g_autoptr (GhSubscription) instances = compile_ok ("{'nu':['C1'],'enc':{'net':[3],'chty':[4]}}");
  const GhType *container = gh_type_by_number (GH_TYPE_CONTAINER);
  const GhType *instance = gh_type_by_number (GH_TYPE_CONTENT_INSTANCE);
  const GhType *ae = gh_type_by_number (GH_TYPE_AE);
  GhFault fault = { 0 };

  g_assert_true (gh_subscription_check_subject (instances, container, NULL));
  g_assert_false (gh_subscription_check_subject (instances, ae, &fault));
  g_assert_cmpuint (gh_error_status ((int) fault.code), ==, 4000);
  fault = (GhFault){ 0 };
  g_assert_false (gh_subscription_check_subject (instances, instance, &fault));
  g_assert_cmpuint (gh_error_status ((int) fault.code), ==, 5203);
}

#define ADD(name, function) g_test_add_func ("/subscription/" name, function)

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  arena = gh_arena_new (8 << 20);
  ADD ("events-match-the-criteria", test_events_match_the_criteria);
  ADD ("what-is-not-done-is-refused", test_what_is_not_done_is_refused);
  ADD ("attributes-are-kept", test_attributes_are_kept);
  ADD ("defaults", test_defaults);
  ADD ("notification-with-all-attributes", test_notification_with_all_attributes);
  ADD ("notification-with-modified-attributes", test_notification_with_modified_attributes);
  ADD ("notification-with-identifier", test_notification_with_identifier);
  ADD ("verification-and-deletion", test_verification_and_deletion);
  ADD ("broken-events-are-refused", test_broken_events_are_refused);
  ADD ("subject-decides-what-can-be-asked", test_subject_decides_what_can_be_asked);
  status = g_test_run ();
  gh_arena_free (arena);
  return status;
}
