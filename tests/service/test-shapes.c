/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "cse-fixture.h"
#include "fake-transport.h"

#include <string.h>

/* What an answer holds, and in which shape: Result Content, attribute selection, releases. */

#define LOAD "gatehouse/device/load"
#define ET   "\"et\":\"20991231T000000\","
#define ALL  "cbs,cni,ct,lt,pi,ri,rn,st,ty"
#define CIN  "con,cs,ct,lt,pi,ri,rn,st,ty"

static void
set_up (CseFixture *fixture, gconstpointer data)
{
  const CseParts parts = { .transport = &fake_transport_ops };
  (void) data;
  fake_transport_reset ();
  cse_fixture_set_up_with (fixture, NULL, &parts);
  g_free (cse_create (fixture, "CDevice", "gatehouse", 2,
                      "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,"
                      "\"srv\":[\"3\"]}}"));
  g_free (cse_create (fixture, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"load\"}}"));
  g_free (cse_create (fixture, "CDevice", LOAD, 4,
                      "{\"m2m:cin\":{\"rn\":\"one\",\"con\":\"1\"}}"));
}

static void
tear_down (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (fixture);
  fake_transport_reset ();
}

static void append_shape (GString *text, JsonNode *node);

static void
append_object (GString *text, JsonObject *object)
{
  g_autoptr (GList) names = g_list_sort (json_object_get_members (object),
                                         (GCompareFunc) strcmp);
  for (const GList *name = names; name != NULL; name = name->next)
    {
      g_string_append_printf (text, "%s%s", name == names ? "" : ",", (const char *) name->data);
      append_shape (text, json_object_get_member (object, name->data));
    }
}

/* Members by name, sorted; the values of scalars are left out. */
static void
append_shape (GString *text, JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      g_string_append_c (text, '{');
      append_object (text, json_node_get_object (node));
      g_string_append_c (text, '}');
    }
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      g_string_append_c (text, '[');
      for (guint i = 0; i < json_array_get_length (array); i++)
        append_shape (text, json_array_get_element (array, i));
      g_string_append_c (text, ']');
    }
}

static void
expect_shape (CseFixture *fixture, gint operation, const char *to, const char *members,
              const char *shape)
{
  g_auto (CseAnswer) answer = cse_request (fixture, operation, "CDevice", to, members);
  g_autoptr (GString) text = g_string_new (NULL);
  g_assert_cmpint (answer.rsc / 1000, ==, 2);
  if (answer.content != NULL)
    append_object (text, answer.content);
  if (strcmp (text->str, shape) != 0)
    g_error ("%s %s: %s and not %s", to, members, text->str, shape);
}

static void
test_a_create_answers_as_it_is_asked (CseFixture *fixture, gconstpointer data)
{
  (void) data;
#define CREATE(rn, rcn) rcn "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"rn\":\"" rn "\"}}"
  expect_shape (fixture, CSE_CREATE, LOAD, CREATE ("a", ""), "m2m:cnt{" ALL "}");
  expect_shape (fixture, CSE_CREATE, LOAD, CREATE ("b", "\"rcn\":0,"), "");
  expect_shape (fixture, CSE_CREATE, LOAD, CREATE ("c", "\"rcn\":1,"), "m2m:cnt{" ALL "}");
  expect_shape (fixture, CSE_CREATE, LOAD, CREATE ("d", "\"rcn\":2,"), "m2m:uri");
  expect_shape (fixture, CSE_CREATE, LOAD, CREATE ("e", "\"rcn\":3,"),
                "m2m:rce{m2m:cnt{" ALL "},uri}");
  expect_shape (fixture, CSE_CREATE, LOAD, CREATE ("f", "\"rcn\":9,"),
                "m2m:cnt{cbs,cni,ct,lt,pi,ri,st,ty}");
  g_auto (CseAnswer) answer = cse_request (fixture, CSE_CREATE, "CDevice", LOAD,
                                           CREATE ("g", "\"rcn\":2,"));
  g_assert_cmpstr (json_object_get_string_member (answer.content, "m2m:uri"), ==, LOAD "/g");
#undef CREATE
}

