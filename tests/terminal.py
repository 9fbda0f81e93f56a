"""A terminal of 80 by 24: what a person sees of a command."""

import contextlib
import fcntl
import os
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def screen(*args: object) -> list[str]:
    """Return what a terminal of 80 by 24 shows of a command, long lines folded."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [sys.executable, "-m", "forensics", *map(str, args)]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as started:
        os.close(theirs)
        said = b""
        with contextlib.suppress(OSError):  # how a terminal says that its other end is gone
            while piece := os.read(ours, 1 << 16):
                said += piece
        os.close(ours)
    assert started.returncode == 0, said
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said.decode()).replace("\r", "")
    return [line[at : at + 80] for line in text.rstrip("\n").split("\n") for at in range(0, max(1, len(line)), 80)]
