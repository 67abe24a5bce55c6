/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "gh-cse-config.h"

#include "../plugins/cert/gh-cert-config.h"
#include "../plugins/coap/gh-coap-config.h"
#include "../plugins/http/gh-http-config.h"
#include "plugin/gh-plugin-config.h"
#include "security/gh-strength.h"
#include "security/gh-tls-config.h"
#include "store/gh-store-config.h"

/* clang-format off */
const GhConfigKey gh_cse_config_keys[] = {
  { "cse", "id", GH_CONFIG_STRING, "gatehouse", 0, 0, NULL, "CSE-ID, without the slash" },
  { "cse", "name", GH_CONFIG_STRING, "gatehouse", 0, 0, NULL, "resource name of the CSEBase" },
  { "cse", "sp-domain", GH_CONFIG_STRING, "localhost", 0, 0, NULL,
    "M2M service provider's domain, without slashes" },
  { "cse", "type", GH_CONFIG_CHOICE, "in", 0, 0, "in|mn|asn",
    "type of the CSE; some resource types exist on an IN-CSE only" },
  { "cse", "administrator", GH_CONFIG_STRING, "CAdmin", 0, 0, NULL,
    "originator that has every right; empty: nobody" },
  { "cse", "default-lifetime", GH_CONFIG_DURATION, "0", 0, 3153600000, NULL,
    "life of a resource created without expirationTime; 0: no end" },
  { "cse", "poa", GH_CONFIG_LIST, NULL, 0, 0, NULL,
    "points of access to publish; without it the listeners' addresses" },
  { "cse", "poa-hosts", GH_CONFIG_CHOICE, "name", 0, 0, "name|addresses",
    "how a listener on every address is published: by the name of this machine, or by each of its "
    "addresses, again when these change" },
  { "registrar", "cse-id", GH_CONFIG_STRING, NULL, 0, 0, NULL,
    "CSE-ID of the CSE that this one registers with, /in or //example.org/in; without it: none" },
  { "registrar", "urls", GH_CONFIG_LIST, NULL, 0, 0, NULL,
    "its points of access, coaps://in.example.org:5684, tried in this order" },
  { "registrar", "name", GH_CONFIG_STRING, "-", 0, 0, NULL,
    "resource name of its CSEBase; - is understood by every CSE of Release 2 and later" },
  { "registrar", "lifetime", GH_CONFIG_DURATION, "24h", 0, 31536000, NULL,
    "of the registration, renewed when half of it is over; 0: as long as the registrar says" },
  { "registrar", "poll", GH_CONFIG_DURATION, "60", 1, 86400, NULL,
    "time between two looks whether this CSE is still registered" },
  { "registrar", "retry", GH_CONFIG_DURATION, "60", 1, 86400, NULL,
    "longest time between two tries while it cannot be reached" },
  { "registrar", "polling", GH_CONFIG_CHOICE, "auto", 0, 0, "yes|no|auto",
    "fetch what is for this CSE from a polling channel at the registrar, which cannot call it; "
    "auto: when there is no point of access to publish" },
  { "registrar", "polling-wait", GH_CONFIG_DURATION, "25", 1, 3600, NULL,
    "how long one such poll waits; longer than what is between remembers a silent connection is "
    "too long" },
  { "registrar", "deregister", GH_CONFIG_BOOLEAN, "no", 0, 0, NULL,
    "end the registration at a clean stop" },
  { "forward", "timeout", GH_CONFIG_DURATION, "10", 1, 300, NULL,
    "how long the next CSE may take to answer a request that says nothing itself" },
  { "forward", "in-flight", GH_CONFIG_INTEGER, "256", 1, 1000000, NULL,
    "requests that may be under way to one neighbour" },
  { "forward", "originator-share", GH_CONFIG_INTEGER, "50", 1, 100, NULL,
    "percent of those, and of the room of one polling channel, that one originator may take" },
  { "polling", "wait", GH_CONFIG_DURATION, "60", 1, 86400, NULL,
    "how long a poll waits that says nothing itself" },
  { "polling", "longest", GH_CONFIG_DURATION, "1h", 1, 86400, NULL,
    "how long a poll may ask to wait" },
  { "polling", "polls", GH_CONFIG_INTEGER, "10000", 1, 10000000, NULL,
    "polls that may wait" },
  { "polling", "polls-each", GH_CONFIG_INTEGER, "4", 1, 1000, NULL,
    "polls of one channel that may wait; the oldest makes way" },
  { "polling", "requests-each", GH_CONFIG_INTEGER, "100", 1, 100000, NULL,
    "requests of one channel that may wait to be polled or answered" },
  { "polling", "octets-each", GH_CONFIG_SIZE, "4M", 4096, G_GINT64_CONSTANT (1) << 40, NULL,
    "octets of those" },
  { "polling", "octets", GH_CONFIG_SIZE, "64M", 4096, G_GINT64_CONSTANT (1) << 40, NULL,
    "the same of all channels" },
  { "registration", "service-subscription", GH_CONFIG_CHOICE, "off", 0, 0, "off|required",
    "an AE registers only as the rules of the service subscriptions allow" },
  { "model", "definitions", GH_CONFIG_STRING, NULL, 0, 0, NULL,
    "folder of the definitions of flexContainer specialisations, one file each; empty: none; "
    "without it the installed one" },
  { "access", "hide", GH_CONFIG_BOOLEAN, "no", 0, 0, NULL,
    "answer 4004 instead of 4103 to those without any right on the parent" },
  { "access", "minimum-strength", GH_CONFIG_INTEGER, "0", 0, GH_STRENGTH_MOST, NULL,
    "bits of the credential, as of ghst in a rule, below which nobody is served; 0: no bound" },
  { "vault", "path", GH_CONFIG_STRING, NULL, 0, 0, NULL,
    "file of the credentials; without it `vault' beside the store" },
  { "vault", "key-file", GH_CONFIG_STRING, NULL, 0, 0, NULL,
    "file of the key that the vault is sealed with; without it `vault.key' beside the store, or "
    "the systemd credential gatehouse-vault-key" },
  { "vault", "local-authority", GH_CONFIG_BOOLEAN, "yes", 0, 0, NULL,
    "make a certification authority and a certificate of the server when there is none" },
  { "vault", "hosts", GH_CONFIG_LIST, NULL, 0, 0, NULL,
    "host names in that certificate; without them the name of this machine" },
  { "audit", "folder", GH_CONFIG_STRING, NULL, 0, 0, NULL,
    "folder of the audit log; without it `audit' beside the store" },
  { "audit", "size", GH_CONFIG_SIZE, "64M", 65536, G_GINT64_CONSTANT (1) << 40, NULL,
    "octets of the audit log; the oldest records go" },
  { "compat", "release-1", GH_CONFIG_BOOLEAN, "no", 0, 0, NULL,
    "serve requests without a release version; with --dev the default is yes" },
  { "log", "level", GH_CONFIG_CHOICE, "notice", 0, 0, "error|warning|notice|info|debug",
    "least urgent level that is written" },
  { "quota", "requests", GH_CONFIG_INTEGER, "0", 0, 1000000, NULL,
    "requests a second of one originator, other than the administrator; a CSE is one for all that "
    "it passes on; 0: no bound" },
  { "quota", "burst", GH_CONFIG_INTEGER, "100", 1, 1000000, NULL,
    "requests that may come at once after a silence" },
  { "quota", "waiting", GH_CONFIG_INTEGER, "1024", 0, 1000000, NULL,
    "changes of one originator that may wait for the writer; 0: no bound" },
  { "quota", "resources", GH_CONFIG_INTEGER, "10000000", 0, G_MAXINT64, NULL,
    "resources that may count for one originator, other than the administrator, instances among "
    "them; 0: no bound" },
  { "quota", "octets", GH_CONFIG_SIZE, "4G", 0, G_MAXINT64, NULL,
    "octets of these; 0: no bound" },
  { "quota", "subscriptions", GH_CONFIG_INTEGER, "10000", 0, G_MAXINT64, NULL,
    "subscriptions among them; 0: no bound" },
  { "quota", "exceptions", GH_CONFIG_LIST, NULL, 0, 0, NULL,
    "other bounds for some originators: Ccam requests=200 burst=400 octets=10M; /mn requests=0 "
    "waiting=0" },
  { "quota", "associations", GH_CONFIG_INTEGER, "0", 0, 1000000, NULL,
    "live associations of one credential; further handshakes are refused; 0: no bound" },
  { "metrics", "readers", GH_CONFIG_LIST, NULL, 0, 0, NULL,
    "originators that may read the metrics over HTTPS, when they prove who they are; without it "
    "nobody may" },
  { "metrics", "path", GH_CONFIG_STRING, "metrics", 0, 0, NULL,
    "path of the metrics on the HTTPS listeners; a resource of that name is hidden from readers" },
  { "limits", "instance-cache", GH_CONFIG_SIZE, "64M", 0, G_GINT64_CONSTANT (1) << 40, NULL,
    "memory for instances between the store and the readers; 0: none" },
  { "limits", "representation-cache", GH_CONFIG_SIZE, "32M", 0, G_GINT64_CONSTANT (1) << 40, NULL,
    "memory for rendered representations of the other resources; 0: none" },
  { "limits", "depth", GH_CONFIG_INTEGER, "24", 2, 40, NULL,
    "levels of the resource tree" },
  { "limits", "subscriptions", GH_CONFIG_INTEGER, "10000", 1, 1000000, NULL,
    "subscriptions of one resource" },
  { "limits", "write-queue", GH_CONFIG_INTEGER, "4096", 1, 1000000, NULL,
    "requests that may wait for the writer" },
  { "limits", "read-queue", GH_CONFIG_INTEGER, "1024", 1, 1000000, NULL,
    "requests that may wait for a worker" },
  { "limits", "workers", GH_CONFIG_INTEGER, "2", 1, 32, NULL,
    "threads for what memory cannot answer" },
  { "limits", "statistics-records", GH_CONFIG_INTEGER, "10000", 1, 10000000, NULL,
    "records of statsCollect that are kept until they are taken; the oldest goes" },
  { "limits", "answer-resources", GH_CONFIG_INTEGER, "1000", 1, 1000000, NULL,
    "resources in one answer with children or of a discovery" },
  { "limits", "reading-slices", GH_CONFIG_INTEGER, "5000", 1, 1000000, NULL,
    "slices of a millisecond that one discovery or retrieve with children may take; then it is "
    "answered in part" },
  { "limits", "instances", GH_CONFIG_INTEGER, "0", 0, G_MAXINT64, NULL,
    "instances of a container that names no maxNrOfInstances; 0: no bound" },
  { "limits", "instance-bytes", GH_CONFIG_SIZE, "0", 0, G_MAXINT64, NULL,
    "octets of a container that names no maxByteSize; 0: no bound" },
  { "request", "pending", GH_CONFIG_INTEGER, "10000", 1, 10000000, NULL,
    "requests that may wait for an answer or a moment" },
  { "request", "blocking", GH_CONFIG_DURATION, "30", 0, 3600, NULL,
    "how far ahead the execution time of a blocking request may lie" },
  { "request", "flexible", GH_CONFIG_DURATION, "2", 0, 3600, NULL,
    "how long a flexBlocking request blocks before it is acknowledged" },
  { "request", "resources", GH_CONFIG_INTEGER, "1000", 1, 1000000, NULL,
    "<request> resources of non-blocking requests" },
  { "request", "resources-each", GH_CONFIG_INTEGER, "100", 1, 1000000, NULL,
    "<request> resources of one originator" },
  { "request", "result-octets", GH_CONFIG_SIZE, "64K", 0, 16777216, NULL,
    "what a <request> keeps of a result, and of the content of the request" },
  { "request", "result-urls", GH_CONFIG_LIST, "*", 0, 0, NULL,
    "servers, https://results.example.org:8443, where the results of non-blocking requests may be "
    "told beside the originator's own points of access; *: anywhere, also on this machine; empty: "
    "nowhere else" },
  { "request", "lifetime", GH_CONFIG_DURATION, "3600", 1, 3153600000, NULL,
    "life of a <request> whose request does not say how long its result is kept" },
  { "request", "longest", GH_CONFIG_DURATION, "604800", 1, 3153600000, NULL,
    "how far ahead Operation Execution Time and Result Persistence may lie" },
  { "request", "unique-ids", GH_CONFIG_BOOLEAN, "no", 0, 0, NULL,
    "refuse a request identifier that its originator used before, within the window; not after a "
    "restart of the CSE" },
  { "request", "unique-window", GH_CONFIG_DURATION, "3600", 1, 31536000, NULL,
    "how long identifiers are remembered for unique-ids" },
  { "request", "unique-limit", GH_CONFIG_INTEGER, "100000", 1, 100000000, NULL,
    "identifiers that are remembered for unique-ids; while they are so many, requests are refused "
    "for now" },
  { "limits", "fan-out-members", GH_CONFIG_INTEGER, "10000", 1, 1000000, NULL,
    "members of groups that one request may reach" },
  { "limits", "fan-out-octets", GH_CONFIG_SIZE, "8M", 1024, G_GINT64_CONSTANT (1) << 32, NULL,
    "answers of members that are put together for one request" },
  { "limits", "fan-out-timeout", GH_CONFIG_DURATION, "10", 1, 3600, NULL,
    "how long the members of a group may take to answer" },
  { "location", "source", GH_CONFIG_CHOICE, "none", 0, 0, "none|geoclue",
    "who tells where this machine is" },
  { "node", "describe", GH_CONFIG_BOOLEAN, "yes", 0, 0, NULL,
    "keep a <node> with what this machine says about itself" },
  { "node", "refresh", GH_CONFIG_DURATION, "5m", 0, 86400, NULL,
    "time between two looks at the machine; 0: only at start" },
  { "notify", "queue", GH_CONFIG_INTEGER, "1000", 1, 1000000, NULL,
    "notifications that may wait for one target; the oldest goes" },
  { "notify", "total", GH_CONFIG_INTEGER, "100000", 1, 100000000, NULL,
    "notifications that may wait for all targets together; the oldest goes" },
  { "notify", "memory", GH_CONFIG_SIZE, "64M", 65536, G_GINT64_CONSTANT (1) << 40, NULL,
    "octets of the events that wait to be notified; the oldest goes" },
  { "notify", "refill-timeout", GH_CONFIG_DURATION, "10", 1, 300, NULL,
    "how long a retrieve waits for an instance of an empty container whose subscribers are told" },
  { "notify", "retained", GH_CONFIG_SIZE, "1M", 0, G_GINT64_CONSTANT (1) << 32, NULL,
    "octets of past events that are kept for preSubscriptionNotify; 0: it is refused" },
  { "notify", "timeout", GH_CONFIG_DURATION, "10", 1, 300, NULL, "of one delivery" },
  { "notify", "max-age", GH_CONFIG_DURATION, "1h", 1, 31536000, NULL,
    "a notification that could not be delivered for so long is given up" },
  { "notify", "verification-timeout", GH_CONFIG_DURATION, "5", 1, 300, NULL,
    "of the confirmation of a subscription by its targets" },
  GH_TLS_CONFIG_KEYS,
  GH_CERT_CONFIG_KEYS,
  GH_COAP_CONFIG_KEYS,
  GH_HTTP_CONFIG_KEYS,
  GH_STORE_CONFIG_KEYS
  GH_PLUGIN_CONFIG_ROWS,
  { NULL, NULL, GH_CONFIG_STRING, NULL, 0, 0, NULL, NULL },
};
/* clang-format on */

gboolean
gh_cse_config_is_live (const char *group, const char *key)
{
  static const struct {
    const char *group, *key;
  } live[] = {
    { "log", "level" },       { "tls", "certificate" },     { "tls", "key" },
    { "tls", "staple-file" }, { "cert", "crl-files" },      { "quota", "requests" },
    { "quota", "burst" },     { "quota", "waiting" },       { "quota", "resources" },
    { "quota", "octets" },    { "quota", "subscriptions" }, { "quota", "exceptions" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (live); i++)
    if (g_str_equal (group, live[i].group) && g_str_equal (key, live[i].key))
      return TRUE;
  return FALSE;
}

gboolean
gh_cse_config_is_of_plugin (const char *group)
{
  static const char *const groups[] = { "http", "coap", "cert", NULL };

  return g_strv_contains (groups, group);
}