static void
test_a_retrieve_answers_as_it_is_asked (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  expect_shape (fixture, CSE_RETRIEVE, LOAD, NULL, "m2m:cnt{" ALL "}");
  expect_shape (fixture, CSE_RETRIEVE, LOAD, "\"rcn\":1", "m2m:cnt{" ALL "}");
  expect_shape (fixture, CSE_RETRIEVE, LOAD, "\"rcn\":4",
                "m2m:cnt{cbs,cni,ct,lt,m2m:cin[{" CIN "}],pi,ri,rn,st,ty}");
  expect_shape (fixture, CSE_RETRIEVE, LOAD, "\"rcn\":5",
                "m2m:cnt{cbs,ch[{nm,typ,val}],cni,ct,lt,pi,ri,rn,st,ty}");
  expect_shape (fixture, CSE_RETRIEVE, LOAD, "\"rcn\":6", "m2m:rrl{rrf[{nm,typ,val}]}");
  expect_shape (fixture, CSE_RETRIEVE, LOAD, "\"rcn\":8", "m2m:cnt{m2m:cin[{" CIN "}]}");
  expect_shape (fixture, CSE_RETRIEVE, LOAD, "\"fc\":{\"fu\":1}", "m2m:uril[]");
  expect_shape (fixture, CSE_RETRIEVE, LOAD, "\"rcn\":6,\"fc\":{\"fu\":1}",
                "m2m:rrl{rrf[{nm,typ,val}]}");
  expect_shape (fixture, CSE_RETRIEVE, LOAD "/la", NULL, "m2m:cin{" CIN "}");
}

/* What has no children is asked for them all the same. */
static void
test_instances_answer_as_they_are_asked (CseFixture *fixture, gconstpointer data)
{
  static const struct {
    const char *members, *shape;
  } rows[] = {
    { "\"rcn\":1", "m2m:cin{" CIN "}" },
    { "\"rcn\":4", "m2m:cin{" CIN "}" },
    { "\"rcn\":5", "m2m:cin{ch[]," CIN "}" },
    { "\"rcn\":6", "m2m:rrl{rrf[]}" },
    { "\"rcn\":8", "m2m:cin{}" },
    { "\"fc\":{\"fu\":1}", "m2m:uril[]" },
    { "\"fc\":{\"fu\":1,\"ty\":[3]}", "m2m:uril[]" },
    { "\"rcn\":6,\"fc\":{\"fu\":1}", "m2m:rrl{rrf[]}" },
    /* the criteria are those of the children */
    { "\"rcn\":4,\"fc\":{\"ty\":[3]}", "m2m:cin{" CIN "}" },
    { "\"fc\":{\"ty\":[4]}", "m2m:cin{" CIN "}" },
  };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      expect_shape (fixture, CSE_RETRIEVE, LOAD "/la", rows[i].members, rows[i].shape);
      expect_shape (fixture, CSE_RETRIEVE, LOAD "/one", rows[i].members, rows[i].shape);
    }
  for (guint i = 0; i < 5; i++)
    {
      g_free (cse_create (fixture, "CDevice", LOAD, 4, "{\"m2m:cin\":{\"con\":\"1\"}}"));
      expect_shape (fixture, CSE_DELETE, LOAD "/la", rows[i].members, rows[i].shape);
    }
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", LOAD "/la", "\"fc\":{\"ty\":[3]}");
}

static void
test_an_update_answers_as_it_is_asked (CseFixture *fixture, gconstpointer data)
{
  (void) data;
#define UPDATE(rcn) rcn "\"pc\":{\"m2m:cnt\":{\"mni\":9}}"
  static const char all[] = "m2m:cnt{cbs,cni,ct,lt,mni,pi,ri,rn,st,ty}";
  expect_shape (fixture, CSE_UPDATE, LOAD, UPDATE (""), all);
  expect_shape (fixture, CSE_UPDATE, LOAD, UPDATE ("\"rcn\":0,"), "");
  expect_shape (fixture, CSE_UPDATE, LOAD, UPDATE ("\"rcn\":1,"), all);
  expect_shape (fixture, CSE_UPDATE, LOAD, UPDATE ("\"rcn\":9,"), "m2m:cnt{cbs,cni,lt,st}");
#undef UPDATE
}

