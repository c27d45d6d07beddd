"""Run the sessions of a page, its code blocks of the language ``console``, and compare what is printed."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from processes import read_terminal

HOST = "http://127.0.0.1:8080/api/v1"
"""The host in the pages: that of ``tracking-client serve``."""

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def console_blocks(page: Path) -> list[str]:
    """Return the sessions of a page."""
    return re.findall(r"^```console\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def environment(host: str) -> dict[str, str]:
    """Return the environment of a shell in which ``tracking-client`` is the one under test, and has this host."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TRACKING_CLIENT_")}
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    return {**inherited, "PATH": path, "TRACKING_CLIENT_HOST": host, "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def check_sessions(blocks: list[str], host: str, directory: Path) -> None:
    """Run sessions, one after another in one shell on a terminal, and compare what each command prints.

    Args:
        blocks: The sessions. A line that begins with ``$`` is a command, and its output follows.
        host: The host of a service. It takes the place of that in the pages.
        directory: Where to run them.
    """
    steps = [step for block in blocks for step in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)]
    # A NUL after the output of each command; $? stays as it was.
    script = "".join(f"{command}\ncode=$?; printf '\\0'; (exit $code)\n" for command, _ in steps)
    printed = on_terminal(["bash", "-c", script.replace(HOST, host)], host, directory).replace(host, HOST)
    for (command, expected), output in zip(steps, printed.split("\0"), strict=False):
        pattern = re.sub(_UUID, lambda _: _UUID, re.escape(expected).replace(r"\-", "-"))
        assert re.fullmatch(pattern, output), f"$ {command}\n{output}"
    assert printed.count("\0") == len(steps)


def on_terminal(command: list[str], host: str, directory: Path) -> str:
    """Run a command whose standard output and error are a terminal, and return what it prints there."""
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        command, cwd=directory, env=environment(host), stdin=subprocess.DEVNULL, stdout=end, stderr=end
    )
    os.close(end)
    try:
        printed = read_terminal(terminal)
    finally:
        process.wait(timeout=60)
    return printed.decode().replace("\r\n", "\n")
