/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "plugin/gh-plugin-module.h"

#include <dlfcn.h>
#include <elf.h>
#include <gmodule.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/gh-elf.h"
#include "plugin/gh-file-trust.h"

#define PROC_PATH_SIZE 32

/*
 * A module in this process. Never freed: its code stays mapped, and its descriptor's number stays
 * taken.
 */
typedef struct {
  guint8 digest[32];
  char *bound_name; /* NULL: its descriptor was refused */
  const GhPluginDesc *desc;
  gsize desc_size;
} ResidentModule;

/*
 * The dynamic linker's table is one a process, and so is this, which mirrors it: two managers of
 * one process (two CSEs)
 * share a module, and no module is mapped twice, which registering its types twice would not
 * survive.
 */
static GMutex resident_lock;
static GPtrArray *resident_modules;

/* A folder that was checked: its descriptor and what it is called in errors. */
typedef struct {
  int fd;
  const char *path;
} Folder;

static ResidentModule *
find_resident (const guint8 digest[32])
{
  for (guint i = 0; resident_modules != NULL && i < resident_modules->len; i++)
    {
      ResidentModule *module = g_ptr_array_index (resident_modules, i);

      if (memcmp (module->digest, digest, sizeof module->digest) == 0)
        return module;
    }
  return NULL;
}

static gboolean
name_is_taken (const char *name)
{
  for (guint i = 0; resident_modules != NULL && i < resident_modules->len; i++)
    {
      const ResidentModule *module = g_ptr_array_index (resident_modules, i);

      if (g_strcmp0 (module->bound_name, name) == 0)
        return TRUE;
    }
  return FALSE;
}

/*
 * The descriptor must be an object of the module itself, not a function, nor something that a
 * library it needs exports.
 */
static gboolean
find_descriptor (GModule *handle, const char *proc_path, const char *path, ResidentModule *module,
                 GError **error)
{
  const ElfW (Sym) *symbol = NULL;
  gpointer address = NULL;
  Dl_info info;

  if (!g_module_symbol (handle, GH_PLUGIN_SYMBOL, &address) || address == NULL)
    g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN, "%s: does not export " GH_PLUGIN_SYMBOL, path);
  else if (dladdr1 (address, &info, (void **) &symbol, RTLD_DL_SYMENT) == 0 || symbol == NULL
           || strcmp (info.dli_fname, proc_path) != 0)
    g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN,
                 "%s: does not export " GH_PLUGIN_SYMBOL " itself", path);
  else if (ELF64_ST_TYPE (symbol->st_info) != STT_OBJECT || symbol->st_size == 0)
    g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN, "%s: " GH_PLUGIN_SYMBOL " is not data", path);
  else
    {
      module->desc = address;
      module->desc_size = symbol->st_size;
      return TRUE;
    }
  return FALSE;
}

/* GModule's message begins with the path in /proc, which says nothing to anybody. */
static gboolean
refuse_module (const char *path, const char *proc_path, GError **error)
{
  const char *reason = g_module_error ();

  if (reason != NULL && g_str_has_prefix (reason, proc_path))
    reason += strlen (proc_path);
  while (reason != NULL && (*reason == ':' || *reason == ' '))
    reason++;
  g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN, "%s: cannot be loaded: %s", path,
               reason != NULL ? reason : "no reason given");
  return FALSE;
}

/*
 * Maps the sealed copy. The linker knows a module by the name it was opened with, so the number in
 * that name must not
 * be given to another file while the linker remembers it: @fd is closed only when it does not.
 * Undefined symbols are
 * refused here (no lazy binding), not met in the middle of a request. Takes @fd.
 */
static ResidentModule *
make_resident (int fd, const guint8 digest[32], const char *path, GError **error)
{
  g_autofree ResidentModule *module = g_new0 (ResidentModule, 1);
  char proc_path[PROC_PATH_SIZE];
  GModule *handle;

  g_snprintf (proc_path, sizeof proc_path, "/proc/self/fd/%d", fd);
  handle = g_module_open (proc_path, G_MODULE_BIND_LOCAL);
  if (handle == NULL)
    {
      refuse_module (path, proc_path, error);
      if (dlopen (proc_path, RTLD_LAZY | RTLD_NOLOAD) == NULL)
        close (fd);
      return NULL;
    }
  g_module_make_resident (handle);
  memcpy (module->digest, digest, sizeof module->digest);
  if (resident_modules == NULL)
    resident_modules = g_ptr_array_new ();
  g_ptr_array_add (resident_modules, module);
  if (!find_descriptor (handle, proc_path, path, module, error))
    {
      /* Remembered all the same, so that trying again does not map it again. */
      (void) g_steal_pointer (&module);
      return NULL;
    }
  return g_steal_pointer (&module);
}