/* Of a container with one instance, which each delete takes along. */
static void
test_a_delete_answers_as_it_is_asked (CseFixture *fixture, gconstpointer data)
{
  static const struct {
    const char *members, *shape;
  } rows[] = {
    { NULL, "" },
    { "\"rcn\":0", "" },
    { "\"rcn\":1", "m2m:cnt{" ALL "}" },
    { "\"rcn\":4", "m2m:cnt{cbs,cni,ct,lt,m2m:cin[{" CIN "}],pi,ri,rn,st,ty}" },
    { "\"rcn\":5", "m2m:cnt{cbs,ch[{nm,typ,val}],cni,ct,lt,pi,ri,rn,st,ty}" },
    { "\"rcn\":6", "m2m:rrl{rrf[{nm,typ,val}]}" },
    { "\"rcn\":8", "m2m:cnt{m2m:cin[{" CIN "}]}" },
  };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_free (cse_create (fixture, "CDevice", LOAD, 3, "{\"m2m:cnt\":{\"rn\":\"x\"}}"));
      g_free (cse_create (fixture, "CDevice", LOAD "/x", 4, "{\"m2m:cin\":{\"con\":\"1\"}}"));
      expect_shape (fixture, CSE_DELETE, LOAD "/x", rows[i].members, rows[i].shape);
      cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", LOAD "/x", NULL);
    }
}

static void
test_attributes_are_selected (CseFixture *fixture, gconstpointer data)
{
#define SELECT(names) "\"pc\":{\"m2m:atrl\":[" names "]}"
  (void) data;
  expect_shape (fixture, CSE_RETRIEVE, LOAD "#cni", NULL, "m2m:cnt{cni}");
  expect_shape (fixture, CSE_RETRIEVE, LOAD "/la#con", NULL, "m2m:cin{con}");
  expect_shape (fixture, CSE_RETRIEVE, LOAD, SELECT ("\"st\",\"ri\",\"st\""), "m2m:cnt{ri,st}");
  /* one that it may have and has not */
  expect_shape (fixture, CSE_RETRIEVE, LOAD, SELECT ("\"mni\""), "m2m:cnt{}");
  expect_shape (fixture, CSE_RETRIEVE, LOAD, "\"rcn\":1," SELECT ("\"st\""), "m2m:cnt{st}");
  cse_refuse (fixture, 4000, "atrl: con", CSE_RETRIEVE, "CDevice", LOAD, SELECT ("\"con\""));
  cse_refuse (fixture, 4000, "atrl: con", CSE_RETRIEVE, "CDevice", LOAD "#con", NULL);
  cse_refuse (fixture, 4000, "atrl", CSE_RETRIEVE, "CDevice", LOAD, SELECT (""));
  cse_refuse (fixture, 4000, "children", CSE_RETRIEVE, "CDevice", LOAD,
              "\"rcn\":4," SELECT ("\"st\""));
  cse_refuse (fixture, 4000, "children", CSE_RETRIEVE, "CDevice", LOAD "#st", "\"fc\":{\"fu\":1}");
  cse_refuse (fixture, 4000, "#", CSE_DELETE, "CDevice", LOAD "#st", NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", LOAD "#st", NULL);
#undef SELECT
}

/* TS-0001 table 8.1.2-1, the columns of which are these. */
static void
test_result_content_goes_with_operations (CseFixture *fixture, gconstpointer data)
{
  static const struct {
    gint operation;
    guint served, semantic; /* bit n: rcn n */
    const char *to, *members;
  } rows[] = {
    { CSE_CREATE, 0x20f, 0, LOAD, ",\"ty\":3,\"pc\":{\"m2m:cnt\":{}}" },
    { CSE_RETRIEVE, 0x172, 0x400, LOAD, "" },
    { CSE_RETRIEVE, 0x040, 0, LOAD, ",\"fc\":{\"fu\":1}" },
    { CSE_UPDATE, 0x203, 0, LOAD, ",\"pc\":{\"m2m:cnt\":{\"lbl\":[\"z\"]}}" },
    { CSE_DELETE, 0x173, 0, LOAD "/x", "" },
    { CSE_NOTIFY, 0, 0, "CDevice", ",\"pc\":{\"m2m:sgn\":{}}" },
  };
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    for (gint rcn = 0; rcn <= 10; rcn++)
      {
        g_autofree char *members = g_strdup_printf ("\"rcn\":%d%s", rcn, rows[i].members);
        if (rows[i].operation == CSE_DELETE && (rows[i].served >> rcn & 1) != 0)
          g_free (cse_create (fixture, "CDevice", LOAD, 3, "{\"m2m:cnt\":{\"rn\":\"x\"}}"));
        if ((rows[i].served >> rcn & 1) == 0)
          cse_refuse (fixture, (rows[i].semantic >> rcn & 1) != 0 ? 5001 : 4000, "rcn",
                      rows[i].operation, "CDevice", rows[i].to, members);
        else
          {
            g_auto (CseAnswer) answer = cse_request (fixture, rows[i].operation, "CDevice",
                                                     rows[i].to, members);
            g_assert_cmpint (answer.rsc / 1000, ==, 2);
          }
      }
  cse_refuse (fixture, 5001, "sqi", CSE_RETRIEVE, "CDevice", LOAD,
              "\"rcn\":10,\"sqi\":true,\"fc\":{\"smf\":[\"SELECT ?x\"]}");
}

static char *
add_parents (CseFixture *fixture)
{
  g_free (cse_create (fixture, "CAdmin", "gatehouse", 1,
                      "{\"m2m:acp\":{\"rn\":\"all\",\"pv\":{\"acr\":[{\"acor\":[\"all\"],"
                      "\"acop\":34}]},\"pvs\":{\"acr\":[{\"acor\":[\"CAdmin\"],\"acop\":63}]}}}"));
  return cse_create (fixture, "CAdmin", "gatehouse", 10005,
                     "{\"m2m:cbA\":{" ET "\"lnk\":\"/mn/base\"}}");
}

/* An announced container that leads to @link, for everybody to read. (transfer full) */
static char *
announce (CseFixture *fixture, const char *parent, const char *link)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:cntA\":{" ET "\"lnk\":\"%s\",\"acpi\":[\"gatehouse/all\"]}}", link);
  return cse_create (fixture, "CAdmin", parent, 10003, content);
}

