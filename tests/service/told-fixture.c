/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "told-fixture.h"

#include <string.h>

#define SELF "\"pvs\":{\"acr\":[" TOLD_CAN_ALL "]}"

static void
told_start (CseFixture *cse, gconstpointer data)
{
  const CseParts parts = { .store = &faulty_store_ops, .transport = &fake_transport_ops };
  cse_fixture_set_up_with (cse, data, &parts);
}

void
told_make_device (CseFixture *cse)
{
  g_free (cse_create (
    cse, "CDevice", "gatehouse", 2,
    "{\"m2m:ae\":{\"rn\":\"device\",\"api\":\"Ndevice\",\"rr\":true,\"srv\":[\"3\"]}}"));
  g_free (cse_create (cse, "CDevice", "CDevice", 3, "{\"m2m:cnt\":{\"rn\":\"load\"}}"));
}

void
told_set_up (CseFixture *cse, gconstpointer data)
{
  fake_transport_reset ();
  told_start (cse, data);
  told_make_device (cse);
}

void
told_tear_down (CseFixture *cse, gconstpointer data)
{
  (void) data;
  cse_fixture_tear_down (cse);
  faulty_store_keep (FALSE);
  fake_transport_reset ();
}

void
told_publish (CseFixture *cse, guint from, guint to)
{
  for (guint i = from; i <= to; i++)
    {
      g_autofree char *body = g_strdup_printf ("{\"m2m:cin\":{\"con\":\"n%u\"}}", i);
      g_free (cse_create (cse, "CDevice", TOLD_LOAD, 4, body));
    }
}

char *
told_subscribe (CseFixture *cse, const char *members)
{
  g_autofree char *content = g_strdup_printf ("{\"m2m:sub\":{\"nu\":[\"fake://a/\"],%s}}", members);
  return cse_create (cse, "CDevice", TOLD_LOAD, 23, content);
}

void
told_expect (const char *text, const char *id)
{
  g_autoptr (FakeDelivery) delivery = fake_transport_take ();
  g_assert_nonnull (strstr (delivery->body, text));
  g_assert_true (id == NULL || strstr (delivery->body, id) != NULL);
}

void
told_expect_number (guint i, const char *id)
{
  g_autofree char *text = g_strdup_printf ("\"con\":\"n%u\"", i);
  told_expect (text, id);
}

void
told_restart (CseFixture *cse, gconstpointer data)
{
  faulty_store_keep (TRUE);
  cse_fixture_tear_down (cse);
  fake_transport_reset ();
  told_start (cse, data);
}

void
told_make_policy (CseFixture *cse, const char *name, const char *rules)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:acp\":{\"rn\":\"%s\",\"pv\":{\"acr\":[" TOLD_CAN_ALL "%s%s]}," SELF "}}", name,
    rules != NULL ? "," : "", rules != NULL ? rules : "");
  g_free (cse_create (cse, "CDevice", "CDevice", 1, content));
}

void
told_set_policy (CseFixture *cse, const char *acpi)
{
  g_autofree char *content = g_strdup_printf ("\"pc\":{\"m2m:cnt\":{\"acpi\":[\"%s\"]}}", acpi);
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", TOLD_LOAD, content);
}

void
told_let_other_read (CseFixture *cse, const char *policy)
{
  g_autofree char *to = g_strdup_printf ("gatehouse/device/%s", policy);
  cse_expect (cse, 2004, CSE_UPDATE, "CDevice", to,
              "\"pc\":{\"m2m:acp\":{\"pv\":{\"acr\":[" TOLD_CAN_ALL
              "," TOLD_READS ("COther") "]}}}");
}

char *
told_other_subscribes (CseFixture *cse, const char *criteria)
{
  g_autofree char *content = g_strdup_printf (
    "{\"m2m:sub\":{\"nu\":[\"fake://a/\"],\"enc\":{%s},\"psn\":99}}", criteria);
  return cse_create (cse, "COther", TOLD_LOAD, 23, content);
}
