"""Many look-ups at once: the client's look-up of many, beside the same by hand in threads, and beside aiohttp.

``python test/benchmark/many_calls.py`` prints the tables. The service takes 20 ms for each response. The last table
is of services with faults.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import urllib3
from measure import BASE, Calls, Spread, canned_service, ratios

import tracking_client
from tracking_client._disk.hashing import md5sum
from tracking_client.bulk import look_up

DELAY = 0.02
LOOK_UPS = 3000
WORKERS = 32
FILES = 1000

MD5SUMS = [f"{number:032x}" for number in range(LOOK_UPS)]


def by_hand(host: str, md5sums: list[str] = MD5SUMS) -> Callable[[], int]:
    """Return the look-up as it is usually written: a thread pool over urllib3."""
    manager = urllib3.PoolManager(maxsize=WORKERS)

    def get(md5sum: str) -> Any:
        response = manager.request("GET", f"{host}/files/{md5sum}")
        return None if response.status == 404 else json.loads(response.data)

    def look_up_all() -> int:
        with ThreadPoolExecutor(WORKERS) as threads:
            return sum(file is not None for file in threads.map(get, md5sums))

    return look_up_all


def by_shared_iterator(host: str) -> Callable[[], int]:
    """Return the fastest that a few lines can do with urllib3: threads that share one iterator, and no order."""
    manager = urllib3.PoolManager(maxsize=WORKERS)

    def look_up_all() -> int:
        found = []
        rest, lock = iter(MD5SUMS), threading.Lock()

        def work() -> None:
            while True:
                with lock:
                    md5sum = next(rest, None)
                if md5sum is None:
                    return
                found.append(json.loads(manager.request("GET", f"{host}/files/{md5sum}").data))

        threads = [threading.Thread(target=work) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(found)

    return look_up_all


def by_aiohttp(host: str) -> Callable[[], int]:
    """Return the look-up with aiohttp and a semaphore."""
    import aiohttp

    async def look_up_all() -> int:
        semaphore = asyncio.Semaphore(WORKERS)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=WORKERS)) as session:

            async def get(md5sum: str) -> Any:
                async with semaphore, session.get(f"{host}/files/{md5sum}") as response:
                    return None if response.status == 404 else await response.json()

            return sum(file is not None for file in await asyncio.gather(*map(get, MD5SUMS)))

    return lambda: asyncio.run(look_up_all())


def by_client(host: str, md5sums: list[str] = MD5SUMS) -> Callable[[], int]:
    """Return the look-up of this package."""
    api_client = tracking_client.ApiClient(tracking_client.Configuration(host=host))
    return lambda: sum(result.tracked is not None for result in look_up(api_client, md5sums, max_workers=WORKERS))


def figures_of(calls: Calls, rounds: int) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Return the seconds of each call, and its processor time, one figure for each round."""
    wall: dict[str, list[float]] = {name: [] for name in calls}
    processor: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            began = time.perf_counter(), time.process_time()
            call()
            wall[name].append(time.perf_counter() - began[0])
            processor[name].append(time.process_time() - began[1])
    return wall, processor


def look_ups(rounds: int) -> None:
    """Print the table of look-ups."""
    with canned_service(DELAY) as host:
        calls = {BASE: by_hand(host), "tracking_client": by_client(host), "shared iterator": by_shared_iterator(host)}
        try:
            calls["aiohttp"] = by_aiohttp(host)
        except ImportError:
            print("aiohttp is not installed")
        for call in calls.values():
            assert call() == LOOK_UPS
        wall, processor = figures_of(calls, rounds)
    ideal = LOOK_UPS / WORKERS * DELAY
    print(f"\n| {LOOK_UPS:,} look-ups | time | to the ideal | ratio | processor time | ratio |\n|{' --- |' * 6}")
    for name in calls:
        seconds, cpu = Spread.of(wall[name]).median, Spread.of(processor[name]).median
        print(
            f"| {name} | {seconds:.3f} s | {seconds / ideal:.3f} | **{ratios(wall, name).median:.3f}** "
            f"| {cpu:.3f} s | **{ratios(processor, name).median:.3f}** |"
        )


