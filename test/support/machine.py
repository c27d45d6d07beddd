"""What the machine has that some tests need."""

from __future__ import annotations

import shutil
import socket
import subprocess


def has_gnu_md5sum() -> bool:
    """Return whether ``md5sum`` is that of GNU coreutils: others have fewer options, or escape no names."""
    program = shutil.which("md5sum")
    if program is None:
        return False
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=60)
    return "GNU coreutils" in done.stdout


def has_ipv6() -> bool:
    """Return whether a server can listen on the loopback address of IPv6."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False
