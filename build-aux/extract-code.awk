# SPDX-License-Identifier: LGPL-2.1-or-later
# Prints the code block of a document whose opening fence names WANTED, as in "```c example.c", so
# that the tests build exactly what the reader sees.
# Usage: awk -v wanted=example.c -f build-aux/extract-code.awk DOCUMENT

/^```/ {
  if (inside)
    inside = 0
  else if ($2 == wanted)
    {
      inside = 1
      found++
    }
  next
}

inside

END {
  if (found != 1)
    {
      printf "extract-code.awk: %d code blocks are named %s\n", found, wanted > "/dev/stderr"
      exit 1
    }
}
