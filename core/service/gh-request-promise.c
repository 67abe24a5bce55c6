/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "service/gh-request-promise.h"

#include "security/gh-security.h"
#include "service/gh-identity.h"
#include "service/gh-request-mode.h"

#include <string.h>

/* Beside the content. */
#define ROOM 16384

#define ADDRESS_OCTETS 16

/* One line, before the primitive: form of the line, received, to be executed, proof, its strength,
 * credential and its generation, peer. */
enum { FORM, RECEIVED, EXECUTE, PROOF, STRENGTH, CREDENTIAL, GENERATION, PEER, N_FIELDS };

static char *
key_of (const char *id)
{
  return g_strconcat ("promise ", id, NULL);
}

static void
print_address (const guint8 *address, char out[ADDRESS_OCTETS * 2 + 1])
{
  if (address == NULL)
    g_strlcpy (out, "-", ADDRESS_OCTETS * 2 + 1);
  for (guint i = 0; address != NULL && i < ADDRESS_OCTETS; i++)
    g_snprintf (out + i * 2, 3, "%02x", address[i]);
}

/* FALSE: there is none. */
static gboolean
read_address (const char *text, guint8 out[ADDRESS_OCTETS])
{
  if (strlen (text) != ADDRESS_OCTETS * 2 || strspn (text, "0123456789abcdef") != strlen (text))
    return FALSE;
  for (guint i = 0; i < ADDRESS_OCTETS; i++)
    out[i] = (guint8) (g_ascii_xdigit_value (text[i * 2]) * 16
                       + g_ascii_xdigit_value (text[i * 2 + 1]));
  return TRUE;
}

char *
gh_request_promise_render (const GhJob *job, gint64 execute_us)
{
  const GhPrincipal *principal = job->principal;
  char address[ADDRESS_OCTETS * 2 + 1];
  /* a certificate without an entry of its own is not there any more to be judged */
  if (gh_principal_get_anchor (principal) != 0)
    return NULL;
  g_autoptr (GhBuffer) primitive = gh_request_to_json (job->request);
  if (primitive->length > job->service->options.result_octets + ROOM)
    return NULL;
  print_address (gh_principal_get_peer_address (principal), address);
  return g_strdup_printf ("3 %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %d %u %" G_GUINT64_FORMAT
                          " %u %s\n%.*s",
                          job->request->received_us, execute_us,
                          (gint) gh_principal_get_proof (principal),
                          gh_principal_get_strength (principal),
                          gh_principal_get_credential (principal),
                          gh_principal_get_generation (principal), address,
                          (int) primitive->length, primitive->data);
}

gboolean
gh_request_promise_keep (GhWriter *writer, const char *id, const char *promise, GError **error)
{
  g_autofree char *key = key_of (id);
  return gh_effect_keep (writer, key, promise, error);
}

/* Who asked, as far as that is still so. */
static GhPrincipal *
recall_principal (const GhService *service, char **fields, GhFault *fault)
{
  const GhProof proof = (GhProof) g_ascii_strtoll (fields[PROOF], NULL, 10);
  guint8 octets[ADDRESS_OCTETS];
  const guint8 *peer = read_address (fields[PEER], octets) ? octets : NULL;
  if (proof == GH_PROOF_LOCAL && service->local != NULL)
    return gh_principal_ref (service->local);
  if (proof == GH_PROOF_NONE && service->options.development)
    {
      g_autoptr (GInetAddress) address = peer != NULL ? g_inet_address_new_from_bytes (
                                           peer, G_SOCKET_FAMILY_IPV6)
                                                      : NULL;
      return gh_principal_new_claimed (address);
    }
  const GhRecall proven = { .proof = proof,
                            .strength = (guint) g_ascii_strtoull (fields[STRENGTH], NULL, 10),
                            .credential = g_ascii_strtoull (fields[CREDENTIAL], NULL, 10),
                            .generation = (guint) g_ascii_strtoull (fields[GENERATION], NULL, 10),
                            .peer_address = peer };
  if (proven.credential != 0 && service->security != NULL)
    return gh_security_recall (service->security, &proven, fault);
  gh_fault_set (fault, GH_ERROR_NOT_AUTHENTICATED,
                "From: nothing proves the originator any more");
  return NULL;
}

static GhJob *
recall (GhService *service, char *text, gint64 *out_execute_us, GhFault *fault)
{
  char *primitive = strchr (text, '\n');
  if (primitive != NULL)
    *primitive++ = '\0';
  g_auto (GStrv) fields = g_strsplit (text, " ", N_FIELDS + 1);
  if (primitive == NULL || g_strv_length (fields) != N_FIELDS
      || strcmp (fields[FORM], "3") != 0)
    {
      gh_fault_set (fault, GH_ERROR_CANCELLED, "the CSE cannot read what it had promised");
      return NULL;
    }
  GhRequest *request = gh_request_from_json (primitive, strlen (primitive), fault);
  if (request == NULL)
    return NULL;
  GhJob *job = g_new0 (GhJob, 1);
  job->service = service;
  job->request = request;
  job->release = gh_request_release (request);
  request->received_us = g_ascii_strtoll (fields[RECEIVED], NULL, 10);
  *out_execute_us = g_ascii_strtoll (fields[EXECUTE], NULL, 10);
  job->principal = recall_principal (service, fields, fault);
  if (job->principal != NULL && gh_check_identity (job, fault))
    return job;
  gh_job_free (job);
  return NULL;
}

GhJob *
gh_request_promise_recall (GhService *service, const char *id, gint64 *out_execute_us,
                           GhFault *fault)
{
  g_autofree char *key = key_of (id), *text = NULL;
  g_autoptr (GError) error = NULL;
  if (!service->store_ops->get_meta (service->store, key, &text, &error))
    gh_fault_from_error (fault, error);
  return text != NULL ? recall (service, text, out_execute_us, fault) : NULL;
}
