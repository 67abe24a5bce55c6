/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "access/gh-pattern.h"

#include <string.h>

#define MAX_SEGMENTS 48

typedef struct {
  const char *text;
  gsize length;
  gboolean wild;
} Segment;

static gboolean
append (char *out, gsize *length, const char *text, char before)
{
  gsize add = strlen (text);

  if (*length + add + 2 > GH_ORIGINATOR_KEY_SIZE)
    return FALSE;
  if (before != '\0')
    out[(*length)++] = before;
  memcpy (out + *length, text, add + 1);
  *length += add;
  return TRUE;
}

gsize
gh_originator_key (const GhOriginator *originator, char out[GH_ORIGINATOR_KEY_SIZE])
{
  gsize length = 0;

  out[0] = '\0';
  if (originator->sp_domain == NULL || (originator->cse_id == NULL && originator->ae_id == NULL)
      || !append (out, &length, originator->sp_domain, '\0')
      || !append (out, &length, originator->cse_id != NULL ? originator->cse_id : "", '/'))
    return 0;
  if (originator->ae_id != NULL && !append (out, &length, originator->ae_id, '/'))
    return 0;
  return length;
}

gboolean
gh_glob_matches (const char *glob, const char *text)
{
  const char *star = strchr (glob, '*');
  gsize left = strlen (text), piece = star != NULL ? (gsize) (star - glob) : left;

  if (star == NULL)
    return strcmp (glob, text) == 0;
  if (piece > left || memcmp (glob, text, piece) != 0)
    return FALSE;
  for (;;)
    {
      const char *next;

      text += piece;
      left -= piece;
      glob = star + 1;
      star = strchr (glob, '*');
      if (star == NULL)
        break;
      piece = (gsize) (star - glob);
      /* The first place is the best one: it leaves most for the pieces that follow. */
      next = memmem (text, left, glob, piece);
      if (next == NULL)
        return FALSE;
      left -= (gsize) (next - text);
      text = next;
    }
  piece = strlen (glob);
  return piece <= left && memcmp (glob, text + left - piece, piece) == 0;
}

/* Unreserved characters and stars, but no two stars together: the standard gives them no meaning.
 */
static gboolean
take_segment (const char *text, gsize length, Segment *out)
{
  *out = (Segment){ text, length, memchr (text, '*', length) != NULL };
  if (!out->wild)
    return gh_identifier_is_unreserved (text, length);
  for (gsize i = 0; i < length; i++)
    {
      if (text[i] == '*' ? i > 0 && text[i - 1] == '*' : !gh_octet_is_unreserved (text[i]))
        return FALSE;
    }
  return TRUE;
}

/* Returns the number of segments, 0 when one is none. */
static guint
split_segments (const char *text, Segment segments[MAX_SEGMENTS])
{
  guint n = 0;

  for (;;)
    {
      gsize length = strcspn (text, "/");

      if (n == MAX_SEGMENTS || !take_segment (text, length, &segments[n]))
        return 0;
      n++;
      if (text[length] == '\0')
        return n;
      text += length + 1;
    }
}

