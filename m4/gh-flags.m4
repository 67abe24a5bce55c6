# SPDX-License-Identifier: LGPL-2.1-or-later

# GH_ARG_PART (NAME, CONDITIONAL, DEFAULT, WHAT): --enable-NAME, and ENABLE_CONDITIONAL for Automake
AC_DEFUN([GH_ARG_PART], [
  AC_ARG_ENABLE([$1],
    [m4_if([$3], [no], [AS_HELP_STRING([--enable-$1], [build with $4])],
       [AS_HELP_STRING([--disable-$1], [build without $4])])],
    [AS_CASE([$enableval], [yes|no], [],
       [AC_MSG_ERROR(["$enableval" is not yes or no for --enable-$1])])],
    [AS_TR_SH([enable_$1])=$3])
  m4_if([$3], [auto], [],
    [AM_CONDITIONAL([ENABLE_$2], [test "$AS_TR_SH([enable_$1])" = yes])])
])

# GH_TRY_CFLAG (VARIABLE, FLAG...): appends each flag that the compiler takes without a word
AC_DEFUN([GH_TRY_CFLAG], [
  m4_foreach_w([gh_flag], [$2], [
    AS_VAR_PUSHDEF([gh_cache], [gh_cv_cflag_[]gh_flag])
    AC_CACHE_CHECK([whether $CC takes gh_flag], [gh_cache], [
      gh_save_CFLAGS=$CFLAGS
      CFLAGS="$CFLAGS $$1 -Werror gh_flag"
      AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AS_VAR_SET([gh_cache], [yes])],
        [AS_VAR_SET([gh_cache], [no])])
      CFLAGS=$gh_save_CFLAGS
    ])
    AS_VAR_IF([gh_cache], [yes], [$1="$$1 gh_flag"])
    AS_VAR_POPDEF([gh_cache])
  ])
])

# GH_TRY_LDFLAG (VARIABLE, FLAG...): appends each flag that the linker takes
AC_DEFUN([GH_TRY_LDFLAG], [
  m4_foreach([gh_flag], [$2], [
    AS_VAR_PUSHDEF([gh_cache], [gh_cv_ldflag_[]gh_flag])
    AC_CACHE_CHECK([whether the linker takes gh_flag], [gh_cache], [
      gh_save_LDFLAGS=$LDFLAGS
      LDFLAGS="$LDFLAGS gh_flag"
      AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AS_VAR_SET([gh_cache], [yes])],
        [AS_VAR_SET([gh_cache], [no])])
      LDFLAGS=$gh_save_LDFLAGS
    ])
    AS_VAR_IF([gh_cache], [yes], [$1="$$1 gh_flag"])
    AS_VAR_POPDEF([gh_cache])
  ])
])

