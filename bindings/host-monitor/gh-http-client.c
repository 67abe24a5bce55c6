/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-http-client.h"

#include <curl/curl.h>
#include <string.h>

#define BODY_LIMIT (4 * 1024 * 1024)
#define TIMEOUT_S  10L

struct _GhHttpClient {
  CURL *curl;
  char *certificate, *authority; /* files; NULL: none */
  char *base_url;
  char *originator;
  guint64 counter;
};

typedef struct {
  GString *body;
  GhHttpAnswer *answer;
} Reception;

void
gh_http_answer_clear (GhHttpAnswer *answer)
{
  g_clear_pointer (&answer->body, g_free);
  g_clear_pointer (&answer->location, g_free);
  answer->http_status = 0;
  answer->rsc = 0;
}

static size_t
take_body (char *data, size_t size, size_t n, void *user_data)
{
  Reception *reception = user_data;

  if (reception->body->len + size * n > BODY_LIMIT)
    return 0;
  g_string_append_len (reception->body, data, size * n);
  return size * n;
}

static size_t
take_header (char *data, size_t size, size_t n, void *user_data)
{
  static const char rsc[] = "X-M2M-RSC:", location[] = "Content-Location:";
  Reception *reception = user_data;
  g_autofree char *line = g_strndup (data, size * n);

  if (g_ascii_strncasecmp (line, rsc, strlen (rsc)) == 0)
    reception->answer->rsc = (guint) g_ascii_strtoull (line + strlen (rsc), NULL, 10);
  else if (g_ascii_strncasecmp (line, location, strlen (location)) == 0)
    {
      g_free (reception->answer->location);
      reception->answer->location = g_strstrip (g_strdup (line + strlen (location)));
    }
  return size * n;
}

GhHttpClient *
gh_http_client_new (const char *base_url, const char *originator)
{
  static gsize initialised = 0;
  GhHttpClient *client = g_new0 (GhHttpClient, 1);

  if (g_once_init_enter (&initialised))
    {
      curl_global_init (CURL_GLOBAL_DEFAULT);
      g_once_init_leave (&initialised, 1);
    }
  client->curl = curl_easy_init ();
  client->base_url = g_strdup (base_url);
  client->originator = g_strdup (originator);
  return client;
}

void
gh_http_client_set_tls (GhHttpClient *client, const char *certificate, const char *authority)
{
  g_free (client->certificate);
  g_free (client->authority);
  client->certificate = g_strdup (certificate);
  client->authority = g_strdup (authority);
}

static void
set_tls (GhHttpClient *client)
{
  CURL *curl = client->curl;

  if (client->authority == NULL)
    return;
  curl_easy_setopt (curl, CURLOPT_CAINFO, client->authority);
  if (client->certificate == NULL)
    return;
  curl_easy_setopt (curl, CURLOPT_SSLCERT, client->certificate);
  curl_easy_setopt (curl, CURLOPT_SSLKEY, client->certificate);
}

void
gh_http_client_free (GhHttpClient *client)
{
  g_free (client->certificate);
  g_free (client->authority);
  g_clear_pointer (&client->curl, curl_easy_cleanup);
  g_free (client->base_url);
  g_free (client->originator);
  g_free (client);
}

static void
append_header (struct curl_slist **headers, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *line = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  *headers = curl_slist_append (*headers, line);
}

static struct curl_slist *
make_headers (GhHttpClient *client, gint type, gboolean has_body)
{
  struct curl_slist *headers = NULL;

  append_header (&headers, "X-M2M-Origin: %s", client->originator);
  append_header (&headers, "X-M2M-RI: %s-%" G_GUINT64_FORMAT, client->originator,
                 ++client->counter);
  append_header (&headers, "X-M2M-RVI: 3");
  append_header (&headers, "Accept: application/json");
  append_header (&headers, "Expect:");
  if (has_body && type != 0)
    append_header (&headers, "Content-Type: application/json;ty=%d", type);
  else if (has_body)
    append_header (&headers, "Content-Type: application/json");
  return headers;
}

gboolean
gh_http_client_request (GhHttpClient *client, const char *method, const char *path, gint type,
                        const char *body, GhHttpAnswer *answer, GError **error)
{
  g_autofree char *url = g_strdup_printf ("%s/%s", client->base_url, path);
  char reason[CURL_ERROR_SIZE] = "";
  g_autoptr (GString) received = g_string_new (NULL);
  Reception reception = { received, answer };
  CURL *curl = client->curl;

  gh_http_answer_clear (answer);
  struct curl_slist *headers = make_headers (client, type, body != NULL);
  /* Options go with the request, the connection stays. */
  curl_easy_reset (curl);
  curl_easy_setopt (curl, CURLOPT_URL, url);
  curl_easy_setopt (curl, CURLOPT_CUSTOMREQUEST, method);
  curl_easy_setopt (curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt (curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt (curl, CURLOPT_WRITEDATA, &reception);
  curl_easy_setopt (curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt (curl, CURLOPT_HEADERDATA, &reception);
  curl_easy_setopt (curl, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt (curl, CURLOPT_TIMEOUT, TIMEOUT_S);
  curl_easy_setopt (curl, CURLOPT_NOSIGNAL, 1L);
  /* A proxy of the environment is not for what runs on this machine. */
  curl_easy_setopt (curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt (curl, CURLOPT_PROTOCOLS_STR, client->authority != NULL ? "https" : "http");
  set_tls (client);
  if (body != NULL)
    curl_easy_setopt (curl, CURLOPT_POSTFIELDS, body);
  CURLcode code = curl_easy_perform (curl);
  curl_slist_free_all (headers);
  if (code != CURLE_OK)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", url,
                   reason[0] != '\0' ? reason : curl_easy_strerror (code));
      return FALSE;
    }
  curl_easy_getinfo (curl, CURLINFO_RESPONSE_CODE, &answer->http_status);
  answer->body = g_string_free (g_steal_pointer (&received), FALSE);
  return TRUE;
}
