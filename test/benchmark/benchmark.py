"""The client side by side with what a user could use instead, as ratios in one run.

``python test/benchmark/benchmark.py`` prints tables, ``--quick`` smaller ones. Every figure is the median, with the
quartiles, of many short rounds in which all peers take turns. Ratios are to ``urllib3.PoolManager`` with `json.loads`,
round by round.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import metadata
from pathlib import Path

from generated_clients import VERSIONS, generate
from instructions import instructions_per_call
from measure import BASE, Calls, Spread, canned_service, import_seconds, in_turns, kept_bytes, ratios
from peers import Peer, by_client, by_urllib3, peer_of

import tracking_client

SUBJECT = "tracking_client"

CALL_MODULE = "tracking_client.api.file_api"
"""What a program that makes a call imports. The package itself imports its modules when they are first used."""
THREADED_CALLS = 3200


def peers_of(host: str, directory: Path) -> tuple[dict[str, Peer], dict[str, str], dict[str, str]]:
    """Return the peers that work, their modules, and why the others do not work."""
    modules = {name: name for name in (BASE, SUBJECT, "http.client", "requests", "httpx")}
    missing = {}
    for name, version in VERSIONS.items():
        modules[name] = "generated_" + version.replace(".", "_")
        problem = generate(version, modules[name], directory)
        if problem is None:
            sys.path.append(str(directory / modules[name]))
        else:
            missing[name] = problem
    peers = {}
    for name, module in modules.items():
        if name not in missing:
            try:
                peer = peer_of(module, host)
                for call in (peer.get, peer.post, peer.delete, peer.cold, partial(peer.list_of, 1)):
                    call()
                peers[name] = peer
            except Exception as error:  # generated code may not support this version of Python
                missing[name] = f"{type(error).__name__}: {error}"
    return peers, {name: modules[name] for name in peers}, missing


def table(*names: str) -> None:
    print(f"\n| {' | '.join(names)} |\n|{' --- |' * len(names)}")


def row(*cells: object) -> None:
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def time_of(seconds: float) -> str:
    if seconds >= 0.01:
        return f"{seconds * 1e3:,.1f} ms"
    return f"{seconds * 1e6:,.0f} µs" if seconds >= 1e-5 else f"{seconds * 1e6:.2f} µs"


def rows(what: str, figures: Mapping[str, list[float]], missing: Mapping[str, str]) -> None:
    """Print a row for each peer."""
    for name, values in figures.items():
        spread, ratio = Spread.of(values), ratios(figures, name)
        quartiles = f"{time_of(spread.low)} to {time_of(spread.high)}"
        of_ratio = "1.00" if name == BASE else f"**{ratio.median:.2f}** ({ratio.low:.2f} to {ratio.high:.2f})"
        row(what, name, time_of(spread.median), quartiles, of_ratio)
    for name, problem in missing.items():
        row(what, name, problem, "", "")


def side_by_side(host: str, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        peers, modules, missing = peers_of(host, Path(directory))
        table("what", "peer", "median", "quartiles", "ratio")
        for what, repeats in {"get": 50, "post": 50, "delete": 50, "cold": 5}.items():
            calls: Calls = {name: getattr(peer, what) for name, peer in peers.items()}
            rows(what.upper(), in_turns(calls, rounds, repeats), missing)
        for count, (some, repeats) in {1000: (rounds, 5), 100_000: (max(5, rounds // 2), 1)}.items():
            calls = {name: partial(peer.list_of, count) for name, peer in peers.items()}
            rows(f"list of {count:,}", in_turns(calls, some, repeats), missing)
        path = os.pathsep.join(str(Path(directory) / module) for module in modules.values())
        imports = {**modules, SUBJECT: CALL_MODULE, f"{SUBJECT} alone": SUBJECT}
        for module in imports.values():
            import_seconds(module, path)  # caches its bytecode
        calls = {name: partial(import_seconds, module, path) for name, module in imports.items()}
        seconds: dict[str, list[float]] = {name: [] for name in imports}
        for _ in range(2 * rounds):
            for name, call in calls.items():
                seconds[name].append(call())
        rows("import (processor time)", seconds, missing)
        table("what", "peer", "bytes", "ratio")
        for count in (1000, 100_000):
            kept = {name: kept_bytes(partial(peer.list_of, count), count) for name, peer in peers.items()}
            for name, size in kept.items():
                row(f"kept per file of a list of {count:,}", name, f"{size:,.0f}", f"{size / kept[BASE]:.2f}")
            for name, problem in missing.items():
                row(f"kept per file of a list of {count:,}", name, problem, "")
        table("what", "peer", "instructions", "ratio")
        counts = {name: instructions_per_call(module, path) for name, module in modules.items()}
        base = counts[BASE]
        for name, count in (counts | missing).items():
            cells = (count, "")
            if isinstance(count, int) and isinstance(base, int):
                cells = (f"{count:,}", f"{count / base:.2f}")
            row("GET (`valgrind --tool=callgrind`)", name, *cells)


def calls_in_a_row(peer: Peer, count: int) -> None:
    for _ in range(count):
        peer.get()


def calls_in_threads(peer: Peer, threads: ThreadPoolExecutor) -> None:
    for _ in threads.map(lambda _: peer.get(), range(THREADED_CALLS)):
        pass


def growth(host: str, most: int) -> None:
    """Print how the cost grows up to a size, compared with urllib3."""
    peers = {BASE: by_urllib3(host, 64), SUBJECT: by_client(host, tracking_client, 64)}

    def print_row(size: int, unit: int, rounds: int, what: Callable[[Peer], object]) -> None:
        figures = in_turns({name: partial(what, peer) for name, peer in peers.items()}, rounds, 1)
        medians = [time_of(Spread.of(figures[name]).median / unit) for name in (SUBJECT, BASE)]
        row(f"{size:,}", *medians, f"{ratios(figures, SUBJECT).median:.2f}")

    table("calls in a row", "each, tracking_client", "each, urllib3", "ratio")
    for size in filter(most.__ge__, [1, 10, 100, 1000, 10_000, 100_000]):
        print_row(size, size, max(2, min(50, 5000 // size)), partial(calls_in_a_row, count=size))
    table("files in the list", "each, tracking_client", "each, urllib3", "ratio")
    for size in filter(most.__ge__, [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]):
        print_row(size, size, max(5, min(50, 1_500_000 // size)), lambda peer, size=size: peer.list_of(size))
    table("threads", f"each of {THREADED_CALLS:,} calls, tracking_client", "each, urllib3", "ratio")
    for size in filter(most.__ge__, [1, 2, 4, 8, 16, 32, 64]):
        with ThreadPoolExecutor(size) as threads:
            print_row(size, THREADED_CALLS, 9, partial(calls_in_threads, threads=threads))


def versions() -> Iterator[str]:
    yield f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    for name in ("urllib3", "requests", "httpx", "pydantic"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            yield f"{name} {metadata.version(name)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rounds, and growth up to 100")
    arguments = parser.parse_args()
    print(", ".join(versions()))
    with canned_service() as host:
        side_by_side(host, 5 if arguments.quick else 60)
        growth(host, 100 if arguments.quick else 1_000_000)


if __name__ == "__main__":
    main()
