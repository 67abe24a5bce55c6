#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""terminal.py COMMAND <OUTPUT >PICTURE: what a command wrote to a terminal, as an SVG."""

import html
import re
import sys

WIDTH, HEIGHT, MARGIN = 8.4, 19, 16
COLOURS = {
    "31": "#e06c75", "32": "#98c379", "33": "#e5c07b", "34": "#61afef", "35": "#c678dd",
    "36": "#56b6c2",
}  # fmt: skip


def spans(line: str) -> str:
    """The line as tspans; its escape sequences choose colour and weight."""
    parts, style = [], ""
    for piece in re.split(r"(\x1b\[[0-9;]*[A-Za-z])", line):
        if piece.startswith("\x1b["):
            codes = piece[2:-1].split(";") if piece.endswith("m") else []
            if codes:
                style = ""
            for code in codes:
                if code in COLOURS:
                    style += f' fill="{COLOURS[code]}"'
                elif code == "1":
                    style += ' font-weight="bold"'
                elif code == "2":
                    style += ' fill-opacity="0.6"'
        elif piece:
            parts.append(f"<tspan{style}>{html.escape(piece)}</tspan>")
    return "".join(parts)


def main() -> None:
    lines = [f"\x1b[1m$ {sys.argv[1]}\x1b[m"]
    lines += [line.rstrip("\r") for line in sys.stdin.read().rstrip().split("\n")]
    plain = [re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", line) for line in lines]
    width = max(map(len, plain)) * WIDTH + 2 * MARGIN
    height = len(lines) * HEIGHT + 2 * MARGIN
    print('<?xml version="1.0" encoding="UTF-8"?>')
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}">')
    print(f"<title>{html.escape(sys.argv[1])}</title>")
    print('<rect width="100%" height="100%" rx="8" fill="#282c34"/>')
    print('<g font-family="DejaVu Sans Mono, monospace" font-size="14" fill="#dcdfe4">')
    for number, line in enumerate(lines):
        y = MARGIN + (number + 0.75) * HEIGHT
        print(f'<text x="{MARGIN}" y="{y:.1f}" xml:space="preserve">{spans(line)}</text>')
    print("</g></svg>")


main()
