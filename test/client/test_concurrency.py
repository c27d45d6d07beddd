"""Threads, processes and cleanup: clients are thread-safe, work after a fork or in a copy, and leave nothing open."""

from __future__ import annotations

import copy
import gc
import logging
import multiprocessing
import os
import pickle
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from clients import api_for
from scripted_server import FILE, http_response, respond, scripted_server, stall

import tracking_client
from tracking_client import ApiClient, ApiTypeError, ApiValueError, Configuration, File, FileApi
from tracking_client._transport.connections import HTTPPool
from tracking_client.rest import RESTClientObject
from tracking_client.service import BASE_PATH

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


@pytest.fixture
def frequent_switches():
    """Have the interpreter switch threads very often, so that race conditions show."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def origin_of(server) -> str:
    """Return the origin of a scripted server."""
    return f"http://127.0.0.1:{server.port}"


def run_script(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a Python script in a subprocess, with its output captured."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False, timeout=120
    )


# Copies


def pickled(value):
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_client_can_be_copied_and_pickled_after_use(host, sample_id, copied):
    with ApiClient(Configuration(host=host), "X-Token", "token", "a=b", pool_threads=3) as api_client:
        api = FileApi(api_client)
        api.samples_id_files_post(sample_id, File("a", "b", "vcf"))
        assert api.files_md5sum_get("a", async_req=True).get(60).md5sum == "a"
        other = copied(api)
        assert other.files_md5sum_get("a") == File("a", "b", "vcf")
        assert dict(other.api_client.default_headers) == dict(api_client.default_headers)
        assert (other.api_client.cookie, other.api_client.pool_threads) == ("a=b", 3)
        client = copied(api_client)
        assert FileApi(client).files_md5sum_get("a", async_req=True).get(60).md5sum == "a"
        client.close()
        other.api_client.close()
        assert api.files_md5sum_get("a").md5sum == "a"


# Threads


def test_client_is_thread_safe(api, sample_id):
    def work(number):
        for each in range(20):
            file = File(f"{number}-{each}", "b", "vcf")
            assert api.samples_id_files_post(sample_id, file) == file
            assert api.files_md5sum_get(file.md5sum) == file
            assert api.files_md5sum_get(file.md5sum, _request_timeout=60) == file

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(work, range(16)))
    assert len(api.samples_id_files_get(sample_id)) == 320


@pytest.mark.parametrize("maxsize", [1, 3, None])
def test_at_most_maxsize_idle_connections_are_kept(host, sample_id, maxsize):
    api = api_for(host, connection_pool_maxsize=maxsize)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda _: api.samples_id_files_get(sample_id), range(160)))
    idle = api.api_client.rest_client.pool(host[: -len(BASE_PATH)]).pool
    assert 1 <= idle.qsize() <= (maxsize or 1)
    api.api_client.close()
    assert idle.qsize() == 0


THREADS = 32


def call_from_many_threads(settings, caplog):
    """Make 640 calls from 32 threads. All threads wait in the server for their first response at the same time.

    Returns:
        The number of connections that the server accepted, the number of idle connections at the end, and the messages
        that urllib3 logged.
    """
    barrier = threading.Barrier(THREADS)

    def action(connection):
        while request := connection.request():
            if b"/files/first " in request:
                barrier.wait(60)
            md5sum = request.split(b" ")[1].rpartition(b"/")[2]
            connection.send(http_response(FILE.replace(b'"a"', b'"%s"' % md5sum)))

    def work(_):
        api.files_md5sum_get("first")
        for _ in range(19):
            api.files_md5sum_get("a")

    with caplog.at_level(logging.DEBUG), scripted_server(action) as server:
        api = api_for(server.host, **settings)
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(work, range(THREADS)))
        idle = api.api_client.rest_client.pool(origin_of(server)).pool.qsize()
        api.api_client.close()
    assert len(server.requests) == 640
    messages = [record.getMessage() for record in caplog.records if record.name.startswith("urllib3")]
    return server.connections, idle, messages


def test_32_threads_keep_their_connections_by_default(caplog):
    connections, idle, messages = call_from_many_threads({}, caplog)
    assert (connections, idle) == (THREADS, THREADS)
    assert any("Starting new HTTP connection" in message for message in messages)  # the log is captured
    assert [message for message in messages if "pool is full" in message or "Resetting" in message] == []


def test_surplus_connections_are_closed_without_a_log_message(caplog):
    connections, idle, messages = call_from_many_threads({"connection_pool_maxsize": 2}, caplog)
    assert connections >= THREADS
    assert 1 <= idle <= 2
    assert [message for message in messages if "pool is full" in message or "Resetting" in message] == []


def test_idle_connections_are_last_in_first_out():
    closed = []

    class Idle:
        def close(self):
            closed.append(self)

    idle = HTTPPool("127.0.0.1", 9, maxsize=2).pool
    first, second, surplus = Idle(), Idle(), Idle()
    for each in (first, None, second, surplus):
        idle.put(each)
    assert closed == [surplus]
    assert (idle.qsize(), idle.get(block=False), idle.get(block=False), idle.qsize()) == (2, second, first, 0)
    with pytest.raises(queue.Empty):
        idle.get(block=False)


def test_surplus_connection_may_be_taken_by_another_thread():
    class TakenMeanwhile(list):
        """Is empty as soon as its length has been read."""

        def __len__(self):
            length = super().__len__()
            self.clear()
            return length

    idle = HTTPPool("127.0.0.1", 9, maxsize=1).pool
    idle.queue = TakenMeanwhile([object()])
    idle.put(object())
    assert idle.qsize() == 0


def test_threads_for_asynchronous_calls_start_once(api_client, frequent_switches):
    barrier = threading.Barrier(8)

    def pool_of(_):
        barrier.wait(60)
        return api_client.pool

    with ThreadPoolExecutor(8) as threads:
        assert len(set(map(id, threads.map(pool_of, range(8))))) == 1


def test_client_can_be_closed_by_several_threads(frequent_switches):
    with ThreadPoolExecutor(4) as threads:
        for _ in range(100):
            client = RESTClientObject(Configuration())
            for port in range(1, 21):
                client.pool(f"http://127.0.0.1:{port}")
            for closed in [threads.submit(client.close) for _ in range(4)]:
                closed.result()


def test_client_can_be_closed_while_it_connects():
    connecting, closed = threading.Event(), threading.Event()

    class SlowClient(RESTClientObject):
        def connect(self, origin):
            pool = super().connect(origin)
            connecting.set()
            assert closed.wait(60)
            return pool

    client = SlowClient(Configuration())
    with ThreadPoolExecutor(1) as threads:
        connected = threads.submit(client.pool, "http://127.0.0.1:9")
        assert connecting.wait(60)
        client.close()
        closed.set()
        assert client.pool("http://127.0.0.1:9") is connected.result(60)
    client.close()
    assert client._pools == {}


@pytest.mark.parametrize("async_req", [False, True])
def test_calls_of_other_threads_finish_while_the_client_is_closed(frequent_switches, async_req):
    ended = threading.Event()

    def work(_):
        for number in range(100):
            file = api.files_md5sum_get(str(number), async_req=async_req)
            assert (file.get(60) if async_req else file).md5sum == str(number)

    def close():
        while not ended.is_set():
            api.api_client.close()

    with scripted_server(echo) as server, ThreadPoolExecutor(5) as threads:
        api = api_for(server.host, retries=0)
        closed = threads.submit(close)
        try:
            list(threads.map(work, range(4)))
        finally:
            ended.set()
        closed.result(60)
        api.api_client.close()


def test_connection_of_a_call_in_progress_is_closed_when_its_call_ends():
    received, closed, ended = threading.Event(), threading.Event(), threading.Event()

    def action(connection):
        connection.request()
        received.set()
        assert closed.wait(60)
        connection.send(http_response())
        assert connection.request() == b""
        ended.set()

    with scripted_server(action) as server, ThreadPoolExecutor(1) as threads:
        api = api_for(server.host)
        call = threads.submit(api.files_md5sum_get, "a")
        assert received.wait(60)
        api.api_client.close()
        closed.set()
        assert call.result(60).md5sum == "a"
        assert ended.wait(60)


@pytest.mark.parametrize(("pool_threads", "error"), [(0, ApiValueError), (-1, ApiValueError), ("2", ApiTypeError)])
def test_invalid_number_of_threads_is_rejected(pool_threads, error):
    with ApiClient(Configuration(), pool_threads=pool_threads) as api_client:
        with pytest.raises(error, match=f"Invalid pool_threads {pool_threads!r}"):
            FileApi(api_client).files_md5sum_get("a", async_req=True)
        with pytest.raises(error):
            _ = api_client.pool


# Processes


def run_in_fork(work):
    """Call a function in a fork of this process.

    Returns:
        A function that waits for the child to end, and returns the result of the work as text, or the repr of its
        error. It kills a child that does not end within a minute, and then fails.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            result = str(work())
        except BaseException as error:
            result = repr(error)
        os.write(writer, result.encode())
        os._exit(0)
    os.close(writer)

    def result() -> str:
        with os.fdopen(reader, "rb") as stream:
            has_ended = bool(select.select([stream], [], [], 60)[0])
            if not has_ended:
                os.kill(child, signal.SIGKILL)
            text = stream.read().decode()
        status = os.waitpid(child, 0)[1]
        assert has_ended, "the child is blocked"
        assert status == 0
        return text

    return result


