/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <coap3/coap.h>
#include <dlfcn.h>
#include <getopt.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* A oneM2M client over CoAP that shares no source with Gatehouse: libcoap does everything, from the
 * options to DTLS. Built once with each of libcoap's TLS libraries. It asks once and prints what it
 * is told, one line each: "code 2.05", "rsc 2000", "rqi r1", "location ~/id/cse/ae", "format 50",
 * "payload {...}". Exit status: 0 an answer came, 1 usage, 2 no answer, 3 a refusal, with -x. */

/* TS-0008 table 6.2.2.4.0-1, and the numbers of the first releases. */
enum { FR, RQI, RSC, RVI, TY, EC, OT, GID, N_PARAMETERS };
static const uint16_t numbers[2][N_PARAMETERS] = {
  { 279, 283, 307, 271, 267, 303, 259, 311 },
  { 256, 257, 265, 271, 267, 264, 259, 266 },
};

typedef struct {
  const char *method, *payload, *identity, *key_file, *certificate, *private_key, *authority,
    *raw_key, *token, *written;
  const char *from, *request, *release, *type, *format, *accept;
  const char *extra[16]; /* NUMBER=TEXT */
  int n_extra;
  int observe_s, wait_s, block;
  int set;
  bool non, strict;
  const char *uri;
} Options;

static Options options = { .method = "get", .wait_s = 5, .request = "r1", .block = -1 };
static unsigned answers;
static bool refused;
static bool failed;
static bool ended; /* an observation, by an answer that is not 2.xx */

/* libcoap 4.3.1 has room for two registered options above 255, and an answer has three. The others
 * are let pass where those two are. */
int
coap_option_filter_get (coap_opt_filter_t *filter, coap_option_num_t number)
{
  static int (*next) (coap_opt_filter_t *, coap_option_num_t);
  int found;

  if (next == NULL)
    *(void **) &next = dlsym (RTLD_NEXT, "coap_option_filter_get");
  found = next (filter, number);
  if (found != 0 || number < 256 || number > 339)
    return found;
  return next (filter, numbers[options.set][RSC]) == 1
         && next (filter, numbers[options.set][RQI]) == 1;
}

static void
print_text (const char *name, coap_opt_t *option)
{
  printf ("%s %.*s\n", name, (int) coap_opt_length (option),
          (const char *) coap_opt_value (option));
}

static void
print_options (const coap_pdu_t *pdu)
{
  const uint16_t *set = numbers[options.set];
  char location[2048] = "";
  coap_opt_iterator_t iterator;
  coap_opt_t *option;

  coap_option_iterator_init (pdu, &iterator, COAP_OPT_ALL);
  while ((option = coap_option_next (&iterator)) != NULL)
    {
      unsigned value = coap_decode_var_bytes (coap_opt_value (option), coap_opt_length (option));

      if (iterator.number == set[RSC])
        printf ("rsc %u\n", value);
      else if (iterator.number == set[RQI])
        print_text ("rqi", option);
      else if (iterator.number == set[RVI])
        print_text ("rvi", option);
      else if (iterator.number == COAP_OPTION_CONTENT_FORMAT)
        printf ("format %u\n", value);
      else if (iterator.number == COAP_OPTION_MAXAGE)
        printf ("max-age %u\n", value);
      else if (iterator.number == COAP_OPTION_OBSERVE)
        printf ("observe %u\n", value);
      else if (iterator.number == COAP_OPTION_LOCATION_PATH)
        snprintf (location + strlen (location), sizeof location - strlen (location), "%s%.*s",
                  location[0] != '\0' ? "/" : "", (int) coap_opt_length (option),
                  (const char *) coap_opt_value (option));
      else if (iterator.number >= 256)
        printf ("option %u\n", iterator.number);
    }
  if (location[0] != '\0')
    printf ("location %s\n", location);
}

static coap_response_t
take_answer (coap_session_t *session, const coap_pdu_t *sent, const coap_pdu_t *received,
             const coap_mid_t id)
{
  coap_pdu_code_t code = coap_pdu_get_code (received);
  const uint8_t *data;
  size_t length, offset, total;

  (void) session;
  (void) sent;
  (void) id;
  printf ("code %u.%02u\n", code >> 5, code & 31);
  print_options (received);
  if (coap_get_data_large (received, &length, &data, &offset, &total) != 0 && length > 0)
    printf ("payload %.*s\n", (int) length, (const char *) data);
  fflush (stdout);
  ended = code >> 5 != 2;
  refused = refused || ended;
  answers++;
  return COAP_RESPONSE_OK;
}

