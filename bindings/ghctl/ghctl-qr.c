/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "ghctl.h"

#ifdef HAVE_QRENCODE
#include <glib/gi18n.h>
#include <qrencode.h>
#include <sodium.h>

#define QUIET 4 /* modules around the code that stay light */

static gboolean
is_dark (const QRcode *code, int x, int y)
{
  return x >= 0 && y >= 0 && x < code->width && y < code->width
         && (code->data[y * code->width + x] & 1);
}

gboolean
ghctl_print_qr_code (const GhctlSecret *text, GError **error)
{
  QRcode *code = QRcode_encodeData ((int) text->length, text->data, 0, QR_ECLEVEL_M);

  if (code == NULL)
    {
      g_set_error_literal (error, GHCTL_ERROR, GHCTL_USAGE, _ ("the QR code cannot be made"));
      return FALSE;
    }
  /* Two rows of modules are one of characters; light modules are inked, as terminals are dark. */
  for (int y = -QUIET; y < code->width + QUIET; y += 2)
    {
      for (int x = -QUIET; x < code->width + QUIET; x++)
        {
          const gboolean upper = !is_dark (code, x, y), lower = !is_dark (code, x, y + 1);

          g_print ("%s", upper ? (lower ? "\u2588" : "\u2580") : (lower ? "\u2584" : " "));
        }
      g_print ("\n");
    }
  sodium_memzero (code->data, (gsize) code->width * (gsize) code->width);
  QRcode_free (code);
  return TRUE;
}
#else
gboolean
ghctl_print_qr_code (const GhctlSecret *text, GError **error)
{
  g_set_error_literal (error, GHCTL_ERROR, GHCTL_USAGE,
                       _ ("this ghctl was built without QR codes (--enable-qr-codes)"));
  return FALSE;
}
#endif
