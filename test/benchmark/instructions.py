"""The processor's instructions in one call: a figure that a busy machine does not move.

``python test/benchmark/instructions.py MODULE HOST COUNT`` makes so many calls of a peer. Under `valgrind` with its
tool callgrind the instructions of a process are counted; what two counts differ by is the calls'.
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

from measure import canned_service
from peers import peer_of

FEW, MANY = 100, 300


def instructions_per_call(module: str, path: str) -> Union[int, str]:
    """The instructions of a GET of the peer that a module on a path is; or why they can't be counted."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        return "no valgrind to count them"
    with canned_service() as host:
        try:
            few, many = (_instructions(valgrind, path, [module, host, str(count)]) for count in (FEW, MANY))
        except subprocess.CalledProcessError as error:
            return f"valgrind failed with {error.returncode}"
        except OSError as error:
            return str(error)
    return (many - few) // (MANY - FEW)


def _instructions(valgrind: str, path: str, arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as directory:
        tool = [valgrind, "--tool=callgrind", f"--callgrind-out-file={Path(directory) / 'out'}"]
        command = [*tool, sys.executable, "-X", "frozen_modules=on", __file__, *arguments]
        environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": path}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if found is None:
        raise OSError("valgrind did not say how many")
    return int(found[1])


def main() -> None:
    module, host, count = sys.argv[1:]
    peer = peer_of(module, host)
    for _ in range(int(count)):
        peer.get()


if __name__ == "__main__":
    main()