def echo(connection):
    """Respond to each request with a file that has the md5sum of its path."""
    while request := connection.request():
        md5sum = request.split(b" ")[1].rpartition(b"/")[2]
        connection.send(http_response(b'{"md5sum": "' + md5sum + b'", "filename": "b", "file-type": "vcf"}'))


@needs_fork
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forked_child_opens_its_own_connections():
    def make_calls(api, prefix):
        for number in range(200):
            assert api.files_md5sum_get(f"{prefix}{number}").md5sum == f"{prefix}{number}"
        return "done"

    with scripted_server(echo) as server:
        api = api_for(server.host, retries=0)
        api.files_md5sum_get("a")
        api.files_md5sum_get("a", async_req=True).get(60)
        api.api_client.close()
        api.files_md5sum_get("a")
        before = server.connections
        child = run_in_fork(lambda: make_calls(api, "c"))
        assert (make_calls(api, "p"), child()) == ("done", "done")
        assert server.connections == before + 1
        api.files_md5sum_get("a", async_req=True).get(60)
        child = run_in_fork(lambda: api.files_md5sum_get("async", async_req=True).get(60).md5sum)
        assert child() == "async"
        api.api_client.close()


@needs_fork
def test_forked_child_does_not_wait_for_asynchronous_calls_of_its_parent():
    script = """
import os, sys, time, tracking_client, tracking_client._transport.async_calls
tracking_client._transport.async_calls.EXIT_TIMEOUT = 60
api = tracking_client.FileApi(tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1])))
api.files_md5sum_get("a", async_req=True, _request_timeout=60)
time.sleep(0.3)
start = time.monotonic()
child = os.fork()
if child == 0:
    api.api_client.close()
    sys.exit(7)
status = os.waitpid(child, 0)[1]
print(os.WEXITSTATUS(status), time.monotonic() - start < 30, flush=True)
os._exit(0)
"""
    with scripted_server(stall) as server:
        completed = run_script(script, server.host)
    assert completed.stdout == "7 True\n"