static void
test_an_announced_resource_leads_to_its_original (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *parent = add_parents (fixture);
  g_autofree char *near = announce (fixture, parent, "/gatehouse/" LOAD);
  g_autofree char *gone = announce (fixture, parent, "/gatehouse/" LOAD "/none");
  g_autofree char *link = g_strconcat ("/gatehouse/", near, NULL);
  g_autofree char *twice = announce (fixture, parent, link);
  expect_shape (fixture, CSE_RETRIEVE, near, "\"rcn\":7", "m2m:cnt{" ALL "}");
  expect_shape (fixture, CSE_RETRIEVE, near, "\"rcn\":7,\"pc\":{\"m2m:atrl\":[\"cni\"]}",
                "m2m:cnt{cni}");
  cse_refuse (fixture, 4000, "rcn: 7", CSE_RETRIEVE, "CDevice", LOAD, "\"rcn\":7");
  cse_refuse (fixture, 4000, "rcn: 7", CSE_RETRIEVE, "CDevice", LOAD "/la", "\"rcn\":7");
  cse_expect (fixture, 4004, CSE_RETRIEVE, "CDevice", gone, "\"rcn\":7");
  g_auto (CseAnswer) once = cse_request (fixture, CSE_RETRIEVE, "CDevice", twice, "\"rcn\":7");
  g_assert_cmpint (once.rsc, ==, 2000);
  g_assert_true (json_object_has_member (once.content, "m2m:cntA"));
  /* who may read what is announced may not read more with that */
  cse_expect (fixture, 2000, CSE_RETRIEVE, "COther", near, NULL);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "COther", near, "\"rcn\":7");
}

static void
test_the_original_may_be_elsewhere (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_autofree char *parent = add_parents (fixture);
  g_autofree char *far = announce (fixture, parent, "/mn1/base/load");
  g_autofree char *nowhere = announce (fixture, parent, "/mn9/base/load");
  g_free (cse_create (fixture, "CAdmin", "gatehouse", 16,
                      "{\"m2m:csr\":{\"rn\":\"mn1\",\"csi\":\"/mn1\",\"cb\":\"/mn1/base\","
                      "\"rr\":true,\"srv\":[\"3\"],\"poa\":[\"fake://mn1/\"]}}"));
  fake_transport_answer_with ("fake://mn1/", GH_DELIVERY_DONE, 2000,
                              "{\"m2m:cnt\":{\"rn\":\"load\"}}");
  expect_shape (fixture, CSE_RETRIEVE, far, "\"rcn\":7", "m2m:cnt{rn}");
  g_autoptr (FakeDelivery) sent = fake_transport_take ();
  g_assert_cmpstr (sent->to, ==, "/mn1/base/load");
  g_assert_cmpstr (sent->from, ==, "/gatehouse/CDevice");
  g_assert_cmpint (sent->operation, ==, CSE_RETRIEVE);
  fake_transport_answer ("fake://mn1/", GH_DELIVERY_DONE, 4103);
  cse_expect (fixture, 4103, CSE_RETRIEVE, "CDevice", far, "\"rcn\":7");
  cse_refuse (fixture, 4004, "no way", CSE_RETRIEVE, "CDevice", nowhere, "\"rcn\":7");
}

