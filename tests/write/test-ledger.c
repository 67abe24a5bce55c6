/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "write/gh-ledger.h"

#include "cse-fixture.h"
#include "faulty-store.h"
#include "gh-cse-private.h"
#include "service/gh-quota.h"

#include <string.h>

#define NOW_US (G_GINT64_CONSTANT (1800000000) * G_USEC_PER_SEC)
#define DEVICE "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,\"srv\":[\"3\"]}}"

typedef struct {
  CseFixture cse;
  GhClock *clock;
} Fixture;

/* @data: the quota, a text for [quota] such as "resources=5". */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *quota = g_strdup_printf ("quota.%s", (const char *) data);
  const char *const options[] = { quota, NULL };
  fixture->clock = gh_clock_new_fake (NOW_US);
  const CseParts parts = { .clock = fixture->clock, .store = &faulty_store_ops };
  cse_fixture_set_up_with (&fixture->cse, options, &parts);
  g_free (cse_create (&fixture->cse, "CDevice", "gatehouse", 2, DEVICE));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) data;
  faulty_store_disarm ();
  cse_fixture_tear_down (&fixture->cse);
  faulty_store_keep (FALSE);
  gh_clock_unref (fixture->clock);
}

#define CONTAINER "\"ty\":3,\"pc\":{\"m2m:cnt\":{}}"
#define INSTANCE  "\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"0123456789\"}}"

static void
creates (Fixture *fixture, const char *to, const char *members)
{
  cse_expect (&fixture->cse, 2001, CSE_CREATE, "CDevice", to, members);
}

static void
is_full (Fixture *fixture, const char *what, const char *to, const char *members)
{
  const guint64 before = cse_counter (&fixture->cse, "full");
  cse_refuse (&fixture->cse, 5207, what, CSE_CREATE, "CDevice", to, members);
  g_assert_cmpuint (cse_counter (&fixture->cse, "full"), ==, before + 1);
}

static void
assert_holds (Fixture *fixture, const char *who, guint64 resources, guint64 subscriptions)
{
  g_autofree char *text = cse_ledger (&fixture->cse);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", 4);
      if (strcmp (words[0], who) != 0)
        continue;
      g_assert_cmpuint (g_ascii_strtoull (words[1], NULL, 10), ==, resources);
      g_assert_cmpuint (g_ascii_strtoull (words[3], NULL, 10), ==, subscriptions);
      return;
    }
  g_assert_cmpuint (resources, ==, 0);
}

static guint64
octets_of (Fixture *fixture, const char *who)
{
  g_autofree char *text = cse_ledger (&fixture->cse);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", 4);
      if (strcmp (words[0], who) == 0)
        return g_ascii_strtoull (words[2], NULL, 10);
    }
  return 0;
}

/* resources=5: the <AE> is the first */
static void
test_who_fills_the_store_is_refused_alone (Fixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  (void) data;
  for (guint i = 0; i < 4; i++)
    creates (fixture, "CDevice", CONTAINER);
  is_full (fixture, "CDevice has 5 resources here, and may have 5", "CDevice", CONTAINER);
  assert_holds (fixture, "CDevice", 5, 0);
  g_free (cse_create (cse, "COther", "gatehouse", 2,
                      "{\"m2m:ae\":{\"api\":\"Nother\",\"rr\":true,\"srv\":[\"3\"]}}"));
  cse_expect (cse, 2001, CSE_CREATE, "COther", "COther", CONTAINER);
  for (guint i = 0; i < 10; i++)
    cse_expect (cse, 2001, CSE_CREATE, "CAdmin", "gatehouse", CONTAINER);
  assert_holds (fixture, "CAdmin", 0, 0);
  /* neither is the administrator refused below the <AE>, for which that counts */
  cse_expect (cse, 2001, CSE_CREATE, "CAdmin", "CDevice", CONTAINER);
  assert_holds (fixture, "CDevice", 6, 0);
  is_full (fixture, "CDevice has 6 resources", "CDevice", CONTAINER);
  /* what changes no number goes on */
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", "CDevice", "\"pc\":{\"m2m:ae\":{\"apn\":\"x\"}}");
}

