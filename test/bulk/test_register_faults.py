"""Faults while a study is registered: what is definite, what is left, and that a second run finishes it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from clients import client_for
from scripted_server import refused_host

from tracking_client import File, FileApi, RunInterrupted, SampleApi, ServiceUnavailableError
from tracking_client.bulk import Entry, compare, iter_look_up, look_up, overview, owners, read_manifest, register
from tracking_client.testing.fixture import TrackingServiceFixture, running_fixture

pytestmark = pytest.mark.once

SCRIPT = """
import sys, tracking_client
from tracking_client.bulk import look_up, read_manifest, register
_, host, table, function = sys.argv
api_client = tracking_client.ApiClient(tracking_client.Configuration(host=host))
def run():
    if function == "look_up":
        return look_up(api_client, read_manifest(table), max_workers=4)
    return register(api_client, read_manifest(table), create=True, max_workers=4)
try:
    run()
except tracking_client.RunInterrupted as error:
    left = list(error.left)
    print(len(error.results), len(left), "run it again" in str(error))
    print(error.results.counts)
    print(len({str(each.entry.source) for each in error.results} | {str(entry.source) for entry in left}))
"""


def write_study(folder: Path, isolates: int) -> Path:
    """Write a table with a file for each isolate, and the files beside it."""
    for number in range(isolates):
        (folder / f"{number}.vcf").write_text(f"{number}")
    rows = [f"isolate {number},{number}.vcf" for number in range(isolates)]
    (folder / "study.csv").write_text("\n".join(["isolate,path", *rows]))
    return folder / "study.csv"


def started(service: TrackingServiceFixture, table: Path, function: str) -> subprocess.Popen[str]:
    """Start the script, and return its process half-way: when ten of its last calls have been received."""
    command = [sys.executable, "-c", SCRIPT, service.host, str(table), function]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wanted = "GET /files/" if function == "look_up" else "POST /samples/"
    deadline = time.monotonic() + 60
    while sum(str(request).startswith(wanted) for request in [*service.requests]) < 10:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return process


@pytest.mark.slow
def test_client_that_is_killed_half_way_is_finished_by_a_second_run(tmp_path):
    table = write_study(tmp_path, 100)
    with running_fixture() as service, client_for(service.host) as api_client:
        service.delay("POST /samples/*/files", 0.05)
        process = started(service, table, "register")
        process.kill()
        process.communicate(timeout=60)
        service.recover()
        results = register(api_client, read_manifest(table), create=True)
        assert set(results.counts) == {"existing", "created"}
        samples = SampleApi(api_client).samples_get()
        assert sorted(sample.isolate_id for sample in samples) == sorted(f"isolate {n}" for n in range(100))
        for result in results:
            assert FileApi(api_client).samples_id_files_get(result.sample_id) == [result.file]


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("function", ["look_up", "register"])
def test_interrupted_run_has_its_results_and_what_is_left(tmp_path, function):
    table = write_study(tmp_path, 100)
    with running_fixture() as service:
        service.delay("GET /files/*" if function == "look_up" else "POST /samples/*/files", 0.05)
        process = started(service, table, function)
        process.send_signal(signal.SIGINT)
        printed, errors = process.communicate(timeout=60)
    first, counts, entries = printed.splitlines()
    done, left, is_advised = first.split()
    assert (int(done) + int(left), is_advised, entries) == (100, "True", "100"), errors
    assert 0 < int(left) < 100
    assert counts == f"{{'{'untracked' if function == 'look_up' else 'created'}': {done}}}"


def test_results_of_a_run_that_ends_early_are_those_of_their_items():
    files = [File(f"{number:032x}", f"{number}.vcf", "vcf") for number in range(20)]
    with running_fixture() as service, client_for(service.host) as client:
        service.sample("i")
        service.delay(f"GET /files/{files[0].md5sum}", 5)
        service.fail(f"GET /files/{files[-1].md5sum}", status=401, times=None)
        with pytest.raises(ServiceUnavailableError) as caught:
            register(client, files, isolate_id="i", dry_run=True, max_workers=2)
    results, left = caught.value.results, [entry.md5sum for entry in caught.value.left]
    assert [result.md5sum for result in results] == [result.item.md5sum for result in results]
    assert files[0].md5sum in left
    assert sorted([*left, *(result.md5sum for result in results)]) == [file.md5sum for file in files]


class InterruptedItems:
    """An iterable of files, in the middle of which Ctrl-C is pressed."""

    def __init__(self, *items: object) -> None:
        self._items = items

    def __iter__(self) -> Iterator[object]:
        return map(self._item, self._items)

    def _item(self, item: object) -> object:
        if item is KeyboardInterrupt:
            raise KeyboardInterrupt
        return item


@pytest.mark.parametrize("function", [look_up, register, compare, owners])
def test_ctrl_c_while_the_input_is_read_leaves_all_of_it(function):
    names = {"isolate_id": "i"} if function in (register, compare) else {}
    files = [File(f"{number:032x}", f"{number}.vcf", "vcf") for number in range(4)]
    with running_fixture() as service, client_for(service.host) as client:
        with pytest.raises(RunInterrupted) as caught:
            function(client, InterruptedItems("missing.vcf", *files[:2], KeyboardInterrupt, *files[2:]), **names)
        assert [result.item for result in caught.value.results] == ["missing.vcf"]
        left = list(caught.value.left)
        assert [item.md5sum for item in left] == [file.md5sum for file in files]
        assert not service.requests
        assert register(client, left, isolate_id="i", create=True).counts == {"created": 4}


def test_ctrl_c_while_a_folder_is_read_leaves_the_folder(tmp_path, monkeypatch):
    (tmp_path / "a.vcf").write_text("a")

    def interrupted(*arguments: object, **options: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "walk", interrupted)
    with client_for(refused_host()) as client, pytest.raises(RunInterrupted) as caught:
        register(client, ["missing.vcf", tmp_path, "x"], isolate_id="i", create=True)
    monkeypatch.undo()
    assert list(caught.value.left) == [tmp_path, "x"]


@pytest.mark.parametrize("function", [register, compare])
def test_ctrl_c_between_two_runs_leaves_all(function, monkeypatch):
    def interrupted(path: str) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(os.path, "lexists", interrupted)
    with client_for(refused_host()) as client, pytest.raises(RunInterrupted) as caught:
        function(client, [Entry("a.vcf", "a" * 32), Entry("b.vcf", "b" * 32)], isolate_id="i")
    assert [entry.path for entry in caught.value.left] == ["a.vcf", "b.vcf"]


def test_ctrl_c_while_samples_are_read_leaves_all_of_them():
    with client_for(refused_host()) as client, pytest.raises(RunInterrupted) as caught:
        overview(client, InterruptedItems("i", "j", KeyboardInterrupt, "k"))
    assert (len(caught.value.results), list(caught.value.left)) == (0, ["i", "j", "k"])


@pytest.mark.parametrize("function", [look_up, register, overview])
def test_ending_of_a_run_that_the_items_come_from_keeps_what_it_left(function):
    names = {"isolate_id": "i"} if function is register else {}
    entries = [Entry(md5sum=f"{number:032x}", isolate_id="i") for number in range(4)]
    with client_for(refused_host()) as client, pytest.raises(ServiceUnavailableError) as caught:
        function(client, (result for result in iter_look_up(client, entries, patience=0)), **names)
    assert [*caught.value.left] == entries


def test_ctrl_c_while_a_table_is_read_leaves_the_table(monkeypatch):
    def interrupted(*arguments: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("tracking_client.bulk._items._read", interrupted)
    rows = [{"isolate": "i", "path": "a.vcf"}]
    with client_for(refused_host()) as client, pytest.raises(RunInterrupted) as caught:
        register(client, rows, create=True)
    assert list(caught.value.left) == [rows]