static gboolean
any_wild (const Segment *segments, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      if (segments[i].wild)
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_stem (const Segment *segment)
{
  return segment->length > 1 && (segment->text[0] == 'C' || segment->text[0] == 'S');
}

static void
keep (const Segment *segment, char out[GH_ORIGINATOR_MAX_LENGTH + 1])
{
  if (segment != NULL)
    memcpy (out, segment->text, segment->length);
  out[segment != NULL ? segment->length : 0] = '\0';
}

/* An AE or CSE, exact or with stars. A part that is NULL is one that the originator must not have.
 */
static void
set_identity (GhPattern *out, const Segment *sp, const Segment *cse, const Segment *ae)
{
  GhOriginator originator;

  keep (sp, out->sp_domain);
  keep (cse, out->cse_id);
  keep (ae, out->ae_id);
  if (sp->wild || (cse != NULL && cse->wild) || (ae != NULL && ae->wild))
    {
      out->kind = GH_PATTERN_WILDCARD;
      return;
    }
  originator.sp_domain = out->sp_domain;
  originator.cse_id = cse != NULL ? out->cse_id : NULL;
  originator.ae_id = ae != NULL ? out->ae_id : NULL;
  if (gh_originator_key (&originator, out->key) > 0)
    out->kind = GH_PATTERN_EXACT;
}

static void
set_resource (GhPattern *out, const Segment *segments, guint n)
{
  if (!any_wild (segments, n))
    out->kind = GH_PATTERN_GROUP;
}

/* What follows the domain: "/cse", "/Sabc", "/cse/Cabc", "/cse/Sabc", or else the identifier of a
 * resource. */
static void
parse_below_domain (const Segment *sp, const Segment *segments, guint n, const GhHome *home,
                    GhPattern *out)
{
  const Segment *first = &segments[0], *last = &segments[n - 1];

  if (n == 1)
    {
      gboolean at_home = strlen (home->cse_id) == first->length
                         && memcmp (home->cse_id, first->text, first->length) == 0
                         && strlen (home->sp_domain) == sp->length
                         && memcmp (home->sp_domain, sp->text, sp->length) == 0;
      gboolean ae = first->text[0] == 'S' && first->length > 1 && !at_home;

      set_identity (out, sp, ae ? NULL : first, ae ? first : NULL);
    }
  else if (n == 2 && last->text[0] == 'S' && is_stem (last))
    {
      /* The registrar is no part of this AE's identity, so that a star can say nothing about it. */
      if (!any_wild (segments, n))
        set_identity (out, sp, NULL, last);
    }
  else if (n == 2 && (is_stem (last) || last->text[0] == '*'))
    set_identity (out, sp, first, last);
  else if (!sp->wild)
    set_resource (out, segments, n);
}

/* Without a "/" in front: an AE-ID-Stem, or the identifier of a resource of this CSE. */
static void
parse_cse_relative (const Segment *segments, guint n, const GhHome *home, GhPattern *out)
{
  Segment sp = { home->sp_domain, strlen (home->sp_domain), FALSE };
  Segment cse = { home->cse_id, strlen (home->cse_id), FALSE };

  if (n > 1 || !is_stem (&segments[0]))
    set_resource (out, segments, n);
  else
    set_identity (out, &sp, segments[0].text[0] == 'C' ? &cse : NULL, &segments[0]);
}

/* m2m:roleID (TS-0004 6.3.3): name of letters, digits, '.', '_', '-'; '@'; a domain name in lower
 * case. */
static gboolean
is_role (const char *text)
{
  gsize name = strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
  const char *issuer = text + name + 1;
  gsize length;

  if (name == 0 || text[name] != '@')
    return FALSE;
  length = strspn (issuer, "abcdefghijklmnopqrstuvwxyz0123456789.-");
  return length > 0 && issuer[length] == '\0' && issuer[0] != '.' && issuer[length - 1] != '.'
         && strstr (issuer, "..") == NULL;
}

void
gh_pattern_parse (const char *text, const GhHome *home, GhPattern *out)
{
  Segment segments[MAX_SEGMENTS];
  Segment sp = { home->sp_domain, strlen (home->sp_domain), FALSE };
  guint skip = text[0] != '/' ? 0 : text[1] != '/' ? 1 : 2;
  guint n;

  out->kind = GH_PATTERN_INERT;
  if (strnlen (text, GH_ORIGINATOR_MAX_LENGTH + 1) > GH_ORIGINATOR_MAX_LENGTH
      || sp.length > GH_ORIGINATOR_MAX_LENGTH || strlen (home->cse_id) > GH_ORIGINATOR_MAX_LENGTH)
    return;
  if (strchr (text, '@') != NULL)
    {
      out->kind = is_role (text) ? GH_PATTERN_ROLE : GH_PATTERN_INERT;
      return;
    }
  n = split_segments (text + skip, segments);
  if (n == 0)
    return;
  if (strcmp (text, "all") == 0)
    out->kind = GH_PATTERN_ALL;
  else if (skip == 0)
    parse_cse_relative (segments, n, home, out);
  else if (skip == 1)
    parse_below_domain (&sp, segments, n, home, out);
  else if (n > 1)
    parse_below_domain (&segments[0], segments + 1, n - 1, home, out);
  else if (!segments[0].wild)
    {
      /* A star is not for domains (TS-0003 7.1.3): this one would be everybody. */
      keep (&segments[0], out->key);
      out->kind = GH_PATTERN_DOMAIN;
    }
}