static void
test_one_batch_is_no_way_around (Fixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  guint created = 0;
  (void) data;
  cse_hold (cse);
  for (guint i = 0; i < 40; i++)
    cse_send (cse, CSE_CREATE, "CDevice", "CDevice", CONTAINER);
  cse_release (cse);
  for (guint i = 0; i < 40; i++)
    {
      g_auto (CseAnswer) answer = cse_take (cse, i);
      created += answer.rsc == 2001;
      g_assert_true (answer.rsc == 2001 || answer.rsc == 5207);
    }
  g_assert_cmpuint (created, ==, 4);
  cse_forget_sent (cse);
}

static void
test_a_delete_gives_back (Fixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  (void) data;
  for (guint round = 0; round < 3; round++)
    {
      g_autofree char *top = cse_create (cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{}}");
      g_autofree char *below = cse_create (cse, "CDevice", top, 3, "{\"m2m:cnt\":{}}");
      creates (fixture, below, INSTANCE);
      creates (fixture, below, INSTANCE);
      is_full (fixture, "may have 5", below, INSTANCE);
      cse_expect (cse, 2002, CSE_DELETE, "CDevice", top, NULL);
      cse_settle (cse);
      assert_holds (fixture, "CDevice", 1, 0);
    }
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", "CDevice", NULL);
  cse_settle (cse);
  assert_holds (fixture, "CDevice", 0, 0);
  g_assert_cmpuint (cse_counter (cse, "holders"), ==, 0);
}

static void
test_one_instance_gives_back (Fixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  (void) data;
  g_autofree char *top = cse_create (cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{}}");
  for (guint i = 0; i < 3; i++)
    creates (fixture, top, INSTANCE);
  is_full (fixture, "may have 5", top, INSTANCE);
  g_autofree char *latest = g_strdup_printf ("%s/la", top);
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", latest, NULL);
  creates (fixture, top, INSTANCE);
  is_full (fixture, "may have 5", top, INSTANCE);
}

static void
test_what_expires_gives_back (Fixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  char until[GH_TIMESTAMP_SIZE];
  (void) data;
  gh_timestamp_format (NOW_US + 3600 * (gint64) G_USEC_PER_SEC, until);
  g_autofree char *content = g_strdup_printf ("{\"m2m:cnt\":{\"et\":\"%s\"}}", until);
  g_autofree char *top = cse_create (cse, "CDevice", "CDevice", 3, content);
  for (guint i = 0; i < 3; i++)
    creates (fixture, top, INSTANCE);
  is_full (fixture, "may have 5", "CDevice", CONTAINER);
  gh_clock_advance (fixture->clock, 3601 * (gint64) G_USEC_PER_SEC);
  cse_settle (cse);
  assert_holds (fixture, "CDevice", 1, 0);
  creates (fixture, "CDevice", CONTAINER);
}

static void
test_a_container_that_rotates_goes_on (Fixture *fixture, gconstpointer data)
{
  static const char *const bounds[] = { "\"mni\":3", "\"mbs\":30" };
  CseFixture *cse = &fixture->cse;
  (void) data;
  for (guint kind = 0; kind < G_N_ELEMENTS (bounds); kind++)
    {
      g_autofree char *content = g_strdup_printf ("{\"m2m:cnt\":{%s}}", bounds[kind]);
      g_autofree char *top = cse_create (cse, "CDevice", "CDevice", 3, content);
      for (guint i = 0; i < (kind == 0 ? 20 : 3); i++)
        creates (fixture, top, INSTANCE);
      assert_holds (fixture, "CDevice", 5, 0);
      cse_expect (cse, 2002, CSE_DELETE, "CDevice", top, NULL);
      cse_settle (cse);
    }
}

