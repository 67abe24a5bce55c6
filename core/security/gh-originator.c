/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "security/gh-originator.h"

#include <string.h>

typedef struct {
  const char *text; /* NULL: the originator has no such part */
  gsize length;
} Span;

/* The three parts of an originator as pieces of the text or of the home's identity. */
typedef struct {
  Span sp_domain, cse_id, ae_id;
} Parts;

#define MAX_SEGMENTS 3

gboolean
gh_identifier_is_unreserved (const char *text, gsize length)
{
  if (length == 0 || (text[0] == '.' && (length == 1 || (length == 2 && text[1] == '.'))))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!gh_octet_is_unreserved (text[i]))
        return FALSE;
    }
  return TRUE;
}

static Span
span_of (const char *text)
{
  return (Span){ text, text != NULL ? strlen (text) : 0 };
}

static gboolean
span_equal (Span a, Span b)
{
  if (a.text == NULL || b.text == NULL)
    return a.text == b.text;
  return a.length == b.length && memcmp (a.text, b.text, a.length) == 0;
}

static gboolean
is_stem (Span span)
{
  return span.length > 1 && (span.text[0] == 'C' || span.text[0] == 'S');
}

/* Returns the number of segments, 0 when one is empty, holds a forbidden character or is one too
 * many. */
static guint
split_segments (const char *text, Span segments[MAX_SEGMENTS])
{
  guint n = 0;

  for (;;)
    {
      gsize length = strcspn (text, "/");

      if (n == MAX_SEGMENTS || !gh_identifier_is_unreserved (text, length))
        return 0;
      segments[n++] = (Span){ text, length };
      if (text[length] == '\0')
        return n;
      text += length + 1;
    }
}

/* "/cse", "/Sabc", "/cse/Cx" and "/cse/Sabc", behind the domain. */
static const char *
take_identity (const Span *segments, guint n, const GhHome *home, Parts *out)
{
  Span first = segments[0];

  if (n == 1)
    {
      gboolean at_home = home != NULL && span_equal (out->sp_domain, span_of (home->sp_domain))
                         && span_equal (first, span_of (home->cse_id));

      if (first.text[0] == 'S' && first.length > 1 && !at_home)
        out->ae_id = first;
      else
        out->cse_id = first;
      return NULL;
    }
  if (!is_stem (segments[1]))
    return "From: what follows the CSE-ID must be an AE-ID-Stem, C... or S...";
  out->ae_id = segments[1];
  if (segments[1].text[0] == 'C')
    out->cse_id = first;
  return NULL;
}

/* Returns what is wrong with @text, NULL when nothing is. */
static const char *
take_apart (const char *text, const GhHome *home, Parts *out)
{
  Span segments[MAX_SEGMENTS];
  guint skip = text[0] != '/' ? 0 : text[1] != '/' ? 1 : 2;
  guint n;

  memset (out, 0, sizeof *out);
  if (text[0] == '\0')
    return "From: is empty, expected an AE-ID or CSE-ID";
  if (strnlen (text, GH_ORIGINATOR_MAX_LENGTH + 1) > GH_ORIGINATOR_MAX_LENGTH)
    return "From: is longer than 255 octets";
  n = split_segments (text + skip, segments);
  if (n == 0)
    return "From: must consist of one to three segments of unreserved characters";
  if (skip == 2)
    {
      out->sp_domain = segments[0];
      return n > 1 ? take_identity (segments + 1, n - 1, home, out)
                   : "From: a service provider's domain names no AE or CSE";
    }
  if (home != NULL)
    out->sp_domain = span_of (home->sp_domain);
  if (skip == 1)
    return n < 3 ? take_identity (segments, n, home, out)
                 : "From: an SP-relative identifier has one or two segments";
  if (n > 1 || !is_stem (segments[0]))
    return "From: must be an AE-ID-Stem (C... or S...), or begin with '/'";
  out->ae_id = segments[0];
  if (home != NULL && segments[0].text[0] == 'C')
    out->cse_id = span_of (home->cse_id);
  return NULL;
}

static Parts
parts_of (const GhOriginator *originator)
{
  return (Parts){ span_of (originator->sp_domain), span_of (originator->cse_id),
                  span_of (originator->ae_id) };
}