static gboolean
check_manifest (const GhManifest *manifest, const char *name, const char *path, GError **error)
{
  if (strcmp (manifest->name, name) != 0)
    g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN, "%s: [Plugin] Name: '%s', '%s' was expected",
                 path, manifest->name, name);
  else if (manifest->abi_major != GH_PLUGIN_ABI_MAJOR || manifest->abi_minor > GH_PLUGIN_ABI_MINOR)
    g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN, "%s: [Plugin] Abi: %u.%u, this host has %d.%d",
                 path, manifest->abi_major, manifest->abi_minor, GH_PLUGIN_ABI_MAJOR,
                 GH_PLUGIN_ABI_MINOR);
  else
    return TRUE;
  return FALSE;
}

static GhManifest *
read_manifest (const Folder *folder, const char *name, GError **error)
{
  g_autofree char *file = g_strconcat (name, ".plugin", NULL);
  g_autofree char *path = g_build_filename (folder->path, file, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GhManifest) manifest = NULL;
  gsize length = 0;

  text = gh_file_trust_read (folder->fd, folder->path, file, GH_MANIFEST_MAX_SIZE, &length, error);
  if (text == NULL)
    return NULL;
  manifest = gh_manifest_parse (text, length, path, error);
  if (manifest == NULL || !check_manifest (manifest, name, path, error))
    return NULL;
  return g_steal_pointer (&manifest);
}

/* Looks at the sealed copy before the linker does. */
static gboolean
check_elf (int fd, const char *path, GError **error)
{
  struct stat status;
  gpointer octets;
  gboolean ok;

  if (fstat (fd, &status) < 0)
    status.st_size = 0;
  octets = mmap (NULL, (gsize) status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (octets == MAP_FAILED)
    {
      g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN, "%s: its copy cannot be mapped", path);
      return FALSE;
    }
  ok = gh_elf_check (octets, (gsize) status.st_size, error);
  munmap (octets, (gsize) status.st_size);
  if (!ok)
    g_prefix_error (error, "%s: ", path);
  return ok;
}

/* Returns: the resident module with the octets that the manifest names */
static ResidentModule *
get_module (const Folder *folder, const GhManifest *manifest, const char *path, GError **error)
{
  ResidentModule *module;
  guint8 digest[32];
  int fd = gh_file_trust_seal (folder->fd, folder->path, manifest->module, digest, error);

  if (fd < 0)
    return NULL;
  if (gnutls_memcmp (digest, manifest->digest, sizeof digest) != 0)
    {
      close (fd);
      g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN,
                   "%s: its SHA-256 digest is not the one in %s.plugin", path, manifest->name);
      return NULL;
    }
  module = find_resident (digest);
  if (module == NULL && !name_is_taken (manifest->name))
    {
      if (check_elf (fd, path, error))
        return make_resident (fd, digest, path, error);
      close (fd);
      return NULL;
    }
  close (fd);
  if (module != NULL && module->desc != NULL)
    return module;
  if (module != NULL)
    g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN, "%s: has no descriptor that can be used", path);
  else
    g_set_error (error, GH_ERROR, GH_ERROR_PLUGIN,
                 "%s: another build of this plugin is in use by this process: start it again",
                 path);
  return NULL;
}

static GhPluginBinding *
bind_module (const Folder *folder, const GhManifest *manifest, GError **error)
{
  g_autofree char *path = g_build_filename (folder->path, manifest->module, NULL);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&resident_lock);
  ResidentModule *module = get_module (folder, manifest, path, error);

  if (module == NULL)
    return NULL;
  if (!gh_plugin_descriptor_check (module->desc, module->desc_size, manifest->name,
                                   manifest->capabilities, error))
    {
      g_prefix_error (error, "%s: ", path);
      return NULL;
    }
  if (module->bound_name == NULL)
    module->bound_name = g_strdup (manifest->name);
  return gh_plugin_binding_new (module->desc, manifest, path);
}

GhPluginBinding *
gh_plugin_module_open (const char *folder_path, const char *name, GError **error)
{
  g_autoptr (GhManifest) manifest = NULL;
  g_autoptr (GError) inner = NULL;
  GhPluginBinding *binding = NULL;
  Folder folder = { .path = folder_path };

  g_return_val_if_fail (folder_path != NULL && gh_plugin_name_is_valid (name), NULL);
  folder.fd = gh_file_trust_open_folder (folder_path, error);
  if (folder.fd < 0)
    return NULL;
  manifest = read_manifest (&folder, name, error);
  if (manifest != NULL)
    binding = bind_module (&folder, manifest, &inner);
  close (folder.fd);
  /* A module that is not there is not "no such plugin": its manifest is. */
  if (inner != NULL)
    g_set_error_literal (error, GH_ERROR, GH_ERROR_PLUGIN, inner->message);
  return binding;
}