/* octets=4000 */
static void
test_octets (Fixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  (void) data;
  g_autofree char *top = cse_create (cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"mni\":2}}");
  const guint64 left = 4000 - octets_of (fixture, "CDevice");
  g_autofree char *half = g_strnfill (left / 2, 'x');
  g_autofree char *members = g_strdup_printf ("\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"%s\"}}",
                                              half);
  g_assert_cmpuint (left, >, 1000);
  creates (fixture, top, members);
  creates (fixture, top, members);
  g_assert_cmpuint (octets_of (fixture, "CDevice"), >=, 3999);
  is_full (fixture, "octets here, and may have 4000", "CDevice", CONTAINER);
  /* as much goes as comes */
  creates (fixture, top, members);
  creates (fixture, top, members);
  g_autofree char *more = g_strdup_printf ("\"ty\":4,\"pc\":{\"m2m:cin\":{\"con\":\"%s%s\"}}", half,
                                           "xx");
  is_full (fixture, "octets here", top, more);
  /* an update that grows is one that takes, too */
  g_autofree char *label = g_strnfill (200, 'l');
  g_autofree char *update = g_strdup_printf ("\"pc\":{\"m2m:cnt\":{\"lbl\":[\"%s\"]}}", label);
  cse_refuse (cse, 5207, "octets here", CSE_UPDATE, "CDevice", top, update);
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", top, NULL);
  cse_settle (cse);
  creates (fixture, "CDevice", CONTAINER);
}

/* subscriptions=2 */
static void
test_subscriptions (Fixture *fixture, gconstpointer data)
{
  static const char sub[] = "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"CDevice\"]}}";
  CseFixture *cse = &fixture->cse;
  (void) data;
  g_autofree char *one = cse_create (cse, "CDevice", "CDevice", 23,
                                     "{\"m2m:sub\":{\"nu\":[\"CDevice\"]}}");
  creates (fixture, "CDevice", sub);
  is_full (fixture, "CDevice has 2 subscriptions here, and may have 2", "CDevice", sub);
  creates (fixture, "CDevice", CONTAINER);
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", one, NULL);
  creates (fixture, "CDevice", sub);
}

/* resources=5 */
static void
test_instances_count_for_whom_their_container_does (Fixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  (void) data;
  g_autofree char *policy = cse_create (
    cse, "CAdmin", "gatehouse", 1,
    "{\"m2m:acp\":{\"pv\":{\"acr\":[{\"acor\":[\"CDevice\",\"COther\"],\"acop\":63}]},"
    "\"pvs\":{\"acr\":[{\"acor\":[\"CAdmin\"],\"acop\":63}]}}}");
  g_autofree char *content = g_strdup_printf ("{\"m2m:cnt\":{\"acpi\":[\"%s\"]}}", policy);
  g_autofree char *top = cse_create (cse, "CDevice", "CDevice", 3, content);
  for (guint i = 0; i < 3; i++)
    cse_expect (cse, 2001, CSE_CREATE, "COther", top, INSTANCE);
  assert_holds (fixture, "CDevice", 5, 0);
  assert_holds (fixture, "COther", 0, 0);
  cse_refuse (cse, 5207, "CDevice has 5 resources", CSE_CREATE, "COther", top, INSTANCE);
  /* a resource counts for its creator, wherever it stands */
  g_autofree char *shared = cse_create (cse, "CAdmin", "gatehouse", 3, content);
  for (guint i = 0; i < 5; i++)
    cse_expect (cse, 2001, CSE_CREATE, "COther", shared, CONTAINER);
  assert_holds (fixture, "COther", 5, 0);
  cse_refuse (cse, 5207, "COther has 5 resources", CSE_CREATE, "COther", shared, CONTAINER);
}

/* A container of the administrator outside of every <AE>, in which all may do everything;
 * @members: its further ones, with a comma before each. (transfer full) */
static char *
shared_container (Fixture *fixture, const char *members)
{
  g_autofree char *policy = cse_create (
    &fixture->cse, "CAdmin", "gatehouse", 1,
    "{\"m2m:acp\":{\"pv\":{\"acr\":[{\"acor\":[\"CDevice\",\"COther\",\"CAdmin\","
    "\"/mn/Cfar\"],\"acop\":63}]},"
    "\"pvs\":{\"acr\":[{\"acor\":[\"CAdmin\"],\"acop\":63}]}}}");
  g_autofree char *content =
    g_strdup_printf ("{\"m2m:cnt\":{\"acpi\":[\"%s\"]%s}}", policy, members);
  return cse_create (&fixture->cse, "CAdmin", "gatehouse", 3, content);
}