def test_client_works_in_a_spawned_process(host, sample_id):
    api = api_for(host)
    file = api.samples_id_files_post(sample_id, File("a", "b", "vcf"))
    with multiprocessing.get_context("spawn").Pool(1) as processes:
        assert processes.apply(api.files_md5sum_get, ("a",)) == file
        with pytest.raises(tracking_client.NotFoundException) as caught:
            processes.apply(api.files_md5sum_get, ("b",))
        assert caught.value.error.message == "Not found"
        processes.close()
        processes.join()
    api.api_client.close()


# Cleanup


def test_close_closes_idle_connections():
    ended = threading.Event()

    def action(connection):
        respond()(connection)
        ended.set()

    with scripted_server(action) as server:
        api = api_for(server.host)
        api.files_md5sum_get("a")
        assert not ended.wait(0.1)
        api.api_client.close()
        assert ended.wait(60)
        assert api.files_md5sum_get("a").md5sum == "a"


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no /proc on this system")
def test_closed_clients_leave_no_files_threads_or_objects():
    def use(number):
        with ApiClient(Configuration(host=server.host)) as api_client:
            api = FileApi(api_client)
            api.files_md5sum_get("a")
            if number % 10 == 0:
                api.files_md5sum_get("a", async_req=True).get(60)

    def count():
        """Return how many files, threads, and clients or configurations there are."""
        gc.collect()
        for thread in server._threads[1:]:
            thread.join(60)
        objects = sum(isinstance(each, (ApiClient, Configuration)) for each in gc.get_objects())
        return len(os.listdir("/proc/self/fd")), threading.active_count(), objects

    with scripted_server(respond()) as server:
        use(0)
        files, threads, objects = count()
        for number in range(200):
            use(number)
        files_after, threads_after, objects_after = count()
    assert files_after <= files + 1
    assert threads_after <= threads + 1
    assert objects_after <= objects


def test_exit_waits_for_asynchronous_calls(host, api, sample_id):
    script = """
import sys, tracking_client, tracking_client._transport.async_calls
api = tracking_client.FileApi(tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1])))
for number in range(20):
    api.samples_id_files_post(sys.argv[2], tracking_client.File(str(number), "b", "vcf"), async_req=True)
"""
    completed = run_script(script, host, sample_id)
    assert (completed.returncode, completed.stdout) == (0, "")
    assert len(api.samples_id_files_get(sample_id)) == 20