#define AE "\"m2m:ae\":{\"api\":\"Nx\",\"rr\":true,\"srv\":[\"1\"],\"rn\":\"x\",\"regs\":1}"

/* An AE has attributes of all releases (api, srv, regs). */
static void
test_answers_hold_what_their_release_knows (CseFixture *fixture, gconstpointer data)
{
  static const struct {
    const char *release, *ae;
  } rows[] = {
    { "1", "aei,api,ct,lt,pi,ri,rn,rr,ty" },
    { "2", "aei,api,ct,lt,pi,ri,rn,rr,srv[],ty" },
    { "2a", "aei,api,ct,lt,pi,ri,rn,rr,srv[],ty" },
    { "3", "aei,api,ct,lt,pi,regs,ri,rn,rr,srv[],ty" },
  };
  (void) data;
  cse_expect (fixture, 2002, CSE_DELETE, "CDevice", "CDevice", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *whole = g_strdup_printf ("m2m:ae{%s}", rows[i].ae);
      g_autofree char *wrapped = g_strdup_printf ("m2m:rce{m2m:ae{%s},uri}", rows[i].ae);
      g_autofree char *release = g_strdup_printf ("\"rvi\":\"%s\"", rows[i].release);
      g_autofree char *create = g_strdup_printf ("%s,\"rcn\":3,\"ty\":2,\"pc\":{" AE "}", release);
      g_autofree char *update = g_strconcat (release, ",\"pc\":{\"m2m:ae\":{\"regs\":1}}", NULL);
      g_autofree char *remove = g_strconcat (release, ",\"rcn\":1", NULL);
      expect_shape (fixture, CSE_CREATE, "gatehouse", create, wrapped);
      expect_shape (fixture, CSE_UPDATE, "gatehouse/x", update, whole);
      expect_shape (fixture, CSE_RETRIEVE, "gatehouse/x", release, whole);
      expect_shape (fixture, CSE_DELETE, "gatehouse/x", remove, whole);
    }
  g_free (cse_create (fixture, "CDevice", "gatehouse", 2, "{" AE "}"));
  cse_refuse (fixture, 4000, "in this release", CSE_RETRIEVE, "CDevice", "CDevice",
              "\"rvi\":\"2a\",\"pc\":{\"m2m:atrl\":[\"regs\"]}");
}

/* A timeSeries comes with Release 2. */
static void
test_older_releases_have_fewer_types (CseFixture *fixture, gconstpointer data)
{
  (void) data;
  g_free (cse_create (fixture, "CDevice", "CDevice", 29, "{\"m2m:ts\":{\"rn\":\"ts\"}}"));
  expect_shape (fixture, CSE_RETRIEVE, "CDevice", "\"rvi\":\"1\",\"rcn\":6",
                "m2m:rrl{rrf[{nm,typ,val}{nm,typ,val}]}");
  expect_shape (fixture, CSE_RETRIEVE, "CDevice", "\"rvi\":\"2\",\"rcn\":6",
                "m2m:rrl{rrf[{nm,typ,val}{nm,typ,val}{nm,typ,val}]}");
  expect_shape (fixture, CSE_RETRIEVE, "CDevice", "\"rvi\":\"1\",\"rcn\":8",
                "m2m:ae{m2m:cnt[{" "cbs,cni,ct,lt,m2m:cin[{" CIN "}],pi,ri,rn,st,ty}]}");
}

