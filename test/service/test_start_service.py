"""A service that is started in a notebook, where a ``with`` block ends with its cell."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest
from machine import has_ipv6
from service_connection import Connection

from tracking_client.service import running_service, start_service


def status_of_get(host) -> int:
    with Connection(host) as connection:
        return connection.request("GET", "/samples")[0]


def test_service_runs_until_it_is_stopped():
    threads = threading.active_count()
    service = start_service()
    assert status_of_get(service.host) == 200
    assert repr(service) == f"<RunningService {service.host}>"
    for _ in range(2):
        service.stop()
        assert repr(service) == f"<RunningService {service.host}, stopped>"
        with pytest.raises(ConnectionRefusedError):
            status_of_get(service.host)
    assert threading.active_count() == threads


def test_service_is_a_context_manager():
    with start_service() as service:
        assert status_of_get(service.host) == 200
    with pytest.raises(ConnectionRefusedError):
        status_of_get(service.host)


@pytest.mark.skipif(not has_ipv6(), reason="there is no IPv6 on this machine")
def test_arguments_are_those_of_running_service(tmp_path):
    with start_service(tmp_path / "tracking.sqlite", "::1", any_host=True) as service:
        assert service.host.startswith("http://[::1]:")
        with Connection(service.host) as connection:
            assert connection.request("POST", "/samples", {}, Host="example.org")[0] == 201
    with running_service(tmp_path / "tracking.sqlite") as host, Connection(host) as connection:
        assert len(connection.request("GET", "/samples")[2]) == 1


def test_service_that_cannot_start_is_an_error(tmp_path):
    with pytest.raises(OSError, match="can't open the database"):
        start_service(tmp_path / "no" / "directory")


def test_exit_stops_the_service_and_deletes_its_temporary_database(tmp_path):
    script = """
import sys, tempfile
tempfile.tempdir = sys.argv[1]
from tracking_client.service import start_service
print(start_service().host)
"""
    command = [sys.executable, "-W", "error", "-c", script, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert os.listdir(tmp_path) == []
