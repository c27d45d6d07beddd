"""Beside others: copies, threads, forks, and what is left behind."""

from __future__ import annotations

import copy
import gc
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import add_sample, api_for
from scripted import answer, scripted, stall

import tracking_client
from tracking_client import ApiClient, Configuration, File, FileApi
from tracking_client.connections import IdleConnections
from tracking_client.rest import RESTClientObject
from tracking_client.service import BASE_PATH


def pickled(value):
    return pickle.loads(pickle.dumps(value))


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, pickled])
def test_clients_travel(host, sample_id, twin):
    configuration = Configuration(host=host)
    with ApiClient(configuration, "X-Token", "token", "a=b", pool_threads=3) as api_client:
        api = FileApi(api_client)
        api.samples_id_files_post(sample_id, File("a", "b", "vcf"))
        assert api.files_md5sum_get("a", async_req=True).get(10).md5sum == "a"
        other = twin(api)
        assert other.files_md5sum_get("a") == File("a", "b", "vcf")
        assert dict(other.api_client.default_headers) == dict(api_client.default_headers)
        assert (other.api_client.cookie, other.api_client.pool_threads) == ("a=b", 3)
        client = twin(api_client)
        assert FileApi(client).files_md5sum_get("a", async_req=True).get(10).md5sum == "a"
        client.close()
        other.api_client.close()
        assert api.files_md5sum_get("a").md5sum == "a"


def test_one_client_serves_many_threads(api, sample_id):
    def worker(number):
        for each in range(20):
            file = File(f"{number}-{each}", "b", "vcf")
            assert api.samples_id_files_post(sample_id, file) == file
            assert api.files_md5sum_get(file.md5sum) == file
            assert api.files_md5sum_get(file.md5sum, _request_timeout=10) == file

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(worker, range(16)))
    assert len(api.samples_id_files_get(sample_id)) == 320


@pytest.mark.parametrize("maxsize", [1, 3, None])
def test_no_more_idle_connections_are_kept_than_asked_for(host, sample_id, maxsize):
    api = api_for(host, connection_pool_maxsize=maxsize)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda _: api.samples_id_files_get(sample_id), range(160)))
    idle = api.api_client.rest_client.pool(host[: -len(BASE_PATH)]).pool
    assert 1 <= idle.qsize() <= (maxsize or 1)
    api.api_client.close()
    assert idle.qsize() == 0


def test_idle_connections_are_used_latest_first():
    idle = IdleConnections(2)
    for item in (None, "a", None, "b"):
        idle.put(item)
    with pytest.raises(queue.Full):
        idle.put("c")
    assert (idle.qsize(), idle.get(), idle.get(), idle.qsize()) == (2, "b", "a", 0)
    with pytest.raises(queue.Empty):
        idle.get()


def test_threads_for_asynchronous_calls_start_once(api_client):
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        barrier = threading.Barrier(8)

        def ask(_):
            barrier.wait(10)
            return api_client.pool

        with ThreadPoolExecutor(8) as threads:
            assert len(set(map(id, threads.map(ask, range(8))))) == 1
    finally:
        sys.setswitchinterval(interval)


def forked(work):
    """Has a child of this process do work. Returns a function that waits for what the work returned, or its error."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = str(work())
        except BaseException as error:
            said = repr(error)
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)

    def wait() -> str:
        with os.fdopen(reader, "rb") as stream:
            said = stream.read().decode()
        os.waitpid(child, 0)
        return said

    return wait


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_parent_and_child_have_their_own_connections():
    def script(connection):
        # The request's path comes back, from whichever connection it was read.
        while head := connection.request():
            md5sum = head.split(b" ")[1].rpartition(b"/")[2]
            body = b'{"md5sum": "' + md5sum + b'", "filename": "b", "file-type": "vcf"}'
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    def calls(api, prefix):
        for number in range(200):
            assert api.files_md5sum_get(f"{prefix}{number}").md5sum == f"{prefix}{number}"
        return "right"

    with scripted(script) as server:
        api = api_for(server.host, retries=0)
        api.files_md5sum_get("warm")
        api.files_md5sum_get("warm", async_req=True).get(10)
        api.api_client.close()
        api.files_md5sum_get("warm")
        before = server.connections
        child = forked(lambda: calls(api, "c"))
        assert (calls(api, "p"), child()) == ("right", "right")
        assert server.connections == before + 1
        api.files_md5sum_get("warm", async_req=True).get(10)
        child = forked(lambda: api.files_md5sum_get("async", async_req=True).get(10).md5sum)
        assert child() == "async"
        api.api_client.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_child_does_not_wait_for_the_parents_calls():
    script = """
import os, sys, time, tracking_client
api = tracking_client.FileApi(tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1])))
api.files_md5sum_get("a", async_req=True, _request_timeout=5)
time.sleep(0.3)
start = time.monotonic()
child = os.fork()
if child == 0:
    api.api_client.close()
    sys.exit(7)
