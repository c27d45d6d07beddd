"""Runs on an executor: one that loses a worker, items that cannot be pickled, an input that fails."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import PurePosixPath

import pytest
from clients import client_for
from scripted_server import http_response, requested_file, respond, scripted_server

from tracking_client import Md5Cache
from tracking_client.bulk import Entry, ServiceUnavailableError, iter_look_up
from tracking_client.exceptions import WorkerLostError


def md5sums(count: int) -> list[str]:
    return [f"{number:032x}" for number in range(1, count + 1)]


class Deadly(PurePosixPath):
    """A path that kills the process of an executor which receives it."""

    def __reduce__(self):
        return _killed_elsewhere, (os.getpid(), str(self))


def _killed_elsewhere(process, path):
    if os.getpid() != process:
        os.kill(os.getpid(), signal.SIGKILL)
    return Deadly(path)


class StubbornCache(Md5Cache):
    """A cache whose error cannot be pickled."""

    def get(self, path, status):
        raise StubbornError(1, 2)


class StubbornError(Exception):
    def __init__(self, one, two):
        super().__init__("stubborn")


@pytest.fixture
def client():
    """Yield a client of a server that has every file."""
    with scripted_server(respond()) as server, client_for(server.host) as api_client:
        yield api_client


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_process_that_is_killed_ends_the_run_and_tells_what_is_left(client):
    items = [*md5sums(400), Deadly("a.vcf"), *md5sums(1000)[400:]]
    seen = []
    with (
        scripted_server(respond()) as server,
        client_for(server.host) as api_client,
        ProcessPoolExecutor(2) as executor,
    ):
        with pytest.raises(WorkerLostError) as caught:
            seen.extend(iter_look_up(api_client, iter(items), executor=executor, max_workers=2))
        left = list(caught.value.left)
    assert {result.status for result in seen} <= {"tracked"}
    assert Entry("a.vcf") in left
    done = [result.entry for result in seen]
    assert sorted(entry.md5sum or "" for entry in [*done, *left]) == sorted(["", *md5sums(1000)])


def test_executor_that_is_broken_before_is_told_at_once():
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with scripted_server(respond()) as server, client_for(server.host) as api_client:
        with pytest.raises(WorkerLostError) as caught:
            list(iter_look_up(api_client, md5sums(3), executor=executor))
        assert server.requests == []
    assert list(caught.value.left) == [Entry(md5sum=each) for each in md5sums(3)]


@pytest.mark.parametrize("position", [0, 70, 119])
def test_item_that_cannot_be_pickled_is_one_failed_result(client, position):
    items = md5sums(120)
    items[position] = threading.Lock()
    with (
        scripted_server(respond()) as server,
        client_for(server.host) as api_client,
        ProcessPoolExecutor(2) as executor,
    ):
        results = list(iter_look_up(api_client, items, executor=executor))
    assert [result.item for result in results] == items
    assert [index for index, result in enumerate(results) if result.status == "failed"] == [position]
    assert "pickle" in str(results[position].error)


def test_error_that_cannot_be_pickled_is_one_failed_result(client, tmp_path):
    (tmp_path / "a.vcf").write_text("a")
    items = [*md5sums(60), tmp_path / "a.vcf", *md5sums(30)]
    cache = StubbornCache(tmp_path / "md5sums.sqlite")
    with ProcessPoolExecutor(2) as executor:
        results = list(iter_look_up(client, items, executor=executor, cache=cache))
    assert [index for index, result in enumerate(results) if result.status == "failed"] == [60]
    assert "stubborn" in str(results[60].error)


@pytest.mark.parametrize("executor_class", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_error_of_the_input_is_raised_after_the_results_before_it(client, executor_class):
    def names():
        yield from md5sums(130)
        raise LookupError("the disk is gone")

    seen = []
    with executor_class(2) as executor, pytest.raises(LookupError, match="the disk is gone"):
        seen.extend(iter_look_up(client, names(), executor=executor))
    assert [result.item for result in seen] == md5sums(130)


@pytest.mark.parametrize("executor_class", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_item_that_alone_keeps_failing_fails(executor_class):
    names = md5sums(120)

    def action(connection):
        while request := connection.request():
            is_bad = names[60].encode() in request
            connection.send(http_response(b"", "503 x") if is_bad else http_response(requested_file(request)))

    with scripted_server(action) as server, client_for(server.host, retries=0) as api_client:
        with executor_class(2) as executor:
            results = list(iter_look_up(api_client, iter(names), executor=executor))
        assert sum(names[60].encode() in request for request in server.requests) == 5
    assert [result.item for result in results] == names
    assert [result.item for result in results if result.status != "tracked"] == [names[60]]


def test_what_is_no_items_fault_ends_the_run_at_once():
    with scripted_server(respond(http_response(b"", "401 x"))) as server, client_for(server.host) as api_client:
        with ProcessPoolExecutor(2) as executor, pytest.raises(ServiceUnavailableError) as caught:
            list(iter_look_up(api_client, md5sums(1000), executor=executor, max_workers=2))
        assert len(server.requests) <= 2
        assert list(caught.value.left) == [Entry(md5sum=each) for each in md5sums(1000)]


@pytest.mark.slow
def test_batches_that_have_not_begun_do_not_begin_after_the_end_of_the_run():
    def action(connection):
        while request := connection.request():
            time.sleep(0.005)
            connection.send(http_response(requested_file(request)))

    with scripted_server(action) as server, client_for(server.host) as api_client:
        with ThreadPoolExecutor(1) as executor:
            results = iter_look_up(api_client, md5sums(2000), executor=executor, max_workers=8)
            next(results)
            results.close()
        assert len(server.requests) < 400  # eight batches of 50 were handed over


def test_file_is_hashed_once_although_its_call_fails(tmp_path):
    path = tmp_path / "a.vcf"
    path.write_text("a")
    reads = []

    class CountedCache(Md5Cache):
        def get(self, path, status):
            reads.append(path)

    numbers = itertools.count()

    def action(connection):
        while request := connection.request():
            late = next(numbers) < 1
            connection.send(http_response(b"", "503 x") if late else http_response(requested_file(request)))

    with (
        scripted_server(action) as server,
        client_for(server.host, retries=0) as api_client,
        ThreadPoolExecutor(1) as executor,
    ):
        cache = CountedCache(tmp_path / "md5sums.sqlite")
        (result,) = iter_look_up(api_client, [path], executor=executor, cache=cache)
    assert (result.status, reads) == ("tracked", [str(path)])