static void
writes (Fixture *fixture, const char *who, const char *to)
{
  cse_expect (&fixture->cse, 2001, CSE_CREATE, who, to, INSTANCE);
}

static void
may_not_write (Fixture *fixture, const char *who, const char *to)
{
  cse_refuse (&fixture->cse, 5207, who, CSE_CREATE, who, to, INSTANCE);
}

/* resources=5 */
static void
test_who_writes_into_a_shared_container_pays (Fixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  (void) data;
  g_autofree char *top = shared_container (fixture, "");
  g_autofree char *oldest = g_strconcat (top, "/ol", NULL);
  for (guint i = 0; i < 5; i++)
    writes (fixture, "COther", top);
  may_not_write (fixture, "COther", top);
  assert_holds (fixture, "COther", 5, 0);
  g_assert_cmpuint (octets_of (fixture, "COther"), ==, 50);
  /* neither is there room elsewhere, nor has anybody else less */
  cse_refuse (cse, 5207, "COther has 5 resources", CSE_CREATE, "COther", top, CONTAINER);
  for (guint i = 0; i < 4; i++)
    writes (fixture, "CDevice", top);
  may_not_write (fixture, "CDevice", top);
  assert_holds (fixture, "CDevice", 5, 0);
  for (guint i = 0; i < 10; i++)
    writes (fixture, "CAdmin", top);
  assert_holds (fixture, "CAdmin", 0, 0);
  /* whoever deletes one, it is its writer that has less */
  cse_expect (cse, 2002, CSE_DELETE, "CDevice", oldest, NULL);
  assert_holds (fixture, "COther", 4, 0);
  assert_holds (fixture, "CDevice", 5, 0);
  writes (fixture, "COther", top);
  cse_expect (cse, 2002, CSE_DELETE, "CAdmin", top, NULL);
  cse_settle (cse);
  assert_holds (fixture, "COther", 0, 0);
  assert_holds (fixture, "CDevice", 1, 0);
}

/* resources=5: who is at the bound replaces what is his own, and pushes nothing of another out */
static void
test_a_shared_container_that_rotates (Fixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  (void) data;
  g_autofree char *own = shared_container (fixture, ",\"mni\":3");
  g_autofree char *mixed = shared_container (fixture, ",\"mni\":3");
  for (guint i = 0; i < 3; i++)
    writes (fixture, "CDevice", mixed);
  for (guint i = 0; i < 9; i++)
    writes (fixture, "COther", own);
  assert_holds (fixture, "COther", 3, 0);
  /* within its bound it may */
  writes (fixture, "COther", mixed);
  writes (fixture, "COther", mixed);
  assert_holds (fixture, "COther", 5, 0);
  assert_holds (fixture, "CDevice", 2, 0);
  may_not_write (fixture, "COther", mixed);
  writes (fixture, "COther", own);
  assert_holds (fixture, "COther", 5, 0);
  assert_holds (fixture, "CDevice", 2, 0);
  cse_expect (cse, 2004, CSE_UPDATE, "CAdmin", mixed, "\"pc\":{\"m2m:cnt\":{\"mni\":1}}");
  assert_holds (fixture, "COther", 4, 0);
  assert_holds (fixture, "CDevice", 1, 0);
  cse_expect (cse, 2004, CSE_UPDATE, "CAdmin", own, "\"pc\":{\"m2m:cnt\":{\"mni\":0}}");
  assert_holds (fixture, "COther", 1, 0);
}

