"""Faults during a run of many calls: an outage, one item that keeps failing, Ctrl-C, a system without threads."""

from __future__ import annotations

import gc
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
import weakref
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from clients import add_sample, client_for
from pipelines import dying_service
from processes import serve
from scripted_server import ScriptedServer, http_response, refused_host, requested_file, respond, scripted_server

import tracking_client
from tracking_client import ApiTypeError, ApiValueError, File, FileApi
from tracking_client.bulk import Entry, ServiceUnavailableError, iter_look_up, iter_register, register

NOT_FOUND = http_response(b'{"code": 404, "message": "Not found"}', "404 NOT FOUND")
UNAVAILABLE = http_response(b"", "503 x")


def md5sums(count: int) -> list[str]:
    return [f"{number:032x}" for number in range(1, count + 1)]


def files(count: int) -> list[File]:
    return [File(md5sum, f"{md5sum}.fastq", "fastq") for md5sum in md5sums(count)]


def within(seconds: float, function):
    """Return what a function returns, or raise what it raises, in a thread that is given up after some time."""
    outcome = []

    def call():
        try:
            outcome.append((function(), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(seconds)
    assert outcome, f"it has not ended in {seconds} s"
    value, error = outcome[0]
    if error is not None:
        raise error
    return value


def responding(response_to):
    """Return an action that responds with what a function returns for the request and its number, from 0."""
    numbers = itertools.count()

    def action(connection):
        while request := connection.request():
            connection.send(response_to(request, next(numbers)))

    return action


def md5sum_of(request: bytes) -> str:
    return request.split(b" ")[1].rpartition(b"/")[2].decode()


def found(request: bytes) -> bytes:
    return http_response(requested_file(request))


def given(left):
    """Return the md5sums of entries, and the items that have no entry."""
    return [each.md5sum if isinstance(each, Entry) else each for each in left]


def without_files(request: bytes) -> bytes:
    """Return the response of a service that has each sample and no file."""
    return NOT_FOUND if b"/files" in request else http_response(b'{"id": "%s"}' % md5sum_of(request).encode())


def run_to_its_end(results):
    """Return the results, and the error that ended the run, or None."""
    seen = []
    try:
        seen.extend(results)
    except (ServiceUnavailableError, KeyboardInterrupt) as error:
        return seen, error
    return seen, None


@pytest.mark.parametrize("startable", [1, 2, 3, 10])
def test_thread_that_cannot_be_started_means_fewer_workers(monkeypatch, startable):
    def start(thread):
        if thread.name == "tracking_client.bulk" and next(started) >= startable:
            raise RuntimeError("can't start new thread")
        original(thread)

    started, original = itertools.count(), threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", start)
    with scripted_server(respond()) as server, client_for(server.host) as api_client:
        results = within(60, lambda: list(iter_look_up(api_client, iter(md5sums(300)))))
    assert [result.item for result in results] == md5sums(300)
    assert {result.status for result in results} == {"tracked"}


def test_run_without_any_thread_is_an_error(monkeypatch):
    def start(thread):
        if thread.name == "tracking_client.bulk":
            raise RuntimeError("can't start new thread")
        original(thread)

    original = threading.Thread.start
    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(RuntimeError, match="no thread"):
        within(60, lambda: list(iter_look_up(tracking_client.ApiClient(), md5sums(3))))


def test_outage_is_noticed_although_every_tenth_item_is_invalid():
    items = [f"item {number}" if number % 10 == 0 else md5sum for number, md5sum in enumerate(md5sums(20_000))]
    with client_for(refused_host()) as api_client:
        seen, error = within(60, lambda: run_to_its_end(iter_look_up(api_client, items)))
    assert isinstance(error, ServiceUnavailableError)
    assert isinstance(error.__cause__, tracking_client.ApiConnectionError)
    left = given(error.left)
    assert {result.status for result in seen} == {"failed"}
    assert Counter(result.item for result in seen) + Counter(left) == Counter(items)
    assert not {result.item for result in seen} & set(md5sums(20_000))


@pytest.mark.parametrize("executor", [None, ThreadPoolExecutor])
def test_left_has_the_items_that_failed_in_the_outage(executor):
    def response_to(request, number):
        return found(request) if number < 200 else UNAVAILABLE

    names = md5sums(2000)
    with scripted_server(responding(response_to)) as server, client_for(server.host, retries=0) as api_client:
        on = executor and executor(4)
        seen, error = run_to_its_end(iter_look_up(api_client, iter(names), patience=0, executor=on))
    assert isinstance(error, ServiceUnavailableError)
    assert {result.status for result in seen} == {"tracked"}
    assert sorted([*(result.item for result in seen), *given(error.left)]) == names
    assert error.results == ()


def test_outage_is_told_while_the_input_waits():
    ended = threading.Event()

    def names():
        yield from md5sums(5)
        ended.wait()
        yield "late"

    with client_for(refused_host(), retries=0) as api_client:
        try:
            seen, error = within(30, lambda: run_to_its_end(iter_look_up(api_client, names())))
        finally:
            ended.set()
    assert (seen, type(error)) == ([], ServiceUnavailableError)
    assert given(error.left) == [*md5sums(5), "late"]


def test_results_are_returned_while_the_input_waits():
    ended = threading.Event()

    def names():
        yield from md5sums(5)
        ended.wait()

    with scripted_server(respond()) as server, client_for(server.host) as api_client:
        results = iter_look_up(api_client, names())
        try:
            first = within(30, lambda: list(itertools.islice(results, 5)))
        finally:
            ended.set()
    assert [result.item for result in first] == md5sums(5)


@pytest.mark.slow
@pytest.mark.parametrize("executor", [None, ThreadPoolExecutor])
def test_503_for_a_while_fails_no_item(executor):
    down = []

    def response_to(request, number):
        if number == 300:
            down.append(time.monotonic() + 1)
        return UNAVAILABLE if down and time.monotonic() < down[0] else found(request)

    with scripted_server(responding(response_to)) as server, client_for(server.host) as api_client:
        results = list(iter_look_up(api_client, md5sums(1000), executor=executor and executor(4)))
    assert {result.status for result in results} == {"tracked"}
    assert [result.item for result in results] == md5sums(1000)


def test_probe_is_not_waited_for_longer_than_the_patience(monkeypatch):
    """Without a limit of its own it would take the read timeout of 60 seconds."""
    monkeypatch.setattr("tracking_client.bulk._outages._LEAST_TIMEOUT", 0.5)

    def action(connection):
        while (request := connection.request()) and b"/" + b"0" * 32 not in request:
            connection.send(UNAVAILABLE)
        connection.wait()

    with scripted_server(action) as server, client_for(server.host, retries=0) as api_client:
        began = time.monotonic()
        _, error = run_to_its_end(iter_look_up(api_client, md5sums(2)[1:], patience=1))
        assert isinstance(error, ServiceUnavailableError)
        assert time.monotonic() - began < 30


def test_probe_is_retried_as_the_calls_of_the_run_are(delays):
    probes = []

    def response_to(request, number):
        probes.extend([request] * (b"/" + b"0" * 32 in request))
        return UNAVAILABLE

    with scripted_server(responding(response_to)) as server, client_for(server.host) as api_client:
        _, error = run_to_its_end(iter_look_up(api_client, md5sums(2)[1:], patience=0))
    assert isinstance(error, ServiceUnavailableError)
    assert len(probes) == 2


def test_patience_that_is_given_counts_before_the_first_response():
    host = refused_host()
    port = int(host.split(":")[2].split("/")[0])
    with client_for(host, retries=0) as api_client:
        seen, error = run_to_its_end(iter_look_up(api_client, md5sums(3)))
        assert (seen, type(error)) == ([], ServiceUnavailableError)
        timer = threading.Timer(1, lambda: servers.append(ScriptedServer([respond()], port)))
        servers = []
        timer.start()
        try:
            results = list(iter_look_up(api_client, md5sums(3), patience=60))
        finally:
            timer.join()
            servers[0].close()
    assert {result.status for result in results} == {"tracked"}


@pytest.mark.parametrize(("retries", "requests"), [(None, 10), (0, 5), (2, 15)])
def test_item_that_alone_keeps_failing_fails(delays, retries, requests):
    names = md5sums(40)

    def response_to(request, number):
        return UNAVAILABLE if md5sum_of(request) == names[7] else found(request)

    with scripted_server(responding(response_to)) as server, client_for(server.host, retries=retries) as api_client:
        results = list(iter_look_up(api_client, names))
        assert [result.item for result in results if result.status != "tracked"] == [names[7]]
        assert results[7].error.status == 503
        assert sum(names[7].encode() in request for request in server.requests) == requests


def test_service_that_responds_to_look_ups_only_ends_the_run(delays):
    def response_to(request, number):
        return without_files(request) if request.startswith(b"GET") else UNAVAILABLE

    with scripted_server(responding(response_to)) as server, client_for(server.host, retries=0) as api_client:
        seen, error = run_to_its_end(iter_register(api_client, files(500), sample_id=uuid.uuid4(), max_workers=4))
        assert len(server.requests) < 200
    assert isinstance(error, ServiceUnavailableError)
    assert {result.status for result in seen} <= {"failed"}, "while items are slow to come, those that failed are told"
    assert sorted([*(result.item.md5sum for result in seen), *(file.md5sum for file in error.left)]) == md5sums(500)


@pytest.mark.slow
def test_service_that_stores_nothing_ends_the_run_of_a_slow_input(delays):
    def response_to(request, number):
        return without_files(request) if request.startswith(b"GET") else UNAVAILABLE

    def slow():
        for file in files(100):
            time.sleep(0.03)
            yield file

    with scripted_server(responding(response_to)) as server, client_for(server.host, retries=0) as api_client:
        seen, error = run_to_its_end(iter_register(api_client, slow(), sample_id=uuid.uuid4(), max_workers=4))
    assert isinstance(error, ServiceUnavailableError)
    assert {result.status for result in seen} <= {"failed"}
    assert len(seen) < 20
    assert sorted([*(result.item.md5sum for result in seen), *(file.md5sum for file in error.left)]) == md5sums(100)


def test_few_items_that_the_service_cannot_store_fail(delays):
    def response_to(request, number):
        return without_files(request) if request.startswith(b"GET") else UNAVAILABLE

    with scripted_server(responding(response_to)) as server, client_for(server.host, retries=0) as api_client:
        results = list(iter_register(api_client, files(3), sample_id=uuid.uuid4()))
    assert [result.status for result in results] == 3 * ["failed"]


@pytest.mark.parametrize(("count", "ends"), [(2, False), (3, True)])
def test_run_ends_if_more_items_than_workers_keep_failing(delays, count, ends):
    """Although the service responds to the probe: with one failure for each worker, it may still be the items."""

    def response_to(request, number):
        return without_files(request) if request.startswith(b"GET") else UNAVAILABLE

    with scripted_server(responding(response_to)) as server, client_for(server.host, retries=0) as api_client:
        seen, error = run_to_its_end(iter_register(api_client, files(count), sample_id=uuid.uuid4(), max_workers=2))
    assert isinstance(error, ServiceUnavailableError) == ends
    assert len(seen) + len([*getattr(error, "left", [])]) >= count


def test_429_slows_the_run_and_fails_no_item():
    late = http_response(b"", "429 x", "Retry-After: 0")

    def response_to(request, number):
        return found(request) if number >= 100 else late

    with scripted_server(responding(response_to)) as server, client_for(server.host) as api_client:
        results = list(iter_look_up(api_client, md5sums(4), max_workers=2))
        assert len(server.requests) == 104
    assert {result.status for result in results} == {"tracked"}


def test_429_pauses_all_calls():
    times = []

    def response_to(request, number):
        times.append(time.monotonic())
        return http_response(b"", "429 x", "Retry-After: 1") if number == 20 else found(request)

    with scripted_server(responding(response_to)) as server, client_for(server.host, retries=0) as api_client:
        results = list(iter_look_up(api_client, md5sums(500), max_workers=4))
    assert {result.status for result in results} == {"tracked"}
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) > 0.5


@pytest.mark.parametrize("status", ["401 x", "403 x", "404 from a gateway"])
def test_what_is_no_items_fault_ends_the_run_at_once(status):
    with scripted_server(respond(http_response(b"", status))) as server, client_for(server.host) as api_client:
        seen, error = run_to_its_end(iter_look_up(api_client, md5sums(5000), patience=600))
        assert len(server.requests) <= 16
    assert (seen, type(error)) == ([], ServiceUnavailableError)
    assert error.__cause__.status == int(status[:3])
    assert sorted(given(error.left)) == md5sums(5000)


@pytest.mark.usefixtures("_no_names")
def test_host_name_that_does_not_exist_ends_the_run_at_once():
    with client_for("http://tracking.invalid/api/v1") as api_client:
        seen, error = run_to_its_end(iter_look_up(api_client, md5sums(500), patience=600))
    assert (seen, type(error)) == ([], ServiceUnavailableError)
    assert sorted(given(error.left)) == md5sums(500)


def test_error_of_a_progress_function_loses_no_result(caplog):
    def progress(returned, total):
        told.append(returned)
        raise RuntimeError("no bar")

    told = []
    with scripted_server(respond()) as server, client_for(server.host) as api_client:
        results = list(iter_look_up(api_client, md5sums(20), progress=progress))
    assert [result.item for result in results] == md5sums(20)
    assert told == [1]
    assert "no bar" in caplog.text


def test_wait_for_the_service_is_logged(caplog):
    def response_to(request, number):
        return UNAVAILABLE if 5 <= number < 9 else found(request)

    with scripted_server(responding(response_to)) as server, client_for(server.host, retries=0) as api_client:
        list(iter_look_up(api_client, md5sums(20), max_workers=2))
    (record,) = (record for record in caplog.records if record.name == "tracking_client.bulk")
    assert record.levelname == "WARNING"
    assert "not available" in record.message


def test_slow_call_does_not_stall_the_others():
    ended = threading.Event()

    def response_to(request, number):
        if md5sum_of(request) == names[0]:
            ended.wait(20)
        elif len(server.requests) >= 900:
            ended.set()
        return found(request)

    names = md5sums(1000)
    with scripted_server(responding(response_to)) as server, client_for(server.host) as api_client:
        results = list(iter_look_up(api_client, names, max_workers=4))
        assert ended.is_set()
    assert [result.item for result in results] == names


def test_errors_are_in_no_reference_cycle():
    def response_to(request, number):
        return http_response(b"", "400 x") if number < 10 else http_response(b"", "401 x")

    gc.collect()
    gc.disable()
    try:
        with scripted_server(responding(response_to)) as server, client_for(server.host) as api_client:
            seen, error = run_to_its_end(iter_look_up(api_client, [*md5sums(100), "no md5sum"], max_workers=1))
        references = [weakref.ref(each) for each in [error, error.__cause__, *(result.error for result in seen)]]
        del seen, error
        deadline = time.monotonic() + 30  # for the threads to end
        while any(reference() for reference in references) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert {reference() for reference in references} == {None}
    finally:
        gc.enable()


def test_message_counts_no_samples(tmp_path):
    rows = [Entry(str(tmp_path / f"{number}.vcf"), isolate_id=f"isolate {number % 3}") for number in range(12)]
    for row in rows:
        Path(row.path).write_text("##fileformat=VCFv4.2\n")
    with client_for(refused_host(), retries=0) as api_client, pytest.raises(ServiceUnavailableError) as caught:
        register(api_client, rows, create=True)
    assert "items" not in str(caught.value)
    assert [entry.path for entry in caught.value.left] == [row.path for row in rows]


@pytest.mark.parametrize("patience", [-1, float("nan")])
def test_invalid_patience_is_rejected(patience):
    with pytest.raises(ApiValueError):
        iter_look_up(tracking_client.ApiClient(), [], patience=patience)


@pytest.mark.parametrize("patience", ["60", True])
def test_patience_of_another_type_is_rejected(patience):
    with pytest.raises(ApiTypeError):
        iter_look_up(tracking_client.ApiClient(), [], patience=patience)


INTERRUPTED = """
import sys, threading, tracking_client
from concurrent.futures import ThreadPoolExecutor
from tracking_client.bulk import iter_look_up
_, host, case = sys.argv
count = 5000 if case == "an executor" else 50
def names():
    print("reading", flush=True)
    yield from (f"{number:032x}" for number in range(count))
    if case == "a blocked input":
        threading.Event().wait()
seen = []
executor = ThreadPoolExecutor(2) if case == "an executor" else None
with tracking_client.ApiClient(tracking_client.Configuration(host=host)) as api_client:
    try:
        seen.extend(iter_look_up(api_client, names(), patience=600, executor=executor))
    except tracking_client.RunInterrupted as error:
        print("interrupted", flush=True)
        is_advised = "run it again" in str(error)
        left = 0 if case == "a blocked input" else len(list(error.left))
        print(len(seen) + left == count, error.results, is_advised)
"""


def seconds_to_ctrl_c(case: str) -> float:
    """Return how long a run goes on after Ctrl-C, in seconds."""

    def action(connection):
        while request := connection.request():
            if case == "a stalled call":
                connection.wait()
            elif case == "an executor":
                time.sleep(0.02)
            connection.send(found(request))

    with scripted_server(action) as server:
        host = refused_host() if case == "an outage" else server.host
        command = [sys.executable, "-c", INTERRUPTED, host, case]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout.readline() == "reading\n"
            if case == "a blocked input":
                deadline = time.monotonic() + 30
                while len(server.requests) < 50 and time.monotonic() < deadline:
                    time.sleep(0.05)
            time.sleep(0.5)
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.stdout.readline() == "interrupted\n"
            seconds = time.monotonic() - began
            assert (process.stdout.read(), process.stderr.read()) == ("True () True\n", "")
    return seconds


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("case", ["a blocked input", "an outage", "a stalled call", "an executor"])
def test_ctrl_c_ends_a_run_within_a_second(case):
    # On a machine that is busy with other things, the first attempts may take longer.
    assert any(seconds_to_ctrl_c(case) < 1 for _ in range(3))


@pytest.mark.slow
def test_service_that_is_killed_and_comes_back_has_each_file_once(tmp_path):
    database = tmp_path / "tracking.sqlite"
    service, host = serve(database)
    with client_for(host) as api_client:
        sample_id = add_sample(api_client)
        port = host.split(":")[2].split("/")[0]
        results = iter_register(api_client, files(2000), sample_id=sample_id)
        seen = list(itertools.islice(results, 300))
        service.kill()
        service.communicate()
        services = []
        timer = threading.Timer(10, lambda: services.append(serve(database, "--port", port)[0]))
        timer.start()
        try:
            seen += results
            registered = FileApi(api_client).samples_id_files_get(sample_id)
        finally:
            timer.join()
            services[0].terminate()
            services[0].communicate(timeout=20)
    assert [result.item for result in seen] == files(2000)
    assert {result.status for result in seen} <= {"created", "existing"}
    assert sorted(file.md5sum for file in registered) == md5sums(2000)


@pytest.mark.slow
@pytest.mark.once
def test_service_that_dies_after_it_has_stored_a_file_has_each_file_once(tmp_path):
    database = tmp_path / "tracking.sqlite"
    with dying_service(database, posts=150) as (host, process), client_for(host) as api_client:
        sample_id = add_sample(api_client)
        services = []

        def restart():
            process.wait(60)
            services.append(serve(database, "--port", host.split(":")[2].split("/")[0])[0])

        thread = threading.Thread(target=restart)
        thread.start()
        try:
            results = list(iter_register(api_client, files(400), sample_id=sample_id))
            registered = FileApi(api_client).samples_id_files_get(sample_id)
        finally:
            thread.join()
            services[0].terminate()
            services[0].communicate(timeout=20)
    assert {result.status for result in results} <= {"created", "existing"}
    assert sorted(file.md5sum for file in registered) == md5sums(400)


@pytest.mark.slow
def test_two_clients_at_once_register_each_file_once(host):
    with client_for(host) as first, client_for(host) as second, ThreadPoolExecutor(2) as threads:
        sample_id = add_sample(first)
        runs = list(
            threads.map(lambda client: list(iter_register(client, files(300), sample_id=sample_id)), [first, second])
        )
        registered = FileApi(first).samples_id_files_get(sample_id)
    assert Counter(result.status for run in runs for result in run) == {"created": 300, "existing": 300}
    assert sorted(file.md5sum for file in registered) == md5sums(300)


def test_invalid_host_or_client_is_an_error_before_the_first_item():
    with pytest.raises(ApiValueError, match="http"):
        iter_look_up(tracking_client.ApiClient(tracking_client.Configuration(host="tracking:80/api/v1")), md5sums(3))
    with pytest.raises(ApiTypeError, match="ApiClient"):
        iter_look_up("http://tracking/api/v1", md5sums(3))
