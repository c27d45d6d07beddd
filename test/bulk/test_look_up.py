"""Look-up of many files, on the embedded service and on scripted servers."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from clients import client_for
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import http_response, refused_host, respond, scripted_server

import tracking_client
from tracking_client import ApiConnectionError, ApiTypeError, ApiValueError, File, FileApi, ServiceException
from tracking_client.bulk import Entry, Result, ServiceUnavailableError, iter_look_up, look_up
from tracking_client.bulk._runner import LOOK_AHEAD

NOT_FOUND = http_response(b'{"code": 404, "message": "Not found"}', "404 NOT FOUND")


def md5sums(count: int) -> list[str]:
    return [f"{number:032x}" for number in range(count)]


def register(api_client: tracking_client.ApiClient, sample_id: str, names: list[str]) -> None:
    for md5sum in names:
        FileApi(api_client).samples_id_files_post(sample_id, File(md5sum, f"{md5sum}.vcf", "vcf"))


def file_of(request: bytes) -> bytes:
    """Return the response with the file that was asked for."""
    md5sum = request.split(b" ")[1].rpartition(b"/")[2]
    return http_response(b'{"md5sum": "%s", "filename": "a.vcf", "file-type": "vcf"}' % md5sum)


def answer_by_md5sum(connection):
    """Respond 404 to an md5sum that ends with a 4, 500 to one that ends with a 5, and with a file to all others.

    Every third response is late, so that later ones overtake it.
    """
    while True:
        request = connection.request()
        if not request:
            return
        md5sum = request.split(b" ")[1].rpartition(b"/")[2].decode()
        if int(md5sum, 16) % 3 == 0:
            time.sleep(0.01)
        if md5sum.endswith("4"):
            connection.send(NOT_FOUND)
        elif md5sum.endswith("5"):
            connection.send(http_response(b'{"code": 500, "message": "Oops"}', "500 OOPS"))
        else:
            connection.send(file_of(request))


def test_results_are_in_input_order_and_one_per_item(api_client, sample_id):
    names = md5sums(60)
    register(api_client, sample_id, names[::2])
    results = look_up(api_client, names)
    assert [result.item for result in results] == names
    assert [result.status for result in results] == ["tracked", "untracked"] * 30
    assert results[0].tracked == File(names[0], f"{names[0]}.vcf", "vcf")
    assert results[1] == Result(names[1], Entry(md5sum=names[1]), "untracked", names[1])


@pytest.mark.parametrize("max_workers", [1, 2, 16, 40])
def test_failure_of_an_item_is_its_own(max_workers):
    names = md5sums(100)
    with scripted_server(answer_by_md5sum) as server, client_for(server.host, retries=0) as api_client:
        results = look_up(api_client, names, max_workers=max_workers)
    assert [result.item for result in results] == names
    expected = {"4": "untracked", "5": "failed"}
    assert [result.status for result in results] == [expected.get(name[-1], "tracked") for name in names]
    assert all(result.tracked.md5sum == result.item for result in results if result.status == "tracked")
    assert {type(result.error) for result in results if result.status == "failed"} == {ServiceException}


def test_md5sums_in_upper_case_and_files_are_looked_up(api_client, sample_id):
    name = "abcdef" + 26 * "0"
    register(api_client, sample_id, [name])
    results = look_up(api_client, [name.upper(), File(name.upper(), "b", "vcf")])
    assert [(result.status, result.md5sum) for result in results] == 2 * [("tracked", name)]


@pytest.mark.parametrize("item", ["nan", "n/a", "", "a;b", 31 * "0", 64 * "0", " " + 32 * "0", 32 * "٣", 7, None, b"a"])
def test_what_is_no_md5sum_fails_and_is_not_sent(item):
    with scripted_server(respond()) as server, client_for(server.host) as api_client:
        (result,) = look_up(api_client, [item])
        assert result.status == "failed"
        assert isinstance(result.error, (ApiValueError, ApiTypeError))
        assert repr(item) in str(result.error)
        assert look_up(api_client, [32 * "0"])[0].status == "tracked"
    assert len(server.requests) == 1


def test_files_on_disk_are_hashed(api_client, sample_id, tmp_path):
    paths = [tmp_path / f"{number}.fastq.gz" for number in range(40)]
    for path in paths:
        path.write_bytes(gzip.compress(path.name.encode()))
    hashed = [hashlib.md5(path.read_bytes()).hexdigest() for path in paths]
    register(api_client, sample_id, hashed[:20])
    missing = tmp_path / "missing.fastq"
    results = look_up(api_client, [hashed[0], *paths, str(paths[0]), missing, hashed[39]])
    assert [result.status for result in results] == [
        *(21 * ["tracked"]), *(20 * ["untracked"]), "tracked", "failed", "untracked"
    ]  # fmt: skip
    assert [result.md5sum for result in results[1:41]] == hashed
    assert isinstance(results[-2].error, OSError)


def test_hashing_and_asking_overlap(tmp_path, monkeypatch):
    """The first files are asked for while later ones are hashed. Hashing is replaced by a delay."""
    events = []

    def slow_md5sum(path, *options):
        time.sleep(0.02)
        events.append("hashed")
        return hashlib.md5(path.encode()).hexdigest()

    def respond_to_each(connection):
        while request := connection.request():
            events.append("asked for")
            connection.send(file_of(request))

    monkeypatch.setattr("tracking_client.bulk._runner.READERS", 4)
    monkeypatch.setattr("tracking_client.bulk._phases.hash_file", slow_md5sum)
    with scripted_server(respond_to_each) as server, client_for(server.host) as api_client:
        results = look_up(api_client, [tmp_path / str(number) for number in range(80)], max_workers=4)
    assert {result.status for result in results} == {"tracked"}
    last_hashed = len(events) - events[::-1].index("hashed")
    assert events[:last_hashed].count("asked for") > 40


def test_repeated_md5sum_is_asked_for_once():
    names = md5sums(10)
    with scripted_server(answer_by_md5sum) as server, client_for(server.host, retries=0) as api_client:
        results = look_up(api_client, names * 5)
        assert [result.item for result in results] == names * 5
        failing = sum(names[5].encode() in request for request in server.requests)
        assert len(server.requests) - failing == 10 - 1 + 5  # each other one once, and a probe after each failure
    assert [result.status for result in results[:10]] * 5 == [result.status for result in results]


@pytest.mark.parametrize("count", [1024, 2047])
def test_each_of_the_last_1024_md5sums_is_asked_for_once(count):
    names = md5sums(count)
    with scripted_server(respond(NOT_FOUND)) as server, client_for(server.host) as api_client:
        results = look_up(api_client, [*names, *names[-1024:]])
        assert len(server.requests) == count
    assert [result.item for result in results] == [*names, *names[-1024:]]
    assert {result.status for result in results} == {"untracked"}


def test_a_failed_look_up_is_made_again_for_a_later_item():
    [md5sum] = md5sums(1)
    file = {"md5sum": md5sum, "filename": "isolate.vcf", "file-type": "vcf"}
    oops, ok = http_response(b"", "400 OOPS"), http_response(json.dumps(file).encode())
    is_first_returned = threading.Event()

    def fail_once(connection):
        for response in itertools.chain([oops], itertools.repeat(ok)):
            if not connection.request():
                return
            connection.send(response)

    def names():
        yield md5sum
        is_first_returned.wait()
        yield md5sum

    with scripted_server(fail_once) as server, client_for(server.host) as api_client:
        results = iter_look_up(api_client, names(), max_workers=1)
        assert next(results).status == "failed"
        is_first_returned.set()
        assert next(results).status == "tracked"


def test_generator_is_read_a_little_ahead():
    read = []

    def names():
        for name in md5sums(10_000):
            read.append(name)
            yield name

    with scripted_server(respond()) as server, client_for(server.host) as api_client:
        results = iter_look_up(api_client, names(), max_workers=4)
        assert read == []
        for _ in range(50):
            next(results)
        time.sleep(0.2)
        assert len(read) <= 50 + 4 * LOOK_AHEAD + 1
        results.close()
        assert len(server.requests) <= len(read)


def test_nothing_is_sent_for_no_items(api_client):
    assert list(look_up(api_client, [])) == []
    assert list(look_up(api_client, iter(()), executor=ThreadPoolExecutor(1))) == []


def test_few_items_start_few_threads():
    seen = []

    def names():
        for name in md5sums(3):
            yield name
            seen.append(threading.active_count())

    before = threading.active_count()
    with scripted_server(respond()) as server, client_for(server.host) as api_client:
        assert len(list(look_up(api_client, names(), max_workers=32))) == 3
    assert max(seen) <= before + 10


def test_error_of_the_input_is_raised_after_the_results_before_it(api_client):
    def names():
        yield from md5sums(5)
        raise RuntimeError("the disk is gone")

    results = iter_look_up(api_client, names())
    assert [next(results).status for _ in range(5)] == 5 * ["untracked"]
    with pytest.raises(RuntimeError, match="the disk is gone"):
        next(results)


@pytest.mark.parametrize("options", [
    {"max_workers": 0}, {"max_workers": -1}, {"max_workers": 1.5}, {"max_workers": True}, {"max_workers": "8"},
    {"progress": 7}, {"executor": "dask"},
])  # fmt: skip
def test_invalid_option_is_rejected_before_anything_is_sent(api_client, options):
    with pytest.raises((ApiTypeError, ApiValueError)):
        look_up(api_client, md5sums(1), **options)


@pytest.mark.parametrize("items", [b"a", None, 7])
def test_what_is_no_item_is_rejected(api_client, items):
    for function in (look_up, iter_look_up):
        with pytest.raises(ApiTypeError, match="items"):
            function(api_client, items)


def test_progress_is_told(api_client):
    told, told_of_generator = [], []
    look_up(api_client, md5sums(3), progress=lambda *numbers: told.append(numbers))
    look_up(api_client, iter(md5sums(2)), progress=lambda *numbers: told_of_generator.append(numbers))
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert [number for number, _ in told_of_generator] == [1, 2]


@pytest.mark.parametrize("max_workers", [1, 8, 32])
def test_run_ends_when_the_service_is_down(max_workers):
    names = md5sums(100_000)
    with client_for(refused_host(), retries=0) as api_client:
        results = iter_look_up(api_client, iter(names), max_workers=max_workers)
        with pytest.raises(ServiceUnavailableError) as caught:
            next(results)
        left = list(caught.value.left)
    assert isinstance(caught.value.__cause__, ApiConnectionError)
    assert [entry.md5sum for entry in left] == names


@pytest.mark.slow
def test_left_and_results_are_all_items_when_the_service_goes_down_half_way():
    names = md5sums(2000)
    seen = []
    with scripted_server(answer_by_md5sum) as server, client_for(server.host, retries=0) as api_client:
        results = iter_look_up(api_client, names, max_workers=1, patience=0)
        seen.extend(itertools.islice(results, 500))
        server.close()
        with pytest.raises(ServiceUnavailableError) as caught:
            seen.extend(results)
        left = list(caught.value.left)
    assert 500 <= len(seen) < 2000
    assert sorted([*(result.item for result in seen), *(entry.md5sum for entry in left)]) == names


def test_left_of_files_on_disk_is_not_hashed(tmp_path):
    paths = [tmp_path / f"{number}.vcf" for number in range(3000)]
    for path in paths:
        path.write_text(path.name)
    with client_for(refused_host(), retries=0) as api_client:
        with pytest.raises(ServiceUnavailableError) as caught:
            look_up(api_client, paths)
        for path in paths:
            path.unlink()
        left = list(caught.value.left)
    assert left == [Entry(str(path)) for path in paths]


def test_closing_the_iterator_ends_the_calls():
    """Those in progress go on, with their own retries."""
    with scripted_server(answer_by_md5sum) as server, client_for(server.host, retries=0) as api_client:
        results = iter_look_up(api_client, itertools.cycle(md5sums(4000)))
        next(results)
        results.close()
        deadline = time.monotonic() + 30
        while threads_of_runs():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert len(server.requests) < 4000


def threads_of_runs() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "tracking_client.bulk"]


def test_threads_end_with_the_run(api_client):
    look_up(api_client, md5sums(100))
    assert threads_of_runs() == []


def test_more_workers_than_the_pool_has_connections_reuse_theirs():
    with scripted_server(respond()) as server, client_for(server.host, connection_pool_maxsize=2) as api_client:
        results = look_up(api_client, md5sums(1000), max_workers=16)
        assert {result.status for result in results} == {"tracked"}
        assert server.connections <= 16
        assert api_client.configuration.connection_pool_maxsize == 2


@pytest.mark.parametrize("executor_class", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_executor_gives_the_same_results(executor_class, tmp_path):
    path = tmp_path / "a.vcf"
    path.write_text("a")
    items = [*md5sums(200), "nan", path, tmp_path / "missing", *md5sums(120)]
    with scripted_server(answer_by_md5sum) as server, client_for(server.host, retries=0) as api_client:
        here = look_up(api_client, items)
        with executor_class(2) as executor:
            there = look_up(api_client, iter(items), executor=executor, max_workers=3)
    assert [(each.item, each.as_row()) for each in there] == [(each.item, each.as_row()) for each in here]


@pytest.mark.parametrize("executor_class", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_run_on_an_executor_ends_when_the_service_is_down(executor_class):
    names, seen = md5sums(1000), []
    with client_for(refused_host(), retries=0) as api_client, executor_class(2) as executor:
        with pytest.raises(ServiceUnavailableError) as caught:
            seen.extend(iter_look_up(api_client, names, executor=executor))
        left = list(caught.value.left)
    assert (seen, left) == ([], [Entry(md5sum=name) for name in names])


CTRL_C = """
import sys, tracking_client
from tracking_client.bulk import iter_look_up
configuration = tracking_client.Configuration(host=sys.argv[1])
with tracking_client.ApiClient(configuration) as api_client:
    for result in iter_look_up(api_client, (f"{number:032x}" for number in range(100)), max_workers=4):
        print(result.item, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_ends_at_once_and_tells_what_was_done():
    import signal

    def stall_at_3(connection):
        while True:
            request = connection.request()
            if not request:
                return
            if request.split(b" ")[1].endswith(b"3"):
                connection.wait()
            connection.send(file_of(request))

    with scripted_server(stall_at_3) as server:
        process = subprocess.Popen([sys.executable, "-c", CTRL_C, server.host], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)  # fmt: skip
        printed = [process.stdout.readline().strip() for _ in range(3)]
        deadline = time.monotonic() + 20
        while len(server.requests) < 20 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        rest, errors = process.communicate(timeout=20)
        assert time.monotonic() - began < 15  # the default timeout of a call is longer
    assert errors.rstrip().splitlines()[-1].startswith("tracking_client.exceptions.RunInterrupted: interrupted")
    told = [*printed, *rest.split()]
    assert len(told) > 10  # the third one has no result, and those behind it have
    assert told == [name for name in md5sums(100) if name in told]
    assert f"{3:032x}" not in told


MEMORY = """
import resource, sys, tracking_client
from tracking_client.bulk import iter_look_up
names = (f"{number:032x}" for number in range(int(sys.argv[2])))
def growth():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1])) as api_client:
    api_client.call_api = lambda *args, **kwargs: file
    file = tracking_client.File("a", "b.vcf", "vcf")
    before = count = 0
    for result in iter_look_up(api_client, names):
        count += 1
        if count == 10_000:
            before = growth()
    print(count, growth() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in other units")
@pytest.mark.parametrize(
    ("items", "most"), [(100_000, 10_000), pytest.param(1_000_000, 30_000, marks=pytest.mark.long)]
)
def test_many_items_need_little_memory(items, most):
    """The calls are replaced by something faster: what is measured is what is kept of them."""
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, refused_host(), str(items)],
        capture_output=True,
        text=True,
        timeout=280,
        check=True,
    )
    count, kilobytes = map(int, done.stdout.split())
    assert count == items
    assert kilobytes < most


@given(st.lists(st.integers(0, 30), max_size=200), st.integers(1, 8))
def test_any_sequence_has_its_results(numbers, max_workers):
    api_client = tracking_client.ApiClient()
    file = File("a", "b.vcf", "vcf")
    asked = []

    def call_api(path, method, path_params, **options):
        asked.append(path_params["md5sum"])
        if int(path_params["md5sum"], 16) % 5 == 4:
            raise tracking_client.NotFoundException(404)
        return file

    api_client.call_api = call_api
    items = [f"{number:032x}" for number in numbers]
    results = look_up(api_client, items, max_workers=max_workers)
    assert [result.item for result in results] == items
    assert [result.status for result in results] == [
        "untracked" if number % 5 == 4 else "tracked" for number in numbers
    ]
    assert len(asked) == len(set(items))