/* resources=5 */
static void
test_a_group_is_no_way_around (Fixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  (void) data;
  g_autofree char *top = shared_container (fixture, "");
  g_autofree char *other = shared_container (fixture, "");
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:grp\":{\"mt\":3,\"mnm\":9,\"mid\":[\"%s\",\"%s\"]}}", top, other);
  g_autofree char *group = cse_create (cse, "CDevice", "CDevice", 9, content);
  g_autofree char *all = g_strconcat (group, "/fopt", NULL);
  for (guint i = 0; i < 5; i++)
    {
      g_auto (CseAnswer) answer = cse_request (cse, CSE_CREATE, "CDevice", all, INSTANCE);
      g_assert_cmpint (answer.rsc, !=, 5000);
    }
  /* the <AE>, the group, and three instances */
  assert_holds (fixture, "CDevice", 5, 0);
  may_not_write (fixture, "CDevice", top);
}

/* resources=5 */
static void
test_a_shared_batch_that_is_dropped (Fixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  (void) data;
  g_autofree char *top = shared_container (fixture, ",\"mni\":3");
  for (guint i = 0; i < 2; i++)
    writes (fixture, "COther", top);
  writes (fixture, "CDevice", top);
  g_autofree char *before = cse_ledger (cse);
  for (guint i = 0; i < 6; i++)
    {
      faulty_store_arm (FAULT_COMMIT, 1, 0);
      if (i % 2 == 0)
        cse_expect (cse, 5000, CSE_CREATE, "CDevice", top, INSTANCE);
      else
        cse_expect (cse, 5000, CSE_DELETE, "CAdmin", top, NULL);
      g_assert_true (faulty_store_disarm ());
      g_autofree char *after = cse_ledger (cse);
      g_assert_cmpstr (after, ==, before);
    }
  for (guint i = 0; i < 3; i++)
    writes (fixture, "CDevice", top);
  assert_holds (fixture, "COther", 0, 0);
}

/* exceptions */
static void
test_exceptions (Fixture *fixture, gconstpointer data)
{
  (void) data;
  creates (fixture, "CDevice", CONTAINER);
  is_full (fixture, "may have 2", "CDevice", CONTAINER);
  g_free (cse_create (&fixture->cse, "COther", "gatehouse", 2,
                      "{\"m2m:ae\":{\"api\":\"Nother\",\"rr\":true,\"srv\":[\"3\"]}}"));
  for (guint i = 0; i < 5; i++)
    cse_expect (&fixture->cse, 2001, CSE_CREATE, "COther", "COther", CONTAINER);
}

static void
test_a_batch_that_is_dropped_takes_nothing (Fixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  (void) data;
  g_autofree char *before = cse_ledger (cse);
  for (guint i = 0; i < 10; i++)
    {
      faulty_store_arm (FAULT_COMMIT, 1, 0);
      cse_expect (cse, 5000, CSE_CREATE, "CDevice", "CDevice", CONTAINER);
      g_assert_true (faulty_store_disarm ());
      g_autofree char *after = cse_ledger (cse);
      g_assert_cmpstr (after, ==, before);
    }
  for (guint i = 0; i < 4; i++)
    creates (fixture, "CDevice", CONTAINER);
}

/* One step of a random life below @top. */
static void
step (Fixture *fixture, const char *top)
{
  CseFixture *cse = &fixture->cse;
  static const char *const kinds[] = {
    CONTAINER,
    "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"mni\":2,\"lbl\":[\"a\",\"b:c\"]}}",
    "\"ty\":3,\"pc\":{\"m2m:cnt\":{\"mbs\":25}}",
    INSTANCE,
    INSTANCE,
    INSTANCE,
    "\"ty\":23,\"pc\":{\"m2m:sub\":{\"nu\":[\"CDevice\"]}}",
  };
  const gint what = g_test_rand_int_range (0, 12);
  g_auto (CseAnswer) answer =
    what < 7    ? cse_request (cse, CSE_CREATE, "CDevice", top, kinds[what])
    : what == 7 ? cse_request (cse, CSE_DELETE, "CDevice", top, NULL)
    : what == 8 ? cse_request (cse, CSE_UPDATE, "CDevice", top,
                               "\"pc\":{\"m2m:cnt\":{\"mni\":1,\"lbl\":[\"longer\"]}}")
                : cse_request (cse, CSE_CREATE, "CDevice", top, INSTANCE);
  g_assert_cmpint (answer.rsc, !=, 5000);
}