static void
take_failure (coap_session_t *session, const coap_pdu_t *sent, const coap_nack_reason_t reason,
              const coap_mid_t id)
{
  static const char *const reasons[] = {
    "too-many-retries", "not-deliverable", "reset", "tls-failed", "icmp",
    "bad-response",     "tls-layer"
  };

  (void) session;
  (void) sent;
  (void) id;
  printf ("failed %s\n",
          (size_t) reason < sizeof reasons / sizeof reasons[0] ? reasons[reason] : "?");
  failed = true;
}

static int
take_event (coap_session_t *session, const coap_event_t event)
{
  (void) session;
  if (event == COAP_EVENT_DTLS_ERROR)
    printf ("event tls-error\n");
  else if (event == COAP_EVENT_DTLS_CLOSED)
    printf ("event tls-closed\n");
  return 0;
}

static bool
read_file (const char *path, uint8_t *out, size_t size, size_t *length)
{
  FILE *file = fopen (path, "rb");

  if (file == NULL)
    return false;
  *length = fread (out, 1, size, file);
  fclose (file);
  return *length > 0;
}

/* Identity and key as ghctl writes them: a line with both, the key in hexadecimal. */
static bool
read_written (const char *path, uint8_t *out, size_t size, size_t *length)
{
  static char identity[256];
  char digits[512];
  FILE *file = fopen (path, "r");
  bool good = file != NULL && fscanf (file, "%255s %511s", identity, digits) == 2;

  if (file != NULL)
    fclose (file);
  for (*length = 0; good && digits[2 * *length] != '\0'; (*length)++)
    good = *length < size && sscanf (digits + 2 * *length, "%2hhx", &out[*length]) == 1;
  options.identity = identity;
  if (!good)
    fprintf (stderr, "%s: not an identity and a key in hexadecimal\n", path);
  return good && *length > 0;
}

static bool
resolve (const coap_uri_t *uri, coap_address_t *out)
{
  const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
  struct addrinfo *list = NULL;
  char host[256], port[8];

  snprintf (host, sizeof host, "%.*s", (int) uri->host.length, (const char *) uri->host.s);
  snprintf (port, sizeof port, "%u", uri->port);
  if (getaddrinfo (host, port, &hints, &list) != 0)
    return false;
  coap_address_init (out);
  out->size = list->ai_addrlen;
  memcpy (&out->addr, list->ai_addr, list->ai_addrlen);
  freeaddrinfo (list);
  return true;
}

static int
accept_name (const char *name, const uint8_t *certificate, size_t size, coap_session_t *session,
             unsigned depth, int valid, void *user_data)
{
  (void) name;
  (void) certificate;
  (void) size;
  (void) session;
  (void) depth;
  (void) user_data;
  return valid;
}

/* One file has both halves of our key; the server may answer with a certificate. */
static coap_session_t *
open_with_raw_key (coap_context_t *context, const coap_address_t *address, coap_proto_t protocol,
                   coap_dtls_pki_t *pki)
{
  static uint8_t key[4096];
  size_t length;

  if (!read_file (options.raw_key, key, sizeof key - 1, &length))
    return NULL;
  pki->is_rpk_not_cert = 1;
  pki->pki_key.key_type = COAP_PKI_KEY_PEM_BUF;
  pki->pki_key.key.pem_buf.ca_cert = NULL;
  pki->pki_key.key.pem_buf.public_cert = pki->pki_key.key.pem_buf.private_key = key;
  pki->pki_key.key.pem_buf.public_cert_len = pki->pki_key.key.pem_buf.private_key_len = length + 1;
  return coap_new_client_session_pki (context, NULL, address, protocol, pki);
}