static void
test_older_releases_have_fewer_codes (CseFixture *fixture, gconstpointer data)
{
#define AGAIN "\"ty\":2,\"pc\":{" AE "}"
#define CHILD "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"1\"}}"
  (void) data;
  cse_expect (fixture, 4117, CSE_CREATE, "CDevice", "gatehouse", AGAIN);
  cse_expect (fixture, 4105, CSE_CREATE, "CDevice", "gatehouse", "\"rvi\":\"2a\"," AGAIN);
  cse_expect (fixture, 4105, CSE_CREATE, "CDevice", "gatehouse", "\"rvi\":\"1\"," AGAIN);
  cse_expect (fixture, 4108, CSE_CREATE, "CDevice", "CDevice", CHILD);
  cse_expect (fixture, 4108, CSE_CREATE, "CDevice", "CDevice", "\"rvi\":\"2\"," CHILD);
  cse_expect (fixture, 4000, CSE_CREATE, "CDevice", "CDevice", "\"rvi\":\"1\"," CHILD);
  cse_expect (fixture, 4106, CSE_RETRIEVE, "CNobody", "gatehouse", NULL);
  g_auto (CseAnswer) hidden = cse_request (fixture, CSE_RETRIEVE, "CNobody", "gatehouse",
                                           "\"rvi\":\"1\"");
  g_assert_cmpint (hidden.rsc, ==, 4103);
  g_assert_null (hidden.content);
  /* but a release that there is not is said to every one */
  cse_expect (fixture, 4001, CSE_RETRIEVE, "CDevice", "gatehouse", "\"rvi\":\"9\"");
}

static char *
read_source (const char *name)
{
  g_autofree char *path = g_build_filename (g_getenv ("GH_TOP_SRCDIR"), name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* How many tests of the program @name are named on @page, each of which there is. */
static guint
count_tests (const char *page, const char *name)
{
  g_autofree char *file = g_strdup_printf ("tests/service/test-%s.c", name);
  g_autofree char *source = read_source (file);
  g_autofree char *mark = g_strdup_printf ("`/%s/", name);
  guint n = 0;
  for (const char *at = strstr (page, mark); at != NULL; at = strstr (at, mark), n++)
    {
      at += strlen (mark);
      g_autofree char *test = g_strndup (at, strcspn (at, "`"));
      g_autofree char *line = g_strdup_printf ("ADD (\"%s\",", test);
      if (strcmp (test, "...") != 0 && strstr (source, line) == NULL)
        g_error ("docs/requests.md names /%s/%s, which is no test", name, test);
    }
  return n;
}

/* docs/requests.md names tests that there are. */
static void
test_document (void)
{
  if (g_getenv ("GH_TOP_SRCDIR") == NULL)
    {
      g_test_skip ("GH_TOP_SRCDIR is not set");
      return;
    }
  g_autofree char *page = read_source ("docs/requests.md");
  g_assert_cmpuint (count_tests (page, "modes"), >, 20);
  g_assert_cmpuint (count_tests (page, "shapes"), >, 6);
  g_assert_cmpuint (count_tests (page, "promises"), >, 2);
  for (const char *at = strstr (page, "`tests/"); at != NULL; at = strstr (at + 1, "`tests/"))
    {
      g_autofree char *name = g_strndup (at + 1, strcspn (at + 1, "`"));
      const gboolean script = g_str_has_suffix (name, ".sh");
      g_autofree char *file = script ? g_strdup (name) : g_strconcat (name, ".c", NULL);
      g_free (read_source (file));
    }
}

#define ADD(name, options, func)                                                                   \
  g_test_add ("/shapes/" name, CseFixture, options, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("create", NULL, test_a_create_answers_as_it_is_asked);
  ADD ("retrieve", NULL, test_a_retrieve_answers_as_it_is_asked);
  ADD ("instances", NULL, test_instances_answer_as_they_are_asked);
  ADD ("update", NULL, test_an_update_answers_as_it_is_asked);
  ADD ("delete", NULL, test_a_delete_answers_as_it_is_asked);
  ADD ("selection", NULL, test_attributes_are_selected);
  ADD ("result-content", NULL, test_result_content_goes_with_operations);
  ADD ("releases", NULL, test_answers_hold_what_their_release_knows);
  ADD ("types-of-releases", NULL, test_older_releases_have_fewer_types);
  ADD ("codes-of-releases", NULL, test_older_releases_have_fewer_codes);
  ADD ("original", NULL, test_an_announced_resource_leads_to_its_original);
  ADD ("original-elsewhere", NULL, test_the_original_may_be_elsewhere);
  g_test_add_func ("/shapes/document", test_document);
  return g_test_run ();
}