static void
test_it_is_exact_after_a_restart (Fixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  const CseParts parts = { .clock = fixture->clock, .store = &faulty_store_ops };
  (void) data;
  cse->quiet = TRUE;
  for (guint round = 0; round < 5; round++)
    {
      for (guint i = 0; i < 40; i++)
        {
          g_autofree char *top = cse_create (cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{}}");
          g_autofree char *below = cse_create (cse, "CDevice", top, 3, "{\"m2m:cnt\":{}}");
          for (guint j = 0; j < 10; j++)
            step (fixture, g_test_rand_bit () ? top : below);
        }
      cse_settle (cse);
      g_autofree char *lived = cse_ledger (cse);
      faulty_store_keep (TRUE);
      cse_fixture_tear_down (cse);
      cse_fixture_set_up_with (cse, NULL, &parts);
      cse->quiet = TRUE;
      cse_settle (cse);
      g_autofree char *loaded = cse_ledger (cse);
      g_assert_cmpstr (loaded, ==, lived);
      g_assert_true (g_str_has_prefix (loaded, "CDevice "));
    }
}

/* One step of a random life of a shared container. */
static void
shared_step (Fixture *fixture, char **top)
{
  CseFixture *cse = &fixture->cse;
  static const char *const writers[] = { "CDevice", "COther", "CAdmin", "/mn/Cfar" };
  static const char *const bounds[] = { "5", "3", "null" };
  const char *writer = writers[g_test_rand_int_range (0, G_N_ELEMENTS (writers))];
  const gint what = g_test_rand_int_range (0, 20);
  g_autofree char *end = g_strconcat (*top, what % 2 == 0 ? "/la" : "/ol", NULL);
  g_autofree char *update =
    g_strdup_printf ("\"pc\":{\"m2m:cnt\":{\"mni\":%s}}", bounds[what % 3]);
  if (what == 0)
    {
      cse_expect (cse, 2002, CSE_DELETE, "CAdmin", *top, NULL);
      g_free (*top);
      *top = shared_container (fixture, ",\"mbs\":65");
      return;
    }
  g_auto (CseAnswer) answer = what < 4   ? cse_request (cse, CSE_DELETE, "CAdmin", end, NULL)
                              : what < 6 ? cse_request (cse, CSE_UPDATE, "CAdmin", *top, update)
                                         : cse_request (cse, CSE_CREATE, writer, *top, INSTANCE);
  g_assert_cmpint (answer.rsc, !=, 5000);
}

/* resources=0: nobody is refused */
static void
test_a_shared_container_is_exact_after_a_restart (Fixture *fixture, gconstpointer data)
{
  CseFixture *cse = &fixture->cse;
  const CseParts parts = { .clock = fixture->clock, .store = &faulty_store_ops };
  (void) data;
  cse->quiet = TRUE;
  g_autofree char *top = shared_container (fixture, "");
  for (guint round = 0; round < 5; round++)
    {
      for (guint i = 0; i < 200; i++)
        shared_step (fixture, &top);
      for (guint i = 0; i < 2; i++)
        writes (fixture, "CDevice", top);
      cse_settle (cse);
      g_autofree char *lived = cse_ledger (cse);
      faulty_store_keep (TRUE);
      cse_fixture_tear_down (cse);
      cse_fixture_set_up_with (cse, NULL, &parts);
      cse->quiet = TRUE;
      cse_settle (cse);
      g_autofree char *loaded = cse_ledger (cse);
      g_assert_cmpstr (loaded, ==, lived);
    }
  cse_expect (cse, 2002, CSE_DELETE, "CAdmin", top, NULL);
  cse_settle (cse);
  assert_holds (fixture, "COther", 0, 0);
  assert_holds (fixture, "CDevice", 1, 0);
}

static gboolean
note_holder (gpointer data, const char *holder, GhHolding *out)
{
  char **last = data;
  *out = (GhHolding){ 0 };
  g_free (*last);
  *last = g_strdup (holder);
  return TRUE;
}

