"""Measurements side by side: callables take turns in many short rounds, so that a busy machine slows all of them."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

BASE = "urllib3"
"""The peer that the others are compared with."""

Calls = Mapping[str, Callable[[], Any]]


@contextlib.contextmanager
def canned_service(delay: float = 0) -> Iterator[str]:
    """Run the service with fixed responses in another process, and yield its host.

    Args:
        delay: the seconds before each response.
    """
    command = [sys.executable, str(Path(__file__).with_name("canned_service.py")), str(delay)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            with patch.dict(os.environ, NO_PROXY="127.0.0.1", no_proxy="127.0.0.1"):
                yield f"http://127.0.0.1:{port}/api/v1"
        finally:
            process.terminate()


class Spread(NamedTuple):
    """The median of figures, and their lower and upper quartile."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, figures: list[float]) -> Spread:
        return cls(*statistics.quantiles(figures, n=4, method="inclusive"))


def in_turns(calls: Calls, rounds: int, repeats: int, clock: Callable[[], float] = time.perf_counter) -> dict[str, Any]:
    """Return the seconds per call of each callable, one figure per round, after a round to warm up.

    The order is shuffled in each round, because a callable finds in the processor's cache what it shares with the one
    before it. Each turn begins with a garbage collection.
    """
    figures: dict[str, list[float]] = {name: [] for name in calls}
    turns, order = list(calls.items()), random.Random(rounds)
    for number in range(rounds + 1):
        order.shuffle(turns)
        for name, call in turns:
            gc.collect(1)
            began = clock()
            for _ in range(repeats):
                call()
            if number:
                figures[name].append((clock() - began) / repeats)
    return figures


def ratios(figures: Mapping[str, list[float]], name: str) -> Spread:
    """Return the ratio of a callable's figures to those of the base, round by round."""
    return Spread.of([figure / base for figure, base in zip(figures[name], figures[BASE], strict=False)])


def kept_bytes(make: Callable[[], Any], count: int) -> float:
    """Return the bytes in memory per entry of a list: those of the list, and what the client keeps."""
    make()
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = make()
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(kept) == count
    return (after - before) / count


def functions_called(call: Callable[[], Any]) -> int:
    """Return how many functions, in Python and in C, a call runs in its thread: the lowest of five counts."""
    counts = []

    def note(frame: object, event: str, argument: object) -> None:
        counts[-1] += event in ("call", "c_call")

    before = sys.getprofile()
    for _ in range(5):
        counts.append(0)
        sys.setprofile(note)
        try:
            call()
        finally:
            sys.setprofile(before)
    return min(counts)


def import_seconds(module: str, path: str | None = None) -> float:
    """Return the processor time of an import in a new process, in seconds. Bytecode is cached by an earlier import."""
    script = f"import time; began = time.process_time(); import {module}; print(time.process_time() - began)"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    # Bytecode goes to one writable directory. The working directory contains no source tree.
    directory = bytecode_directory()
    environment["PYTHONPYCACHEPREFIX"] = directory
    if path is not None:
        environment["PYTHONPATH"] = path
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=directory, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


@cache
def bytecode_directory() -> str:
    """Return a directory that is deleted when this process exits."""
    directory = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, directory)
    return directory