static coap_session_t *
open_session (coap_context_t *context, const coap_uri_t *uri)
{
  static const coap_proto_t protocols[] = { COAP_PROTO_UDP, COAP_PROTO_DTLS, COAP_PROTO_TCP,
                                            COAP_PROTO_TLS };
  static uint8_t key[256];
  coap_proto_t protocol = protocols[uri->scheme];
  static coap_dtls_cpsk_t psk = { .version = COAP_DTLS_CPSK_SETUP_VERSION };
  static coap_dtls_pki_t pki = { .version = COAP_DTLS_PKI_SETUP_VERSION };
  coap_address_t address;
  size_t length;

  if (!resolve (uri, &address))
    return NULL;
  if (protocol == COAP_PROTO_UDP || protocol == COAP_PROTO_TCP)
    return coap_new_client_session (context, NULL, &address, protocol);
  if (options.identity != NULL || options.written != NULL)
    {
      if (options.written != NULL ? !read_written (options.written, key, sizeof key, &length)
                                  : !read_file (options.key_file, key, sizeof key, &length))
        return NULL;
      psk.psk_info.identity.s = (const uint8_t *) options.identity;
      psk.psk_info.identity.length = strlen (options.identity);
      psk.psk_info.key.s = key;
      psk.psk_info.key.length = length;
      return coap_new_client_session_psk2 (context, NULL, &address, protocol, &psk);
    }
  /* The OpenSSL flavour looks for issuers here only. */
  if (options.authority != NULL
      && coap_context_set_pki_root_cas (context, options.authority, NULL) == 0)
    return NULL;
  pki.verify_peer_cert = 1;
  pki.check_common_ca = 0;
  pki.allow_expired_certs = 0;
  pki.cert_chain_validation = 1;
  pki.cert_chain_verify_depth = 3;
  pki.validate_cn_call_back = accept_name;
  if (options.raw_key != NULL)
    return open_with_raw_key (context, &address, protocol, &pki);
  pki.pki_key.key_type = COAP_PKI_KEY_PEM;
  pki.pki_key.key.pem.public_cert = options.certificate;
  pki.pki_key.key.pem.private_key = options.private_key;
  pki.pki_key.key.pem.ca_file = options.authority;
  return coap_new_client_session_pki (context, NULL, &address, protocol, &pki);
}

static void
add_text (coap_optlist_t **list, uint16_t number, const char *text)
{
  if (text != NULL)
    coap_insert_optlist (list, coap_new_optlist (number, strlen (text), (const uint8_t *) text));
}

static void
add_number (coap_optlist_t **list, uint16_t number, const char *text)
{
  uint8_t octets[4];

  if (text != NULL)
    coap_insert_optlist (
      list, coap_new_optlist (number,
                              coap_encode_var_safe (octets, sizeof octets, (unsigned) atoi (text)),
                              octets));
}

/* @text: one part of the path or the query, which may have escapes. */
static void
add_parts (coap_optlist_t **list, uint16_t number, const coap_str_const_t *text, char separator)
{
  char buffer[2048], *part = buffer;

  if (text->length == 0)
    return;
  snprintf (buffer, sizeof buffer, "%.*s", (int) text->length, (const char *) text->s);
  for (char *end; part != NULL; part = end)
    {
      end = strchr (part, separator);
      if (end != NULL)
        *end++ = '\0';
      add_text (list, number, part);
    }
}

static void
add_options (coap_optlist_t **list, const coap_uri_t *uri)
{
  const uint16_t *set = numbers[options.set];

  add_parts (list, COAP_OPTION_URI_PATH, &uri->path, '/');
  add_parts (list, COAP_OPTION_URI_QUERY, &uri->query, '&');
  if (options.request[0] != '\0')
    {
      add_text (list, set[FR], options.from);
      add_text (list, set[RQI], options.request);
      add_text (list, set[RVI], options.release);
      add_number (list, set[TY], options.type);
    }
  add_number (list, COAP_OPTION_CONTENT_FORMAT, options.format);
  add_number (list, COAP_OPTION_ACCEPT, options.accept);
  if (options.observe_s > 0)
    add_number (list, COAP_OPTION_OBSERVE, "0");
  if (options.block >= 0 && options.payload == NULL)
    {
      char value[16];

      snprintf (value, sizeof value, "%d", options.block);
      add_number (list, COAP_OPTION_BLOCK2, value);
    }
  for (int i = 0; i < options.n_extra; i++)
    {
      const char *equals = strchr (options.extra[i], '=');

      if (equals != NULL)
        add_text (list, (uint16_t) atoi (options.extra[i]), equals + 1);
    }
}

static coap_pdu_t *
make_request (coap_session_t *session, const coap_uri_t *uri)
{
  static const char *const methods[] = { "get", "post", "put", "delete", "fetch", "patch" };
  coap_optlist_t *list = NULL;
  coap_pdu_t *pdu;
  uint8_t token[8];
  size_t length;
  int code = 0;

  for (int i = 0; i < 6; i++)
    if (strcasecmp (options.method, methods[i]) == 0)
      code = i + 1;
  pdu = coap_new_pdu (options.non ? COAP_MESSAGE_NON : COAP_MESSAGE_CON, (coap_pdu_code_t) code,
                      session);
  if (options.token != NULL)
    coap_add_token (pdu, strlen (options.token), (const uint8_t *) options.token);
  else
    {
      coap_session_new_token (session, &length, token);
      coap_add_token (pdu, length, token);
    }
  add_options (&list, uri);
  coap_add_optlist_pdu (pdu, &list);
  coap_delete_optlist (list);
  if (options.payload != NULL)
    coap_add_data_large_request (session, pdu, strlen (options.payload),
                                 (const uint8_t *) options.payload, NULL, NULL);
  return pdu;
}