# GH_COMPILER_FLAGS: GH_CFLAGS, GH_LDFLAGS for everything, GH_PIE_CFLAGS and GH_PIE_LDFLAGS for
# programs, FUZZ_ENGINE for fuzz targets, GH_HARDENING_FOUND for the summary
AC_DEFUN([GH_COMPILER_FLAGS], [
  GH_WARN= GH_HARDEN= GH_LDFLAGS= GH_SANITIZE= FUZZ_ENGINE= GH_NO_UNDEFINED= GH_PIE_LDFLAGS=

  GH_TRY_CFLAG([GH_WARN], [-std=gnu17 -Wall -Wextra -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -Wold-style-definition -Wformat=2 -Wundef -Wpointer-arith -Wwrite-strings
    -Wvla -Wnested-externs -Wlogical-op -Wduplicated-cond
    -Wno-unused-parameter -Wno-missing-field-initializers -Wno-cast-function-type
    -Werror=implicit-function-declaration -Werror=incompatible-pointer-types
    -Werror=int-conversion -Werror=return-type -Werror=format-security])
  AS_IF([test "$enable_werror" = yes], [GH_WARN="$GH_WARN -Werror"])

  AS_IF([test "$enable_fuzzing" = yes], [
    GH_SANITIZE="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined"
    FUZZ_ENGINE="-fsanitize=fuzzer"
  ], [test "$enable_asan" = yes], [
    GH_SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=undefined"
  ])

  AS_IF([test -n "$GH_SANITIZE"], [
    GH_SANITIZE="$GH_SANITIZE -fno-omit-frame-pointer"
    gh_save_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS $GH_SANITIZE"
    AC_MSG_CHECKING([whether $CC builds with $GH_SANITIZE])
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       AC_MSG_ERROR([the sanitizers do not link; fuzzing needs CC=clang and its run-time library])])
    CFLAGS=$gh_save_CFLAGS
  ], [
    # The sanitizers replace what these do, and _FORTIFY_SOURCE hides errors from them.
    AC_MSG_CHECKING([whether $CC optimises])
    AC_COMPILE_IFELSE([AC_LANG_SOURCE([
#ifndef __OPTIMIZE__
#error not optimising
#endif
])], [gh_optimises=yes], [gh_optimises=no])
    AC_MSG_RESULT([$gh_optimises])
    AS_IF([test $gh_optimises = yes], [
      gh_fortify=2
      gh_save_CFLAGS=$CFLAGS
      CFLAGS="$CFLAGS -Werror -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3"
      AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <string.h>]], [])], [gh_fortify=3])
      CFLAGS=$gh_save_CFLAGS
      GH_HARDEN="-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$gh_fortify"
    ])
    GH_TRY_CFLAG([GH_HARDEN],
      [-fstack-protector-strong -fstack-clash-protection -fcf-protection])
    GH_TRY_LDFLAG([GH_LDFLAGS], [[-Wl,-z,relro], [-Wl,-z,now], [-Wl,-z,noexecstack]])
    # A sanitizer's symbols are in the program only.
    GH_TRY_LDFLAG([GH_NO_UNDEFINED], [[-Wl,-z,defs]])
  ])
  GH_TRY_LDFLAG([GH_LDFLAGS], [[-Wl,--as-needed]])
  GH_TRY_LDFLAG([GH_PIE_LDFLAGS], [[-pie]])
  GH_PIE_CFLAGS=
  AS_IF([test -n "$GH_PIE_LDFLAGS"], [GH_TRY_CFLAG([GH_PIE_CFLAGS], [-fPIE])])

  GH_HARDENING_FOUND=`echo $GH_HARDEN $GH_LDFLAGS $GH_PIE_LDFLAGS`
  GH_CFLAGS="$GH_WARN $GH_HARDEN $GH_SANITIZE"
  GH_LDFLAGS="$GH_LDFLAGS $GH_SANITIZE"
  AC_SUBST([GH_CFLAGS])
  AC_SUBST([GH_HARDEN])
  AC_SUBST([GH_SANITIZE])
  GH_TEST_SANITIZED=no
  AS_IF([test -n "$GH_SANITIZE"], [
    GH_TEST_SANITIZED=yes
    AC_DEFINE([GH_SANITIZED], [1], [Define in a build with sanitizers])
  ])
  AC_SUBST([GH_TEST_SANITIZED])
  AC_SUBST([GH_LDFLAGS])
  AC_SUBST([GH_NO_UNDEFINED])
  AC_SUBST([GH_PIE_CFLAGS])
  AC_SUBST([GH_PIE_LDFLAGS])
  AC_SUBST([FUZZ_ENGINE])
])

# GH_PROG_INTROSPECTION: g-ir-scanner and g-ir-compiler, unless disabled, sanitized or crossed.
# The scanner runs a program linked with the library, so it cannot be used when cross-building.
AC_DEFUN([GH_PROG_INTROSPECTION], [
  AS_IF([test "$enable_introspection" = auto], [
    AS_IF([test "$cross_compiling" = yes || test "$enable_asan$enable_fuzzing" != nono],
      [enable_introspection=no],
      [PKG_CHECK_EXISTS([gobject-introspection-1.0 >= 1.74],
        [enable_introspection=yes], [enable_introspection=no])])
  ])
  AS_IF([test "$enable_introspection" = yes], [
    AS_IF([test "$enable_asan$enable_fuzzing" != nono],
      [AC_MSG_ERROR([introspection does not work together with sanitizers])])
    PKG_CHECK_EXISTS([gobject-introspection-1.0 >= 1.74], [],
      [AC_MSG_ERROR([gobject-introspection is missing; use --disable-introspection])])
    PKG_CHECK_VAR([G_IR_SCANNER], [gobject-introspection-1.0], [g_ir_scanner])
    PKG_CHECK_VAR([G_IR_COMPILER], [gobject-introspection-1.0], [g_ir_compiler])
  ])
  AM_CONDITIONAL([ENABLE_INTROSPECTION], [test "$enable_introspection" = yes])
  # the binding of Vala is made of the introspection data
  AC_PATH_PROG([VAPIGEN], [vapigen])
  AM_CONDITIONAL([ENABLE_VAPI], [test "$enable_introspection" = yes && test -n "$VAPIGEN"])
])
