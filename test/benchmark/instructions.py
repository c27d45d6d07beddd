"""The processor's instructions in one call: a figure that a busy machine does not move.

``python test/benchmark/instructions.py NAME COUNT`` makes so many calls of a peer. Under `valgrind` with its tool
callgrind the instructions of a process are counted; what two counts differ by is the calls'.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Union

from measure import BASE, canned_service
from peers import by_client, by_urllib3

FEW, MANY = 100, 300


def instructions_per_call(name: str) -> Union[int, str]:
    """The instructions of a GET of a peer, urllib3 or tracking_client; or why they can't be counted."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        return "no valgrind to count them"
    with canned_service() as host:
        try:
            few, many = (_instructions(valgrind, name, host, count) for count in (FEW, MANY))
        except subprocess.CalledProcessError as error:
            return f"valgrind failed with {error.returncode}"
    return (many - few) // (MANY - FEW)


def _instructions(valgrind: str, name: str, host: str, count: int) -> int:
    with tempfile.TemporaryDirectory() as directory:
        tool = [valgrind, "--tool=callgrind", f"--callgrind-out-file={Path(directory) / 'out'}"]
        command = [*tool, sys.executable, "-X", "frozen_modules=on", __file__, name, host, str(count)]
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    assert found, done.stderr
    return int(found[1])


def main() -> None:
    name, host, count = sys.argv[1:]
    if name == BASE:
        peer = by_urllib3(host)
    else:
        import tracking_client

        peer = by_client(host, tracking_client)
    for _ in range(int(count)):
        peer.get()


if __name__ == "__main__":
    main()