static gboolean
parts_equal (const Parts *a, const Parts *b)
{
  return span_equal (a->ae_id, b->ae_id) && span_equal (a->cse_id, b->cse_id)
         && span_equal (a->sp_domain, b->sp_domain);
}

static gboolean
keep (Span span, GhArena *arena, const char **out)
{
  if (span.text == NULL)
    return TRUE;
  *out = gh_arena_strndup (arena, span.text, span.length);
  return *out != NULL;
}

gboolean
gh_originator_parse (const char *text, const GhHome *home, GhArena *arena, GhOriginator *out,
                     GhFault *fault)
{
  Parts parts;
  const char *wrong = text != NULL ? take_apart (text, home, &parts) : "From: is absent";

  memset (out, 0, sizeof *out);
  if (wrong != NULL)
    return gh_fault_set (fault, GH_ERROR_BAD_REQUEST, "%s", wrong);
  if (!keep (parts.sp_domain, arena, &out->sp_domain) || !keep (parts.cse_id, arena, &out->cse_id)
      || !keep (parts.ae_id, arena, &out->ae_id))
    return gh_fault_set (fault, GH_ERROR_TOO_LARGE, "From: the request is too large");
  return TRUE;
}

gboolean
gh_originator_equal (const GhOriginator *a, const GhOriginator *b)
{
  Parts of_a = parts_of (a), of_b = parts_of (b);

  return parts_equal (&of_a, &of_b);
}

const char *
gh_originator_print (const GhOriginator *originator, const GhHome *home, GhArena *arena)
{
  const char *sp = originator->sp_domain, *cse = originator->cse_id, *ae = originator->ae_id;
  gboolean foreign = g_strcmp0 (sp, home->sp_domain) != 0;

  if (!foreign && ae != NULL && (cse == NULL || strcmp (cse, home->cse_id) == 0))
    return gh_arena_strdup (arena, ae);
  return gh_arena_printf (arena, "%s%s%s%s%s%s", foreign ? "//" : "", foreign ? sp : "",
                          cse != NULL ? "/" : "", cse != NULL ? cse : "", ae != NULL ? "/" : "",
                          ae != NULL ? ae : "");
}

gboolean
gh_originator_same (const char *a, const char *b, const GhHome *home)
{
  Parts of_a, of_b;

  if (take_apart (a, home, &of_a) != NULL || take_apart (b, home, &of_b) != NULL)
    return FALSE;
  return parts_equal (&of_a, &of_b);
}

gboolean
gh_originator_is (const GhOriginator *originator, const char *text, const GhHome *home)
{
  Parts of_originator = parts_of (originator), of_text;

  return take_apart (text, home, &of_text) == NULL && parts_equal (&of_originator, &of_text);
}

gboolean
gh_originator_is_well_formed (const char *text)
{
  Parts parts;

  return take_apart (text, NULL, &parts) == NULL;
}

gboolean
gh_originator_is_cse (const char *text, const GhHome *home)
{
  Parts parts;

  return take_apart (text, home, &parts) == NULL && parts.ae_id.text == NULL;
}

char *
gh_originator_shorten (const char *text, const GhHome *home)
{
  Parts parts;

  if (take_apart (text, home, &parts) != NULL)
    return NULL;
  const gboolean foreign = !span_equal (parts.sp_domain, span_of (home->sp_domain));
  const gboolean ours = parts.cse_id.text == NULL
                        || span_equal (parts.cse_id, span_of (home->cse_id));
  GString *out = g_string_new (NULL);
  if (foreign)
    g_string_append_printf (out, "//%.*s", (int) parts.sp_domain.length, parts.sp_domain.text);
  if (parts.cse_id.text != NULL && (foreign || !ours || parts.ae_id.text == NULL))
    g_string_append_printf (out, "/%.*s", (int) parts.cse_id.length, parts.cse_id.text);
  if (parts.ae_id.text != NULL)
    g_string_append_printf (out, "%s%.*s", out->len > 0 ? "/" : "", (int) parts.ae_id.length,
                            parts.ae_id.text);
  return g_string_free (out, FALSE);
}
