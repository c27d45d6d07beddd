"""The cost of the client compared with urllib3: a test fails at 1.5 times what docs/benchmarks.md promises."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from functools import partial

import pytest
from many_calls import by_client as many_by_client
from many_calls import by_hand as many_by_hand
from measure import (
    BASE,
    Calls,
    Spread,
    canned_service,
    functions_called,
    import_seconds,
    in_turns,
    kept_bytes,
    ratios,
)
from peers import Peer, by_client, by_urllib3

import tracking_client

pytestmark = pytest.mark.performance

SUBJECT = "tracking_client"
MARGIN = 1.5
ATTEMPTS = 3  # a busy machine may be slow for a while; a slow client is slow each time


@pytest.fixture(scope="module")
def peers() -> Iterator[dict[str, Peer]]:
    with canned_service() as host:
        yield {BASE: by_urllib3(host), SUBJECT: by_client(host, tracking_client)}


def is_within(limit: float, calls: Calls, repeats: int) -> bool:
    return any(ratios(in_turns(calls, 15, repeats), SUBJECT).median <= limit for _ in range(ATTEMPTS))


@pytest.mark.parametrize(("what", "target"), [("get", 1.05), ("post", 1.05), ("delete", 1.05), ("cold", 1.1)])
def test_time_of_calls(peers, what, target):
    assert is_within(MARGIN * target, {name: getattr(peer, what) for name, peer in peers.items()}, 10)


@pytest.mark.parametrize("what", ["get", "post", "delete"])
def test_calls_run_few_functions(peers, what):
    """Count functions, which does not depend on how busy the machine is."""
    counts = {name: functions_called(getattr(peer, what)) for name, peer in peers.items()}
    assert counts[SUBJECT] <= 1.05 * counts[BASE]


def test_list_runs_few_functions_per_file(peers):
    short, long = (functions_called(partial(peers[SUBJECT].list_of, count)) for count in (1000, 2000))
    assert (long - short) / 1000 <= 10


@pytest.mark.parametrize(("count", "repeats", "target"), [(1000, 2, 2.3), (20_000, 1, 2.5)])
def test_time_of_lists(peers, count, repeats, target):
    calls = {name: partial(peer.list_of, count) for name, peer in peers.items()}
    assert is_within(MARGIN * target, calls, repeats)


def test_memory_per_file(peers):
    assert kept_bytes(partial(peers[SUBJECT].list_of, 1000), 1000) <= 280


def test_time_of_import():
    modules = {BASE: "urllib3", SUBJECT: "tracking_client.api.file_api"}
    for module in modules.values():
        import_seconds(module)  # caches its bytecode
    seconds: dict[str, list[float]] = {name: [] for name in modules}
    for _ in range(9):
        for name, module in modules.items():
            seconds[name].append(import_seconds(module))
    assert Spread.of(seconds[SUBJECT]).median <= MARGIN * 1.1 * Spread.of(seconds[BASE]).median


def test_time_of_many_look_ups():
    md5sums = [f"{number:032x}" for number in range(800)]
    with canned_service(0.02) as host:
        calls = {BASE: many_by_hand(host, md5sums), SUBJECT: many_by_client(host, md5sums)}
        assert {call() for call in calls.values()} == {800}
        assert any(ratios(in_turns(calls, 3, 1), SUBJECT).median <= MARGIN * 1.05 for _ in range(ATTEMPTS))


def test_processor_time_of_many_look_ups():
    md5sums = [f"{number:032x}" for number in range(800)]
    with canned_service(0.02) as host:
        calls = {BASE: many_by_hand(host, md5sums), SUBJECT: many_by_client(host, md5sums)}
        assert {call() for call in calls.values()} == {800}
        figures = (in_turns(calls, 3, 1, time.process_time) for _ in range(ATTEMPTS))
        assert any(ratios(each, SUBJECT).median <= MARGIN * 0.85 for each in figures)


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_time_of_hashing(tmp_path):
    path = tmp_path / "isolate.fastq"
    path.write_bytes(os.urandom(2**20) * 128)
    command = ["openssl", "md5", str(path)]
    calls = {
        BASE: partial(subprocess.run, command, stdout=subprocess.DEVNULL, check=True, timeout=60),
        SUBJECT: partial(tracking_client.md5sum, path),
    }
    assert any(ratios(in_turns(calls, 5, 1), SUBJECT).median <= MARGIN / 0.95 for _ in range(ATTEMPTS))
