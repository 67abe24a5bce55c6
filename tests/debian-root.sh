# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# A minimal Debian root for tests that need one to themselves. To be sourced, by root, in the top
# folder of the tree, with keep=yes when the root shall be left for a look.

suite=bookworm

[ "$(id -u)" -eq 0 ] || { echo "${0##*/}: needs root" >&2; exit 77; }
root=$(mktemp -d "${TMPDIR:-/tmp}/debian-root.XXXXXX")
clean_up ()
{
  if [ "$keep" = yes ]; then
    echo "${0##*/}: kept $root"
  else
    rm -rf --one-file-system "$root"
  fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

repositories ()
{
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT) $(CODENAME)' \
    'Created-By: Packages' | grep "^[^ ]* $suite" | sort -u
}

# make_root BASE: fills $root, from a debootstrapped folder if one is named
make_root ()
{
  if [ -n "$1" ]; then
    cp -a "$1/." "$root"
  else
    command -v debootstrap >/dev/null || { echo "${0##*/}: needs debootstrap" >&2; exit 77; }
    mirror=$(repositories | awk -v s=$suite '$2 == s { print $1; exit }')
    echo "== Making a minimal root of $suite"
    debootstrap --variant=minbase $suite "$root" "$mirror" >"$root.log" 2>&1 ||
      { tail -n 20 "$root.log"; exit 1; }
    rm -f "$root.log"
  fi
  # The same updates as outside, and no package lists.
  repositories | awk '{ print "deb " $1 " " $2 " " $3 }' >"$root/etc/apt/sources.list"
  rm -rf "$root/var/lib/apt/lists" "$root/var/cache/apt/archives"
  mkdir -p "$root/var/lib/apt/lists/partial" "$root/var/cache/apt/archives/partial" "$root/src"
  cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || :
}

# inside COMMAND...: in its own process and mount name space, so that nothing outlives it
inside ()
{
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount --pid --fork --kill-child --mount-proc="$root/proc" \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/ TERM=dumb \
    ${CI:+CI="$CI"} chroot "$root" sh -c 'cd /src && exec "$@"' sh "$@" </dev/null
}
