"""The number of processor instructions of one call, a figure that does not depend on how busy the machine is.

``python test/benchmark/instructions.py MODULE HOST COUNT`` makes that many calls with a peer. `valgrind` counts the
instructions of a process with its tool callgrind; the difference between two runs is that of the additional calls.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import canned_service
from peers import peer_of

FEW, MANY = 100, 300


def instructions_per_call(module: str, path: str) -> int | str:
    """Return the instructions of a GET, or why they cannot be counted.

    Args:
        module: the module of the peer.
        path: the value of PYTHONPATH.
    """
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        return "valgrind is not installed"
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
        raise OSError("valgrind printed no count")
    return int(found[1])


def main() -> None:
    module, host, count = sys.argv[1:]
    peer = peer_of(module, host)
    for _ in range(int(count)):
        peer.get()


if __name__ == "__main__":
    main()