def test_exit_does_not_wait_longer_than_its_timeout():
    script = """
import sys, tracking_client, tracking_client._transport.async_calls
tracking_client._transport.async_calls.EXIT_TIMEOUT = 0.5
api = tracking_client.FileApi(tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1])))
api.files_md5sum_get("a", async_req=True)
api.files_md5sum_get("a", _request_timeout=0.2)
"""
    with scripted_server(stall) as server:
        start = time.monotonic()
        completed = run_script(script, server.host)
        assert completed.returncode == 1
        assert "ApiTimeoutError" in completed.stderr
        assert time.monotonic() - start < 20  # the read timeout of the first call is 60 seconds


@pytest.mark.slow
def test_exit_waits_for_the_calls_of_all_clients_together():
    script = """
import sys, tracking_client, tracking_client._transport.async_calls
tracking_client._transport.async_calls.EXIT_TIMEOUT = 2
for _ in range(20):
    api_client = tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1]))
    tracking_client.FileApi(api_client).files_md5sum_get("a", async_req=True)
"""
    with scripted_server(stall) as server:
        start = time.monotonic()
        completed = run_script(script, server.host)
        assert (completed.returncode, completed.stderr) == (0, "")
        assert time.monotonic() - start < 20  # 20 clients with 2 seconds each would be 40


def test_exception_out_of_a_with_block_does_not_wait_for_asynchronous_calls():
    class Mistake(Exception):
        pass

    with scripted_server(stall) as server:
        start = time.monotonic()
        api = api_for(server.host)
        call = api.files_md5sum_get("a", async_req=True)
        with pytest.raises(Mistake), api.api_client:
            raise Mistake
        assert time.monotonic() - start < 30  # the read timeout of the call is 60 seconds
    with pytest.raises(tracking_client.ApiException):  # the call goes on, and its outcome is not lost
        call.get(60)


def test_ctrl_c_out_of_with_blocks_does_not_wait_for_asynchronous_calls():
    script = """
import signal, sys, tracking_client, tracking_client._transport.async_calls
from tracking_client import ApiClient, Configuration, FileApi
tracking_client._transport.async_calls.EXIT_TIMEOUT = 2
configuration = Configuration(host=sys.argv[1])
with ApiClient(configuration) as first, ApiClient(configuration) as second:
    for api_client in first, second:
        FileApi(api_client).files_md5sum_get("a", async_req=True)
    signal.raise_signal(signal.SIGINT)
"""
    with scripted_server(stall) as server:
        start = time.monotonic()
        completed = run_script(script, server.host)
        assert completed.stderr.endswith("KeyboardInterrupt\n")
        assert time.monotonic() - start < 30  # the read timeout of the calls is 60 seconds


@pytest.mark.slow
def test_ctrl_c_during_close_ends_it():
    script = """
import signal, sys, threading, tracking_client, tracking_client._transport.async_calls
from tracking_client import ApiClient, Configuration, FileApi
tracking_client._transport.async_calls.EXIT_TIMEOUT = 2
api_client = ApiClient(Configuration(host=sys.argv[1]))
FileApi(api_client).files_md5sum_get("a", async_req=True)
threading.Timer(1, signal.pthread_kill, (threading.get_ident(), signal.SIGINT)).start()
api_client.close()
"""
    with scripted_server(stall) as server:
        start = time.monotonic()
        completed = run_script(script, server.host)
        assert completed.stderr.endswith("KeyboardInterrupt\n")
        assert time.monotonic() - start < 30


@pytest.mark.skipif(os.name != "posix", reason="no such limits on this system")
@pytest.mark.parametrize("host", ["http://127.0.0.1:9", "https://localhost:9"])
@pytest.mark.parametrize("is_used_before", [False, True])
def test_no_file_descriptor_left_is_a_connection_error(host, is_used_before):
    script = f"""
import os, resource, sys
from tracking_client import ApiClient, ApiConnectionError, Configuration, FileApi
api = FileApi(ApiClient(Configuration(host=sys.argv[1])))
api.api_client.configuration.retries = 0
def call(**options):
    try:
        result = api.files_md5sum_get("a", **options)
        return repr(result.get(60))
    except ApiConnectionError as error:
        return type(error).__name__, error.status, error.__cause__ is not None
if {is_used_before}:
    call()
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
opened = []
try:
    while True:
        opened.append(open(os.devnull))
except OSError:
    results = [call(), call(async_req=True)]
for each in opened:
    each.close()
print(*results)
"""
    assert run_script(script, host).stdout == "{0} {0}\n".format(("ApiConnectionError", 0, True))
