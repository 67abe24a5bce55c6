# SPDX-License-Identifier: LGPL-2.1-or-later
"""ghctl as somebody uses it at a terminal: behind a pseudo terminal of a given width.

ghctl_terminal.py run COLUMNS COMMAND...    runs it, and prints what the terminal got, a line each
ghctl_terminal.py interrupt FIFO COMMAND... reads one octet of what it writes to the named pipe, presses
                                            Ctrl-C, and prints what the terminal got and how it ended
ghctl_terminal.py secret COMMAND...         presses Ctrl-C where it asks for a secret, and prints how it
                                            ended and whether the terminal echoes again
ghctl_terminal.py complete SCRIPT LINE      types the line and Tab in an interactive bash that has read the
                                            script, and prints the line as it is then, and what is offered
"""

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time

PATIENCE_S = 60


def set_width(fd, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def start(command, columns, environment):
    """A child whose terminal has its width before the command begins; and the terminal's name."""
    go_in, go_out = os.pipe()
    name_in, name_out = os.pipe()
    pid, fd = pty.fork()
    if pid == 0:
        os.write(name_out, os.ttyname(0).encode())
        os.read(go_in, 1)
        os.execvpe(command[0], command, environment)
    set_width(fd, columns)
    name = os.read(name_in, 4096).decode()
    # Kept open: the settings of a terminal that nobody has open are gone.
    kept = os.open(name, os.O_RDWR | os.O_NOCTTY)
    os.write(go_out, b"!")
    return pid, fd, kept


def read_all(fd, until=None):
    """What comes until the end, or until the pattern stands in it."""
    said = b""
    end = time.monotonic() + PATIENCE_S
    while until is None or not re.search(until, said):
        if not select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
            raise SystemExit(f"nothing more came after {said!r}")
        try:
            part = os.read(fd, 65536)
        except OSError:
            break
        if not part:
            break
        said += part
    return said


def how_it_ended(pid):
    status = os.waitpid(pid, 0)[1]
    return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit {os.WEXITSTATUS(status)}"


def environment_without_columns(**others):
    known = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    return {**known, "TERM": "xterm", **others}


def print_said(said):
    for line in re.split(rb"[\r\n]+", said):
        print(re.sub(rb"\033\[[0-9;?]*[A-Za-z]", b"", line).decode())


def run(columns, *command):
    pid, fd, kept = start(command, int(columns), environment_without_columns())
    os.close(kept)
    print_said(read_all(fd))
    print(how_it_ended(pid))


def interrupt(fifo, *command):
    pid, fd, kept = start(command, 80, environment_without_columns())
    os.close(kept)
    with open(fifo, "rb", buffering=0) as pipe:
        pipe.read(1)
        os.write(fd, b"\x03")
        print_said(read_all(fd))
    print(how_it_ended(pid))


def secret(*command):
    pid, fd, kept = start(command, 80, environment_without_columns())
    read_all(fd, rb": $")
    os.write(fd, b"half of it\x03")
    print(how_it_ended(pid))
    print("echo" if termios.tcgetattr(kept)[3] & termios.ECHO else "no echo")


def complete(script, line):
    pid, fd, kept = start(["bash", "--norc", "--noprofile", "-i"], 200,
                          environment_without_columns(PS1="", HISTFILE="/dev/null", INPUTRC="/dev/null"))
    os.close(kept)
    # The settings of readline, so that neither a bell nor a question is in what is read.
    setup = (f"bind 'set bell-style none'; bind 'set completion-query-items 0'; bind 'set page-completions "
             f"off'; bind 'set enable-bracketed-paste off'; cd '{os.path.dirname(script)}'; . '{script}'; "
             "PS1=; PS2=; printf 'rea%s\\n' dy")
    os.write(fd, setup.encode() + b"\n")
    read_all(fd, rb"ready\r\n")
    # Twice: the first one completes what is sure, the second one shows what there is. What stands in the
    # line is then shown by a key that prints it.
    os.write(fd, b"bind -x '\"\\C-t\": printf \"\\nLINE[%s]\\n\" \"$READLINE_LINE\"'; printf 'se%s\\n' t\n")
    read_all(fd, rb"set\r\n")
    os.write(fd, line.encode() + b"\t\t\x14")
    print_said(read_all(fd, rb"LINE\[.*\]"))
    # It hangs up, as a terminal that is closed does.
    os.close(fd)
    os.waitpid(pid, 0)


if __name__ == "__main__":
    {"run": run, "interrupt": interrupt, "secret": secret, "complete": complete}[sys.argv[1]](*sys.argv[2:])
