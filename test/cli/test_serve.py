"""The command ``tracking-client serve``, as a process."""

from __future__ import annotations

import socket

from clients import add_sample
from processes import run, serve

import tracking_client


def test_url_is_printed_once_requests_are_accepted(tmp_path):
    process, host = serve(tmp_path / "tracking.sqlite")
    try:
        with tracking_client.ApiClient(tracking_client.Configuration(host=host)) as api_client:
            assert add_sample(api_client)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_database_that_cannot_be_opened_is_an_error(tmp_path):
    done = run("serve", "--database", str(tmp_path / "no" / "directory"), "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "can't open the database" in done.stderr
    assert "Traceback" not in done.stderr


def test_address_in_use_is_an_error(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        done = run("serve", "--database", str(tmp_path / "tracking.sqlite"), "--bind", "127.0.0.1", "--port", port)
    assert (done.returncode, done.stdout) == (1, "")
    assert "in use" in done.stderr
