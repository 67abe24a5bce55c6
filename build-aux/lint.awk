# SPDX-License-Identifier: LGPL-2.1-or-later
# The line by line half of the linter: prints "file:line: error: what", exits 1 if there was one.

function report (kind, line, what)
{
  printf "%s:%d: %s: %s\n", FILENAME, line, kind, what
  if (kind == "error")
    errors++
}

# The place of a folder of core/ in the order of layers; those that use core stand after all.
function layer_of (folder)
{
  return folder in layer ? layer[folder] : 99
}

function begin_file ()
{
  is_c = FILENAME ~ /\.[ch]$/
  is_header = FILENAME ~ /\.h$/
  is_test = FILENAME ~ /^(tests|bench)\//
  is_core = FILENAME ~ /^core\//
  is_prose = FILENAME ~ /\.md$/
  is_make = FILENAME ~ /(\.am|\.inc|\.in)$/
  # The linter names what it looks for.
  is_linter = FILENAME ~ /^build-aux\/lint/
  parts = split (FILENAME, part, "/")
  folder = is_core ? (parts > 2 ? part[2] : "gh-cse") : ""
  lines = 0; pragma = 0; spdx = 0; includes = 0; call = ""; body = 0
}

function end_file ()
{
  if (name == "")
    return
  if (!spdx && !was_prose)
    printf "%s:1: error: no SPDX line\n", name, errors++
  if (was_header && !pragma)
    printf "%s:1: error: no #pragma once\n", name, errors++
  if (was_c && lines > 800)
    printf "%s:%d: error: more than 800 lines; split it along its seam\n", name, lines, errors++
}

# An error's domain is a domain, not a code: the compiler takes either.
function check_domain (text, wanted,    n, argument, i, depth, c, word)
{
  sub (/^[^(]*\(/, "", text)
  n = 1; depth = 0; word = ""
  for (i = 1; i <= length (text); i++)
    {
      c = substr (text, i, 1)
      if (c == "(") depth++
      if (c == ")" && depth-- == 0) break
      if (c == "," && depth == 0)
        {
          if (n == wanted) break
          n++; word = ""
          continue
        }
      word = word c
    }
  gsub (/[ \t\n]/, "", word)
  if (n == wanted && word ~ /^[A-Z0-9_]+$/ && word !~ /_ERROR$/)
    report("error", call_line, word " stands where an error domain (..._ERROR) belongs")
}

BEGIN {
  count = split ("base primitive model store tree security access write link service type plugin gh-cse", order, " ")
  for (i = 1; i <= count; i++)
    layer[order[i]] = i
}

FNR == 1 {
  end_file()
  name = FILENAME
  begin_file()
  was_prose = is_prose || FILENAME ~ /\.in$/ || FILENAME ~ /^po\//
  was_header = is_header; was_c = is_c
}

{
  lines++
  raw = $0
  width = raw
  gsub (/[\200-\277]/, "", width)
}

/SPDX-License-Identifier: LGPL-2.1-or-later/ {
  if (FNR <= 3)
    spdx = 1
}

is_c && FNR == 1 && $0 != "/* SPDX-License-Identifier: LGPL-2.1-or-later */" {
  report("error", FNR, "the first line is not the SPDX comment")
}

/^#pragma once$/ { pragma = 1 }

is_c && /\t/ { report("error", FNR, "a tab") }
!is_prose && /[ \t]+$/ { report("error", FNR, "blanks at the end of the line") }
is_c && length (width) > 100 { report("error", FNR, length (width) " columns; 100 are allowed") }
/\r$/ { report("error", FNR, "a carriage return") }

!is_linter && /(^|[^A-Za-z0-9_])(TODO|FIXME|XXX)([^A-Za-z0-9_X]|$)/ {
  report("error", FNR, "what is left to do belongs into the issue, not into the source")
}
!is_linter && /(^|[ "'=(:])\/(work|home|root)\/[a-z]/ {
  report("error", FNR, "a path of one machine")
}

is_c && /^#include/ {
  includes++
  if (!is_header && includes == 1 && $0 != "#include \"config.h\"" && FILENAME !~ /^docs\//)
    report("error", FNR, "the first include of a source file is \"config.h\"")
  if (is_header && $2 == "\"config.h\"")
    report("error", FNR, "a header does not include \"config.h\"")
  if (is_core && match ($2, /^"[a-z-]+\//) && folder != "")
    {
      other = substr ($2, 2, RLENGTH - 2)
      if (other == "plugins" || other == "bindings" || other == "tests")
        report("error", FNR, "core/ includes nothing of " other "/")
      else if (layer_of(other) > layer_of(folder))
        report("error", FNR, "core/" folder " may not use core/" other ", which stands below it")
    }
  if (is_core && $2 == "\"gh-cse.h\"" && folder != "gh-cse")
    report("error", FNR, "core/" folder " may not use gh-cse.h, which stands below it")
}

# From here on, what code says and not what comments or strings say.
is_c {
  code = raw
  gsub (/"([^"\\]|\\.)*"/, "\"\"", code)
  gsub (/\/\*[^*]*\*\//, "", code)
  sub (/\/\*.*$/, "", code)
  if (code ~ /^ *\*/)
    code = ""
}

is_c && !is_test && code ~ /(^|[^a-z_])g_assert \(/ && above !~ /\*\/$/ && raw !~ /\/\*/ {
  report("error", FNR, "g_assert without a comment that says why going on would be unsafe; " \
                       "g_return_* are for callers, errors for input")
}
is_c && !is_test && code ~ /(^|[^A-Za-z0-9_])(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|rand|random|g_random_int|system|popen|alloca|g_alloca|tmpnam|mktemp) \(/ {
  report("error", FNR, "a function that we do not call")
}
is_c && is_core && code ~ /(^|[^A-Za-z0-9_])goto [a-z]/ {
  report("error", FNR, "goto: g_autoptr and g_autofree clean up")
}
is_c && FILENAME ~ /^tests\// && code ~ /(^|[^A-Za-z0-9_])(sleep|usleep|g_usleep|nanosleep) \(/ {
  report("error", FNR, "a test does not sleep: fake the clock, or wait for the event")
}
FILENAME ~ /^tests\/.*\.sh$/ && /(^|[;&| ])sleep [1-9]/ {
  report("error", FNR, "a test does not sleep a second: poll for what it waits for")
}
is_c && code ~ /(^|[^A-Za-z0-9_ ])[A-Za-z0-9_]*[a-z0-9]\(/ && code !~ /^ *#/ && code !~ /[\[(]\(/ {
  if (code ~ /(^|[ !(])(if|while|for|switch|g_[a-z_]+|gh_[a-z_]+)\(/)
    report("error", FNR, "no blank before a parenthesis")
}

# Calls that name an error's domain may go over several lines.
is_c && call == "" && match (code, /(^|[^A-Za-z0-9_])(g_set_error|g_set_error_literal|g_error_new|g_error_new_literal) \(/) {
  call = substr (code, RSTART)
  call_line = FNR
  wanted = call ~ /g_set_error/ ? 2 : 1
}
is_c && call != "" {
  if (FNR > call_line)
    call = call " " code
  if (code ~ /;/)
    {
      check_domain(call, wanted)
      call = ""
    }
}

{ above = raw }

is_c && !is_header && /^\{$/ { body = FNR }
is_c && !is_header && /^\}$/ && body {
  if (FNR - body - 1 > 60 && !is_test)
    report("warning", body, "a function of " (FNR - body - 1) " lines; 60 are where to split it")
  body = 0
}

END {
  end_file()
  exit errors > 0
}
