/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tour-secure.h"

#include "gh-http-client.h"

#include <string.h>

#define KITCHEN    "Ckitchen"
#define KITCHEN_ID "kitchen@tour.example"
#define READER     "Creader"
/* as the defaults of the configuration name the CSE */
#define READER_ID "//localhost/gatehouse/" READER

enum { TYPE_POLICY = 1, TYPE_AE = 2, TYPE_CONTAINER = 3, TYPE_INSTANCE = 4 };

#define KITCHEN_AE                                                                    \
  "{\"m2m:ae\":{\"rn\":\"kitchen\",\"api\":\"N.org.gatehouse.kitchen\",\"rr\":false," \
  "\"srv\":[\"3\"]}}"
#define KITCHEN_POLICY                                                     \
  "{\"m2m:acp\":{\"rn\":\"readers\",\"pv\":{\"acr\":[{\"acor\":[\"" READER \
  "\"],\"acop\":34},{\"acor\":[\"" KITCHEN                                 \
  "\"],\"acop\":63}]},\"pvs\":{\"acr\":[{\"acor\":[\"" KITCHEN "\"],\"acop\":63}]}}}"
#define KITCHEN_CONTAINER "{\"m2m:cnt\":{\"rn\":\"temperature\",\"acpi\":[\"%s/kitchen/readers\"]}}"
#define KITCHEN_INSTANCE  "{\"m2m:cin\":{\"con\":\"21.5\"}}"

/* Runs a program to its end. Returns: (transfer full): what it printed; NULL when it failed */
static char *
run (const TourSecure *secure, const char *const *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *said = NULL;
  char *output = NULL;
  int status = 0;

  if (g_spawn_sync (NULL, (char **) arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output,
                    &said, &status, &error)
      && g_spawn_check_wait_status (status, &error))
    return output;
  secure->detail (secure->user_data, error->message);
  if (said != NULL && *said != '\0')
    secure->detail (secure->user_data, g_strchomp (said));
  g_free (output);
  return NULL;
}

G_GNUC_NULL_TERMINATED
static gboolean
ghctl (const TourSecure *secure, ...)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  va_list list;

  g_ptr_array_add (arguments, (char *) secure->ghctl);
  va_start (list, secure);
  for (char *text = va_arg (list, char *); text != NULL; text = va_arg (list, char *))
    g_ptr_array_add (arguments, text);
  va_end (list);
  g_ptr_array_add (arguments, NULL);
  g_autofree char *output = run (secure, (const char *const *) arguments->pdata);
  return output != NULL;
}

static char *
file (const TourSecure *secure, const char *name)
{
  return g_build_filename (secure->folder, name, NULL);
}

/* "KpsaID HEX", as ghctl hands it out, becomes the octets that libcoap's client reads. */
static gboolean
split_key (const TourSecure *secure, const char *from, const char *to)
{
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) key = g_byte_array_new ();

  if (!g_file_get_contents (from, &line, NULL, &error))
    {
      secure->detail (secure->user_data, error->message);
      return FALSE;
    }
  const char *hex = strrchr (g_strchomp (line), ' ');
  for (hex = hex != NULL ? hex + 1 : line; g_ascii_isxdigit (hex[0]) && g_ascii_isxdigit (hex[1]);
       hex += 2)
    {
      const guint8 octet = (guint8) (g_ascii_xdigit_value (hex[0]) * 16
                                     + g_ascii_xdigit_value (hex[1]));
      g_byte_array_append (key, &octet, 1);
    }
  return g_file_set_contents_full (to, (const char *) key->data, key->len,
                                   G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error);
}

static gboolean
make_credentials (const TourSecure *secure)
{
  g_autofree char *key = file (secure, "kitchen.line");
  g_autofree char *octets = file (secure, "kitchen.key");
  g_autofree char *certificate = file (secure, "reader.pem");
  const char *const authority[] = { secure->ghctl, "ca", "certificates", NULL };
  const gboolean keys = ghctl (secure, "credential", "generate", KITCHEN_ID, "--identity", KITCHEN,
                               "--output", key, NULL)
                        && split_key (secure, key, octets);

  if (!secure->step (secure->user_data, keys, "a key for " KITCHEN ", made on the spot"))
    return FALSE;
  const gboolean issued = ghctl (secure, "ca", "issue", "ae", READER_ID, "--output", certificate,
                                 NULL);
  g_autofree char *trusted = issued ? run (secure, authority) : NULL;
  g_autofree char *anchors = file (secure, "ca.pem");
  return secure->step (secure->user_data,
                       trusted != NULL && g_file_set_contents (anchors, trusted, -1, NULL),
                       "a certificate for " READER ", issued by the CSE's own authority");
}

/* One request over coaps. Returns: (transfer full): what the client printed; NULL: no answer */
static char *
coap (const TourSecure *secure, const char *method, const char *path, const char *type,
      const char *body)
{
  g_autofree char *key = file (secure, "kitchen.key");
  g_autofree char *uri = g_strdup_printf ("%s/%s", secure->coaps, path);
  const char *const arguments[] = { secure->coap, "-m", method, "-f", KITCHEN, "-v", "3",
                                    "-t",         type, "-F",   "50", "-e",    body, "-u",
                                    KITCHEN_ID,   "-k", key,    uri,  NULL };

  return run (secure, arguments);
}

static gboolean
coap_creates (const TourSecure *secure, const char *path, const char *type, const char *body,
              const char *text)
{
  g_autofree char *answer = coap (secure, "post", path, type, body);
  const gboolean kept = answer != NULL && strstr (answer, "rsc 2001") != NULL;

  if (!kept && answer != NULL)
    secure->detail (secure->user_data, g_strchomp (answer));
  return secure->step (secure->user_data, kept, text);
}