status = os.waitpid(child, 0)[1]
print(os.WEXITSTATUS(status), time.monotonic() - start < 3, flush=True)
os._exit(0)
"""
    with scripted(stall) as server:
        done = run(script, server.host)
    assert done.stdout == "7 True\n"


def test_spawned_processes(host, sample_id):
    import multiprocessing

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


def test_closing_a_client_closes_its_connections():
    ended = threading.Event()

    def script(connection):
        answer()(connection)
        ended.set()

    with scripted(script) as server:
        api = api_for(server.host)
        api.files_md5sum_get("a")
        assert not ended.wait(0.1)
        api.api_client.close()
        assert ended.wait(10)
        assert api.files_md5sum_get("a").md5sum == "a"


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_many_threads_may_close_a_client():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            for _ in range(100):
                client = RESTClientObject(Configuration())
                for port in range(1, 21):
                    client.pool(f"http://127.0.0.1:{port}")
                for closed in [threads.submit(client.close) for _ in range(4)]:
                    closed.result()
    finally:
        sys.setswitchinterval(before)


def test_a_client_may_be_closed_while_it_connects():
    connecting, closed = threading.Event(), threading.Event()

    class Slow(RESTClientObject):
        def connect(self, origin):
            pool = super().connect(origin)
            connecting.set()
            assert closed.wait(10)
            return pool

    client = Slow(Configuration())
    with ThreadPoolExecutor(1) as threads:
        made = threads.submit(client.pool, "http://127.0.0.1:9")
        assert connecting.wait(10)
        client.close()
        closed.set()
        assert client.pool("http://127.0.0.1:9") is made.result(10)
    client.close()
    assert made.result().pool is None


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no /proc on this system")
def test_a_thousand_clients_leave_nothing():
    def use(server, number):
        with ApiClient(Configuration(host=server.host)) as api_client:
            api = FileApi(api_client)
            api.files_md5sum_get("a")
            if number % 10 == 0:
                api.files_md5sum_get("a", async_req=True).get(10)

    with scripted(answer()) as server:
        use(server, 0)
        gc.collect()
        time.sleep(0.1)
        files, threads = open_files() - len(server._accepted), threading.active_count() - len(server._threads)
        clients = sum(isinstance(each, (ApiClient, Configuration)) for each in gc.get_objects())
        for number in range(1000):
            use(server, number)
        gc.collect()
        for thread in server._threads[1:]:
            thread.join(10)
        assert threading.active_count() - threads <= 2
        assert open_files() <= files + 2
        assert sum(isinstance(each, (ApiClient, Configuration)) for each in gc.get_objects()) <= clients


def run(script: str, *arguments: str, timeout: float = 60):
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False, timeout=timeout
    )


def test_asynchronous_calls_are_finished_at_exit(host, api, sample_id):
    script = """
import sys, tracking_client
api = tracking_client.FileApi(tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1])))
for number in range(20):
    api.samples_id_files_post(sys.argv[2], tracking_client.File(str(number), "b", "vcf"), async_req=True)
"""
    done = run(script, host, sample_id)
    assert (done.returncode, done.stdout) == (0, "")
    assert len(api.samples_id_files_get(sample_id)) == 20


def test_nothing_keeps_the_interpreter_from_exiting():
    script = """
import sys, tracking_client
import tracking_client.api_client
tracking_client.asynchronous.EXIT_GRACE = 0.5
api = tracking_client.FileApi(tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1])))
api.files_md5sum_get("a", async_req=True)
api.files_md5sum_get("a", _request_timeout=0.2)
"""
    with scripted(stall) as server:
        start = time.monotonic()
        done = run(script, server.host)
        assert done.returncode == 1
        assert "ApiTimeoutError" in done.stderr
        assert time.monotonic() - start < 20


def test_the_library_logs_nothing_unasked():
    import logging

    assert any(isinstance(handler, logging.NullHandler) for handler in logging.getLogger("tracking_client").handlers)
    script = """
import sys, tracking_client
api = tracking_client.FileApi(tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1])))
try:
    api.files_md5sum_get("a")
except tracking_client.NotFoundException:
    pass
"""
    with scripted(answer(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")) as server:
        done = run(script, server.host)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_log_that_can_not_be_written_does_not_fail_the_call(api, api_client, sample_id, capsys):
    configuration = api_client.configuration
    configuration.debug = True
    for name, value in (("logger_file", "/nonexistent/directory/log"), ("logger_format", "%(nonesuch)s")):
        setattr(configuration, name, value)
        assert api.samples_id_files_post(sample_id, File(name, "b", "vcf")).md5sum == name
        configuration.logger_file = None
    assert "can't be logged" in capsys.readouterr().err
    assert add_sample(api_client)
