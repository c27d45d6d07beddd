"""gevent and eventlet: each greenlet has its own deadline, however late they were enabled. Each test is a process."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
import trustme
from scripted_server import Action, Connection, http_response, requested_file, scripted_server
from tls_server import ca_pem, https_host, over_tls, server_context

SCRIPT = """
import sys, time
library, when, host, ca = sys.argv[1:]

def patch():
    if library == "gevent":
        import gevent.monkey
        gevent.monkey.patch_all()
        from gevent import spawn
        return spawn, lambda greenlet: greenlet.get()
    import eventlet
    eventlet.monkey_patch()
    return eventlet.spawn, lambda greenlet: greenlet.wait()

def client():
    configuration = tracking_client.Configuration(host=host)
    configuration.ssl_ca_cert = ca or None
    return tracking_client.ApiClient(configuration)

def call(path, timeout):
    try:
        return api.files_md5sum_get(path, _request_timeout=timeout).md5sum
    except tracking_client.ApiTimeoutError:
        return "timeout"

if when == "first":
    spawn, result = patch()
import tracking_client
tracking_client.FileApi
if when == "after use":
    with client() as api_client:
        tracking_client.FileApi(api_client).files_md5sum_get("fast")
if when != "first":
    spawn, result = patch()
start = time.monotonic()
with client() as api_client:
    api = tracking_client.FileApi(api_client)
    greenlets = [spawn(call, *arguments) for arguments in [("stall", 1), ("slow", 60), ("fast", 60), ("busy", 60)] * 3]
    print(*map(result, greenlets))
    print(time.monotonic() - start < 4 * 3)
    print(api.files_md5sum_get("fast", async_req=True).get(60).md5sum)
"""


def serve(connection: Connection) -> None:
    """Respond with a file, to some paths late, never, or at first with 503."""
    while request := connection.request():
        if b"/stall " in request:
            connection.wait()
            return
        if b"/slow " in request:
            time.sleep(3)
        is_first = sum(b"/busy " in each for each in connection.server.requests) <= 3
        if b"/busy " in request and is_first:
            connection.send(http_response(b"", "503 Service Unavailable", "Retry-After: 2"))
        else:
            connection.send(http_response(requested_file(request)))


def run(action: Action, library: str, when: str, scheme: str) -> str:
    """Run the script against a server, and return what it printed."""
    ca = trustme.CA()
    if scheme == "https":
        action = over_tls(server_context(ca, "localhost"), action)
    with scripted_server(action) as server:
        host, ca_certificates = (https_host(server), ca_pem(ca)) if scheme == "https" else (server.host, "")
        completed = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", SCRIPT, library, when, host, ca_certificates],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={**os.environ, "EVENTLET_NO_GREENDNS": "yes"},
        )
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("when", ["first", "after the import", "after use"])
@pytest.mark.parametrize("library", ["gevent", "eventlet"])
def test_each_greenlet_has_its_own_deadline(library, when, scheme):
    pytest.importorskip(library)
    # One after another, the greenlets would take 3 * (1 + 3 + 2) seconds.
    greenlets = " ".join(3 * ["timeout slow fast busy"])
    assert run(serve, library, when, scheme) == f"{greenlets}\nTrue\nfast\n"