static gboolean
publish (const TourSecure *secure)
{
  g_autofree char *ae = g_strdup_printf ("%s/kitchen", secure->cse);
  g_autofree char *container = g_strdup_printf ("%s/temperature", ae);
  g_autofree char *content = g_strdup_printf (KITCHEN_CONTAINER, secure->cse);

  return coap_creates (secure, secure->cse, "2", KITCHEN_AE,
                       KITCHEN " registers over coaps, proven by its key")
         && coap_creates (secure, ae, "1", KITCHEN_POLICY, "lets " READER " read")
         && coap_creates (secure, ae, "3", content, "makes a container")
         && coap_creates (secure, container, "4", KITCHEN_INSTANCE, "and publishes 21.5");
}

static gboolean
expect (const TourSecure *secure, GhHttpClient *client, const char *method, const char *path,
        guint rsc, const char *holds, const char *text)
{
  g_auto (GhHttpAnswer) answer = { 0 };
  g_autoptr (GError) error = NULL;
  const gboolean answered = gh_http_client_request (client, method, path, 0, NULL, &answer, &error);
  const gboolean kept = answered && answer.rsc == rsc
                        && (holds == NULL || strstr (answer.body, holds) != NULL);

  if (!answered)
    secure->detail (secure->user_data, error->message);
  else if (!kept)
    secure->detail (secure->user_data, answer.body);
  return secure->step (secure->user_data, kept, text);
}

static gboolean
register_reader (const TourSecure *secure, GhHttpClient *client)
{
  g_auto (GhHttpAnswer) answer = { 0 };
  g_autoptr (GError) error = NULL;
  const gboolean kept = gh_http_client_request (
                          client, "POST", secure->cse, TYPE_AE,
                          "{\"m2m:ae\":{\"rn\":\"reader\",\"api\":\"N.org.gatehouse.reader\","
                          "\"rr\":false,\"srv\":[\"3\"]}}",
                          &answer, &error)
                        && answer.rsc == 2001;

  if (error != NULL || !kept)
    secure->detail (secure->user_data, error != NULL ? error->message : answer.body);
  return secure->step (secure->user_data, kept,
                       READER " registers over https, proven by its certificate");
}

static gboolean
nobody_answers (GhHttpClient *client, const char *path)
{
  g_auto (GhHttpAnswer) answer = { 0 };
  g_autoptr (GError) error = NULL;

  return !gh_http_client_request (client, "GET", path, 0, NULL, &answer, &error);
}

static gboolean
read_and_be_refused (const TourSecure *secure)
{
  g_autofree char *certificate = file (secure, "reader.pem");
  g_autofree char *anchors = file (secure, "ca.pem");
  g_autofree char *latest = g_strdup_printf ("%s/kitchen/temperature/la", secure->cse);
  g_autofree char *kitchen = g_strdup_printf ("%s/kitchen", secure->cse);
  g_autoptr (GhHttpClient) reader = gh_http_client_new (secure->https, READER);
  g_autoptr (GhHttpClient) thief = gh_http_client_new (secure->https, KITCHEN);
  g_autoptr (GhHttpClient) nobody = gh_http_client_new (secure->https, READER);
  gboolean kept = TRUE;

  gh_http_client_set_tls (reader, certificate, anchors);
  gh_http_client_set_tls (thief, certificate, anchors);
  gh_http_client_set_tls (nobody, NULL, anchors);
  if (!register_reader (secure, reader))
    return FALSE;
  if (secure->coaps != NULL)
    {
      kept &= expect (secure, reader, "GET", latest, 2000, "21.5", READER " reads 21.5 over https");
      kept &= expect (secure, reader, "DELETE", kitchen, 4103, NULL,
                      "4103  and may not delete what it reads");
    }
  kept &= expect (secure, thief, "GET", kitchen, 4106, NULL,
                  "4106  the same certificate may not borrow the AE-ID " KITCHEN);
  kept &= secure->step (secure->user_data, nobody_answers (nobody, kitchen),
                        "without a credential there is no answer at all");
  return kept;
}

static gboolean
revoke_key (const TourSecure *secure)
{
  g_autofree char *key = file (secure, "kitchen.key");
  g_autofree char *uri = g_strdup_printf ("%s/%s/kitchen", secure->coaps, secure->cse);
  const char *const again[] = { secure->coap, "-B",       "2",  "-f", KITCHEN, "-v", "3",
                                "-u",         KITCHEN_ID, "-k", key,  uri,     NULL };
  g_autofree char *output = NULL;
  int status = 0;
  const gboolean revoked = ghctl (secure, "credential", "revoke", "12-" KITCHEN_ID, NULL);

  g_spawn_sync (NULL, (char **) again, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
                NULL, &output, NULL, &status, NULL);
  return secure->step (secure->user_data,
                       revoked && output != NULL && strstr (output, "rsc") == NULL,
                       "a revoked key opens nothing any more");
}

gboolean
tour_secure (const TourSecure *secure)
{
  if (!make_credentials (secure))
    return FALSE;
  const gboolean coaps = secure->coaps != NULL && secure->coap != NULL;
  if (!coaps)
    secure->detail (secure->user_data,
                    "no client of libcoap beside this program: the steps over coaps are left out");
  TourSecure rest = *secure;
  if (!coaps)
    rest.coaps = NULL;
  if (coaps && !publish (secure))
    return FALSE;
  return read_and_be_refused (&rest) && (!coaps || revoke_key (secure));
}
