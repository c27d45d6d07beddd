"""Hashing of files, beside the programs ``openssl md5`` and ``md5sum``, and of two files in threads.

``python test/benchmark/hashing.py`` prints a table. The files are in the page cache, so that the disk does not count.
All take turns. Ratios are of the times in the same round: to ``openssl md5``, and to one file after the other.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from measure import Spread, in_turns

import tracking_client


@contextmanager
def two_files(size: int) -> Iterator[list[Path]]:
    """Yield the paths of two files with this number of bytes, and delete them afterwards."""
    with tempfile.TemporaryDirectory() as directory:
        paths = [Path(directory, f"isolate_R{number}.fastq") for number in (1, 2)]
        block = os.urandom(1024 * 1024)
        for path in paths:
            with path.open("wb") as stream:
                for _ in range(0, size, len(block)):
                    stream.write(block)
        yield paths


def one_after_the_other(paths: list[Path]) -> list[str]:
    return [tracking_client.md5sum(path) for path in paths]


def in_threads(paths: list[Path]) -> list[str]:
    return list(tracking_client.md5sums(paths, max_workers=len(paths)))


def by_two_processes(command: list[str], paths: list[Path]) -> None:
    """Show what the machine can do: two processors of a busy or a virtual one may be worth less than two."""
    processes = [subprocess.Popen([*command, path], stdout=subprocess.DEVNULL) for path in paths]
    for process in processes:
        process.wait()


def by_program(command: list[str], path: Path) -> None:
    subprocess.run([*command, path], stdout=subprocess.DEVNULL, check=True)


def print_rows(figures: Mapping[str, list[float]], base: str, size: int) -> None:
    for name, seconds in figures.items():
        spread = Spread.of(seconds)
        ratio = Spread.of([figure / other for figure, other in zip(seconds, figures[base], strict=False)])
        speed = f"{size / spread.median / 1e6:,.0f} MB/s"
        print(f"| {name} | {speed} | {ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f}) |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller files, and few rounds")
    arguments = parser.parse_args()
    size, rounds = (64 * 2**20, 5) if arguments.quick else (512 * 2**20, 21)
    with two_files(size) as paths:
        print(f"\n| {size / 2**20:,.0f} MiB | speed | time as a ratio |\n| --- | --- | --- |")
        one: dict[str, Callable[[], object]] = {
            "`tracking_client.md5sum`": partial(tracking_client.md5sum, paths[0]),
            "the same, with progress": partial(tracking_client.md5sum, paths[0], lambda count: None),
        }
        for command in (["openssl", "md5"], ["md5sum"]):
            if shutil.which(command[0]):
                one[f"`{' '.join(command)}`"] = partial(by_program, command, paths[0])
        base = "`openssl md5`" if "`openssl md5`" in one else next(iter(one))
        print_rows(in_turns(one, rounds, 1), base, size)
        two: dict[str, Callable[[], object]] = {
            "two files, one after the other": partial(one_after_the_other, paths),
            "two files, `tracking_client.md5sums`": partial(in_threads, paths),
        }
        if shutil.which("openssl"):
            two["two files, two processes of `openssl md5`"] = partial(by_two_processes, ["openssl", "md5"], paths)
        print_rows(in_turns(two, rounds, 1), "two files, one after the other", 2 * size)


if __name__ == "__main__":
    main()
