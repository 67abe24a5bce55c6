# SPDX-License-Identifier: LGPL-2.1-or-later
"""Calls the library through its typelib. Prints TAP."""

import gi

gi.require_version("Gatehouse", "1")
from gi.repository import Gatehouse  # noqa: E402

print("1..1")
version = Gatehouse.version_string()
good = version.count(".") == 2
print("ok 1" if good else "not ok 1", "- the version is", version)
raise SystemExit(0 if good else 1)