static void
test_a_cse_is_one_for_all_behind_it (void)
{
  static const struct {
    const char *owner, *holder;
  } rows[] = {
    { "Ccam", "Ccam" },
    { "Scam", "Scam" },
    { "/mn", "/mn" },
    { "/mn/Ccam", "/mn" },
    { "/mn/C1/2", "/mn" },
    { "//example.org/mn", "//example.org/mn" },
    { "//example.org/mn/Ccam", "//example.org/mn" },
    { "//example.org", "//example.org" },
    { "/", "/" },
    { "//", "//" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *last = NULL;
      GhLedger *ledger = gh_ledger_new (note_holder, &last);
      const GhLedgerClaim claim = { .originator = "Casks",
                                    .owner = rows[i].owner,
                                    .more = { .resources = 1 } };
      g_assert_true (gh_ledger_has_room (ledger, &claim, NULL));
      g_assert_cmpstr (last, ==, rows[i].holder);
      gh_ledger_free (ledger);
    }
}

/* Who has something already is bounded by what is in force, and no longer by what was. */
static void
test_other_bounds_hold_for_who_is_known (Fixture *fixture, gconstpointer data)
{
  GhQuotas *quotas = fixture->cse.cse->service->quotas;
  g_autoptr (GError) error = NULL;
  (void) data;
  for (guint i = 0; i < 4; i++)
    creates (fixture, "CDevice", CONTAINER);
  is_full (fixture, "CDevice has 5 resources here, and may have 5", "CDevice", CONTAINER);
  g_assert_true (
    gh_quotas_set (quotas, &(GhQuotaLimits){ .stored.resources = 6 }, NULL, &error));
  creates (fixture, "CDevice", CONTAINER);
  is_full (fixture, "CDevice has 6 resources here, and may have 6", "CDevice", CONTAINER);
  g_assert_true (
    gh_quotas_set (quotas, &(GhQuotaLimits){ .stored.resources = 2 }, NULL, &error));
  is_full (fixture, "CDevice has 6 resources here, and may have 2", "CDevice", CONTAINER);
  g_assert_no_error (error);
}

#define ADD(name, quota, func) g_test_add ("/ledger/" name, Fixture, quota, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("who-fills-the-store-is-refused-alone", "resources=5",
       test_who_fills_the_store_is_refused_alone);
  ADD ("one-batch-is-no-way-around", "resources=5", test_one_batch_is_no_way_around);
  ADD ("other-bounds-hold-for-who-is-known", "resources=5",
       test_other_bounds_hold_for_who_is_known);
  ADD ("a-delete-gives-back", "resources=5", test_a_delete_gives_back);
  ADD ("one-instance-gives-back", "resources=5", test_one_instance_gives_back);
  ADD ("what-expires-gives-back", "resources=5", test_what_expires_gives_back);
  ADD ("a-container-that-rotates-goes-on", "resources=5", test_a_container_that_rotates_goes_on);
  ADD ("octets", "octets=4000", test_octets);
  ADD ("subscriptions", "subscriptions=2", test_subscriptions);
  ADD ("instances-count-for-whom-their-container-does", "resources=5",
       test_instances_count_for_whom_their_container_does);
  ADD ("exceptions", "exceptions=CDevice resources=2", test_exceptions);
  ADD ("a-batch-that-is-dropped-takes-nothing", "resources=5",
       test_a_batch_that_is_dropped_takes_nothing);
  ADD ("it-is-exact-after-a-restart", "resources=1000000", test_it_is_exact_after_a_restart);
  ADD ("who-writes-into-a-shared-container-pays", "resources=5",
       test_who_writes_into_a_shared_container_pays);
  ADD ("a-shared-container-that-rotates", "resources=5", test_a_shared_container_that_rotates);
  ADD ("a-group-is-no-way-around", "resources=5", test_a_group_is_no_way_around);
  ADD ("a-shared-batch-that-is-dropped", "resources=5", test_a_shared_batch_that_is_dropped);
  ADD ("a-shared-container-is-exact-after-a-restart", "resources=0",
       test_a_shared_container_is_exact_after_a_restart);
  g_test_add_func ("/ledger/a-cse-is-one-for-all-behind-it", test_a_cse_is_one_for_all_behind_it);
  return g_test_run ();
}
