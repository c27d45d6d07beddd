"""Measures side by side: callables that take turns in many short rounds, so that what disturbs one disturbs all."""

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
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Callable, NamedTuple, Optional
from unittest.mock import patch

BASE = "urllib3"
"""The peer that ratios are to."""

Calls = Mapping[str, Callable[[], Any]]


@contextlib.contextmanager
def canned_service() -> Iterator[str]:
    """The host of a service in a process of its own that answers with fixed bytes."""
    command = [sys.executable, str(Path(__file__).with_name("canned_service.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            with patch.dict(os.environ, NO_PROXY="127.0.0.1", no_proxy="127.0.0.1"):
                yield f"http://127.0.0.1:{port}/api/v1"
        finally:
            process.terminate()


class Spread(NamedTuple):
    """The median of figures, and the quarters below and above it."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, figures: list[float]) -> Spread:
        return cls(*statistics.quantiles(figures, n=4, method="inclusive"))


def in_turns(calls: Calls, rounds: int, repeats: int, clock: Callable[[], float] = time.perf_counter) -> dict[str, Any]:
    """Seconds per call of each callable, a figure a round, after a round that warms up.

    Each round has an order of its own, for who comes next finds warm what the one before has in common with it. Each
    turn begins without the young garbage of the one before.
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
    """A callable's figures to those of the base, round by round."""
    return Spread.of([figure / base for figure, base in zip(figures[name], figures[BASE])])


def kept_bytes(make: Callable[[], Any], count: int) -> float:
    """The bytes that are kept of each entry of a list when it is there: the list's own, and what its maker holds."""
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
    """How many functions, of Python and of C, a call calls in its thread: the least of a few times."""
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


def import_seconds(module: str, path: Optional[str] = None) -> float:
    """The processor time of an import in a process of its own, from bytecode once it has been imported before."""
    script = f"import time; began = time.process_time(); import {module}; print(time.process_time() - began)"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    # All bytecode in one place that can be written to, and no source tree in the working directory.
    directory = bytecode_directory()
    environment["PYTHONPYCACHEPREFIX"] = directory
    if path is not None:
        environment["PYTHONPATH"] = path
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=directory, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


@cache
def bytecode_directory() -> str:
    """A directory that is gone with this process."""
    directory = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, directory)
    return directory
