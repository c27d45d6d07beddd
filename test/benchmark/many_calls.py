"""Many look-ups at once: the client's look-up of many, beside the same by hand in threads, and beside aiohttp.

``python test/benchmark/many_calls.py`` prints the tables. The service takes 20 ms for each response.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

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
    return lambda: sum(result.file is not None for result in look_up(api_client, md5sums, max_workers=WORKERS))


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
                "look up": lambda api_client=api_client, md5sums=md5sums: list(look_up(api_client, md5sums)),
                "both": lambda api_client=api_client, paths=paths: list(look_up(api_client, paths)),
            }
            wall, _ = figures_of(calls, rounds)
        ratio = Spread.of(
            [both / max(*alone) for both, *alone in zip(wall["both"], wall["hash"], wall["look up"], strict=False)]
        )
        cells = " | ".join(f"{Spread.of(wall[name]).median:.3f} s" for name in calls)
        print(f"| {size // 1024:,} KiB | {cells} | **{ratio.median:.2f}** |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    look_ups(rounds)
    files_on_disk(rounds)


if __name__ == "__main__":
    main()