static void
run (coap_context_t *context)
{
  time_t end = time (NULL) + (options.observe_s > 0 ? options.observe_s : options.wait_s);

  while (time (NULL) <= end && !failed && !ended
         && (answers == 0 || options.observe_s > 0))
    coap_io_process (context, 100);
}

static int
ask (const coap_uri_t *uri)
{
  coap_context_t *context = coap_new_context (NULL);
  coap_session_t *session;

  coap_context_set_block_mode (context, COAP_BLOCK_USE_LIBCOAP | COAP_BLOCK_SINGLE_BODY);
  coap_register_option (context, numbers[options.set][RSC]);
  coap_register_option (context, numbers[options.set][RQI]);
  coap_register_response_handler (context, take_answer);
  coap_register_nack_handler (context, take_failure);
  coap_register_event_handler (context, take_event);
  session = open_session (context, uri);
  if (session == NULL)
    {
      fprintf (stderr, "coap-om2m: no session\n");
      return 2;
    }
  coap_send (session, make_request (session, uri));
  run (context);
  coap_session_release (session);
  coap_free_context (context);
  if (answers == 0)
    return 2;
  return refused && options.strict ? 3 : 0;
}

static int
usage (void)
{
  fprintf (stderr,
           "usage: coap-om2m [-m METHOD] [-f FROM] [-i RQI] [-v RVI] [-t TY] [-F FORMAT] "
           "[-A FORMAT]\n"
           "  [-e PAYLOAD] [-O NUMBER=TEXT] [-u IDENTITY -k KEYFILE] [-K FILE-OF-GHCTL]\n"
           "  [-c CERT -j KEY] [-C CA] [-M RAW-KEY] [-s OBSERVE-SECONDS] "
           "[-B WAIT-SECONDS]\n"
           "  [-b SZX] [-T TOKEN] [-N] [-x] [--old] URI\n");
  return 1;
}

static bool
parse (int argc, char **argv)
{
  static const struct option longs[] = { { "old", no_argument, NULL, 'o' }, { NULL, 0, NULL, 0 } };
  int c;

  while ((c = getopt_long (argc, argv, "m:f:i:v:t:F:A:e:O:u:k:K:c:j:C:M:s:B:b:T:Nxo", longs, NULL))
         != -1)
    switch (c)
      {
      case 'm':
        options.method = optarg;
        break;
      case 'f':
        options.from = optarg;
        break;
      case 'i':
        options.request = optarg;
        break;
      case 'v':
        options.release = optarg;
        break;
      case 't':
        options.type = optarg;
        break;
      case 'F':
        options.format = optarg;
        break;
      case 'A':
        options.accept = optarg;
        break;
      case 'e':
        options.payload = optarg;
        break;
      case 'O':
        if (options.n_extra < 16)
          options.extra[options.n_extra++] = optarg;
        break;
      case 'u':
        options.identity = optarg;
        break;
      case 'k':
        options.key_file = optarg;
        break;
      case 'K':
        options.written = optarg;
        break;
      case 'c':
        options.certificate = optarg;
        break;
      case 'j':
        options.private_key = optarg;
        break;
      case 'C':
        options.authority = optarg;
        break;
      case 'M':
        options.raw_key = optarg;
        break;
      case 's':
        options.observe_s = atoi (optarg);
        break;
      case 'B':
        options.wait_s = atoi (optarg);
        break;
      case 'b':
        options.block = atoi (optarg);
        break;
      case 'T':
        options.token = optarg;
        break;
      case 'N':
        options.non = true;
        break;
      case 'x':
        options.strict = true;
        break;
      case 'o':
        options.set = 1;
        break;
      default:
        return false;
      }
  if (optind + 1 != argc)
    return false;
  options.uri = argv[optind];
  return (options.identity == NULL) == (options.key_file == NULL);
}

int
main (int argc, char **argv)
{
  coap_uri_t uri;
  int status;

  if (!parse (argc, argv))
    return usage ();
  coap_startup ();
  coap_set_log_level (getenv ("COAP_OM2M_DEBUG") != NULL ? LOG_DEBUG : LOG_ERR);
  if (coap_split_uri ((const uint8_t *) options.uri, strlen (options.uri), &uri) != 0
      || uri.scheme > COAP_URI_SCHEME_COAPS_TCP)
    return usage ();
  status = ask (&uri);
  coap_cleanup ();
  return status;
}
