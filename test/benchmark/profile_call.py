"""Where the time of a call goes: ``python test/benchmark/profile_call.py`` prints the shares.

A sampling profiler (py-spy) observes a client that looks up a file again and again. The time of a system call counts
for the Python function that made it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from measure import canned_service
from peers import by_client

SECONDS = 20

# A sample counts for the first place that matches its innermost frame that matches any.
PLACES = {
    "sending the request, in the kernel": ["sendall (tracking_client/_transport/connections.py"],
    "waiting for the response, and reading it from the socket": [
        "readinto (tracking_client/_transport/raw_responses.py",
        "readinto (socket.py",
    ],
    "checking whether the connection is still open": [
        "wait_for_read (",
        "poll_wait_for_socket (",
        "_have_working_poll (",
    ],
    "json": ["(json/"],
    "http.client, email": ["(http/client.py", "(email/"],
    "urllib3": ["(urllib3/"],
    "parsing of response headers in this package": [
        "parse_response_headers (",
        "begin (tracking_client/_transport/raw_responses.py",
    ],
    "the rest of this package": ["(tracking_client/"],
}


def place(stack: str) -> str:
    """Return the place that a sample counts for."""
    for frame in reversed(stack.split(";")):
        for name, marks in PLACES.items():
            if any(mark in frame for mark in marks):
                return name
    return "other"


def main() -> None:
    if len(sys.argv) > 1:
        import tracking_client

        peer = by_client(sys.argv[1], tracking_client)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            peer.get()
        return
    if shutil.which("py-spy") is None:
        print("py-spy is not installed")
        return
    with canned_service() as host, tempfile.TemporaryDirectory() as directory:
        samples = Path(directory) / "samples"
        record = ["py-spy", "record", "--idle", "--rate", "500", "--duration", str(SECONDS + 5), "--format", "raw"]
        command = [*record, "--output", str(samples), "--", sys.executable, __file__, host]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if not samples.exists():
            print(f"py-spy cannot observe the process: {done.stderr.strip()}")
            return
        counts: Counter[str] = Counter()
        for line in samples.read_text(encoding="utf-8").splitlines():
            stack, _, count = line.rpartition(" ")
            counts[place(stack)] += int(count)
    print("| share | where |\n| --- | --- |")
    for name, count in counts.most_common():
        print(f"| {100 * count / sum(counts.values()):.0f} % | {name} |")


if __name__ == "__main__":
    main()