def files_on_disk(rounds: int) -> None:
    """Print how long it takes to hash files, to look up their md5sums, and to do both."""
    print(f"\n| {FILES:,} files of | hash | look up | both | ratio to the longer one |\n|{' --- |' * 5}")
    for size in (1 << 10, 1 << 16, 1 << 20):
        with tempfile.TemporaryDirectory() as directory, canned_service(DELAY) as host:
            paths = [Path(directory) / f"{number}.vcf" for number in range(FILES)]
            for path in paths:
                path.write_bytes(os.urandom(64) * (size // 64))
            api_client = tracking_client.ApiClient(tracking_client.Configuration(host=host))

            def hash_all(paths: list[Path] = paths) -> list[str]:
                with ThreadPoolExecutor(os.cpu_count()) as threads:
                    return list(threads.map(md5sum, paths))

            md5sums = hash_all()
            calls: Calls = {
                "hash": hash_all,
                "look up": lambda api_client=api_client, md5sums=md5sums: look_up(api_client, md5sums),
                "both": lambda api_client=api_client, paths=paths: look_up(api_client, paths),
            }
            wall, _ = figures_of(calls, rounds)
        ratio = Spread.of(
            [both / max(*alone) for both, *alone in zip(wall["both"], wall["hash"], wall["look up"], strict=False)]
        )
        cells = " | ".join(f"{Spread.of(wall[name]).median:.3f} s" for name in calls)
        print(f"| {size // 1024:,} KiB | {cells} | **{ratio.median:.2f}** |")


class Fault(NamedTuple):
    """A service with a fault: its options, and the look-ups that are made."""

    name: str
    look_ups: int
    options: tuple[str, ...] = ()
    workers: int = 16
    is_killed: bool = False


FAULTS = [
    Fault("none, 32 workers", 3000, ("0.02",), 32),
    Fault("1 call in 500 takes 3 s", 5000, ("0.02", "--slow-every", "500")),
    Fault("5 % of requests are reset", 20_000, ("0", "--reset", "0.05")),
    Fault("503 for 3 s", 30_000, ("0", "--down-for", "3")),
    Fault("killed after 1 s, back after 10 s", 10_000, ("0.005",), is_killed=True),
]


@contextmanager
def faulty_service(fault: Fault) -> Iterator[str]:
    """Run a service with a fault, and yield its host."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, str(Path(__file__).with_name("canned_service.py")), *fault.options, "--port", str(port)]
    ended = threading.Event()

    def serve() -> None:
        for seconds in [1, None] if fault.is_killed else [None]:
            with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
                process.stdout.readline()
                started.set()
                ended.wait(seconds)
                process.send_signal(signal.SIGKILL)
            ended.wait(10)

    started = threading.Event()
    thread = threading.Thread(target=serve)
    thread.start()
    started.wait()
    try:
        yield f"http://127.0.0.1:{port}/api/v1"
    finally:
        ended.set()
        thread.join()


def with_retries_by_hand(host: str, md5sums: list[str], workers: int) -> list[str | None]:
    """Return the md5sums that were found, None for a failure: urllib3 with three retries, and a thread pool."""
    retries = urllib3.Retry(3, backoff_factor=0.5, status_forcelist=[429, 502, 503, 504])
    manager = urllib3.PoolManager(maxsize=workers, retries=retries)

    def get(md5sum: str) -> str | None:
        try:
            return json.loads(manager.request("GET", f"{host}/files/{md5sum}").data)["md5sum"]
        except (urllib3.exceptions.HTTPError, ValueError):
            return None

    with ThreadPoolExecutor(workers) as threads:
        return list(threads.map(get, md5sums))


def with_the_client(host: str, md5sums: list[str], workers: int) -> list[str | None]:
    """Return the md5sums that were found, None for a failure: the look-up of this package."""
    with tracking_client.ApiClient(tracking_client.Configuration(host=host)) as api_client:
        results = look_up(api_client, md5sums, max_workers=workers)
        return [result.tracked and result.tracked.md5sum for result in results]


def faults(rounds: int) -> None:
    """Print the table of services with faults. Each call has a service of its own."""
    calls = {BASE: with_retries_by_hand, "tracking_client": with_the_client}
    print(f"\n| fault | look-ups | by hand | failed | client | failed | wrong | ratio |\n|{' --- |' * 8}")
    for fault in FAULTS:
        md5sums = [f"{number:032x}" for number in range(fault.look_ups)]
        wall: dict[str, list[float]] = {name: [] for name in calls}
        failed: dict[str, int] = dict.fromkeys(calls, 0)
        wrong = 0
        for _ in range(rounds):
            for name, call in calls.items():
                with faulty_service(fault) as host:
                    began = time.perf_counter()
                    found = call(host, md5sums, fault.workers)
                    wall[name].append(time.perf_counter() - began)
                failed[name] += found.count(None)
                wrong += sum(each not in (None, md5sum) for each, md5sum in zip(found, md5sums, strict=True))
        hand, client = (Spread.of(wall[name]).median for name in calls)
        print(
            f"| {fault.name} | {fault.look_ups:,} | {hand:.2f} s | {failed[BASE]} | {client:.2f} s "
            f"| {failed['tracking_client']} | {wrong} | **{ratios(wall, 'tracking_client').median:.2f}** |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--faults", action="store_true", help="print only the table of services with faults")
    options = parser.parse_args()
    if not options.faults:
        look_ups(options.rounds)
        files_on_disk(options.rounds)
    faults(min(options.rounds, 5))


if __name__ == "__main__":
    main()
