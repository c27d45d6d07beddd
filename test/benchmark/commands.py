"""The command ``tracking-client`` beside what a shell author would write without it.

``python test/benchmark/commands.py`` prints tables, of which each compares the first row with the others:

- the time of ``known`` of 50 files, beside a loop of ``md5sum`` and ``curl``;
- the time of ``known`` of 200 small files, beside the least Python script with urllib3 that does the same;
- the time of ``known`` of 24 files of 30 MB, beside ``md5sum``;
- the processor time of ``known`` of one md5sum, beside the least script that looks it up with urllib3.

All take turns. Ratios are of figures of the same round.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import Spread, canned_service

import tracking_client

FILES = 50
SIZE = 100_000
SMALL_FILES = 200
LARGE_FILES, LARGE_SIZE = 24, 30_000_000

LEAST_SCRIPT = """
import json, sys, urllib3
response = urllib3.PoolManager().request("GET", f"{sys.argv[1]}/files/{sys.argv[2]}", timeout=30)
if response.status == 404:
    sys.exit(3)
print(json.loads(response.data))
"""

LEAST_SCRIPT_FOR_FILES = """
import hashlib, json, sys, urllib3
from concurrent.futures import ThreadPoolExecutor
host, *paths = sys.argv[1:]
pool = urllib3.PoolManager(maxsize=16)
def known(path):
    with open(path, "rb") as file:
        md5sum = hashlib.md5(file.read()).hexdigest()
    response = pool.request("GET", f"{host}/files/{md5sum}", timeout=30)
    return response.status, json.loads(response.data)
with ThreadPoolExecutor(16) as executor:
    for path, (status, file) in zip(paths, executor.map(known, paths)):
        print("tracked" if status == 200 else "untracked", path, file.get("filename"), sep="\\t")
"""

SHELL_LOOP = """
host=$1; shift
for path; do
    sum=$(md5sum "$path")
    curl -fsS -o /dev/null "$host/files/${sum%% *}"
done
"""

COMMAND = [sys.executable, "-m", "tracking_client"]


def run(command: list[str]) -> tuple[float, float]:
    """Run a command, and return how long it took and its processor time, both in seconds.

    Raises:
        CalledProcessError: its exit code is not 0.
    """
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime


def print_rows(commands: dict[str, list[str]], rounds: int, figure: int) -> None:
    """Print a row for each command. The first is what the others are compared with."""
    for command in commands.values():
        run(command)
    figures = [[run(command)[figure] for command in commands.values()] for _ in range(rounds)]
    for index, name in enumerate(commands):
        spread = Spread.of([round_[index] for round_ in figures])
        ratio = Spread.of([round_[index] / round_[0] for round_ in figures])
        shown = f"{ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"
        print(f"| {name} | {spread.median * 1000:,.0f} ms | {shown} |", flush=True)


def print_small_files(known: list[str], host: str, directory: Path, rounds: int) -> None:
    """Print the time of ``known`` of many small files, beside that of the least script."""
    script = directory / "least_for_files.py"
    script.write_text(LEAST_SCRIPT_FOR_FILES, encoding="utf-8")
    paths = [directory / f"small_{number}.fastq" for number in range(SMALL_FILES)]
    for path in paths:
        path.write_bytes(os.urandom(1000))
    print(f"\n| {SMALL_FILES} files of 1 kB | time | ratio |\n| --- | --- | --- |")
    rows = {"the least script with urllib3": [sys.executable, str(script), host, *map(str, paths)]}
    print_rows(rows | {"`known`": [*known, *map(str, paths)]}, rounds, 0)


def print_large_files(known: list[str], directory: Path, rounds: int) -> None:
    """Print the time of ``known`` of large files, beside that of ``md5sum``."""
    if not shutil.which("md5sum"):
        return
    paths = [directory / f"large_{number}.fastq" for number in range(LARGE_FILES)]
    for path in paths:
        path.write_bytes(os.urandom(LARGE_SIZE))
    print(f"\n| {LARGE_FILES} files of 30 MB | time | ratio |\n| --- | --- | --- |")
    rows = {"`md5sum`": ["md5sum", *map(str, paths)]}
    print_rows(rows | {"`known`": [*known, *map(str, paths)]}, max(3, rounds // 3), 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rounds")
    rounds = 5 if parser.parse_args().quick else 21
    # As pip leaves an installed package.
    compileall.compile_dir(Path(tracking_client.__file__).parent, quiet=1)
    with canned_service() as host, tempfile.TemporaryDirectory() as directory:
        script = Path(directory, "least.py")
        script.write_text(LEAST_SCRIPT, encoding="utf-8")
        paths = [Path(directory, f"isolate_{number}.fastq") for number in range(FILES)]
        for path in paths:
            path.write_bytes(os.urandom(SIZE))
        known = [*COMMAND, "--host", host, "known"]
        print(f"\n| {FILES} files | time | ratio |\n| --- | --- | --- |")
        rows = {f"`known` of {FILES} files": [*known, *map(str, paths)]}
        if shutil.which("curl") and shutil.which("md5sum"):
            loop = ["sh", "-ec", SHELL_LOOP, "sh", host, *map(str, paths)]
            rows = {"a loop of `md5sum` and `curl`": loop, **rows}
        print_rows(rows, rounds, 0)
        print_small_files(known, host, Path(directory), rounds)
        print_large_files(known, Path(directory), rounds)
        print("\n| one md5sum | processor time | ratio |\n| --- | --- | --- |")
        md5sum = f"{1:032x}"
        rows = {"the least script with urllib3": [sys.executable, str(script), host, md5sum]}
        rows |= {"`known --md5`": [*known, "--md5", md5sum], "`--help`": [*COMMAND, "--help"]}
        print_rows(rows, rounds, 1)


if __name__ == "__main__":
    main()
