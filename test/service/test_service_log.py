"""What the embedded service logs."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys

import pytest
from werkzeug.test import Client

from tracking_client.service import BASE_PATH, TrackingService


def damaged_service(directory):
    """Return an application whose every request for a file is an internal error."""
    application = TrackingService(directory / "tracking.sqlite")
    with contextlib.closing(sqlite3.connect(directory / "tracking.sqlite")) as connection:
        connection.execute("DROP TABLE file")
        connection.commit()
    return application


def test_internal_error_is_html_page_and_logged(tmp_path, caplog):
    application = damaged_service(tmp_path)
    response = Client(application).get(f"{BASE_PATH}/files/a")
    application.close()
    assert (response.status_code, response.mimetype) == (500, "text/html")
    assert "no such table" in caplog.text


def test_path_in_the_log_is_one_line(tmp_path, caplog):
    application = damaged_service(tmp_path)
    Client(application).get(f"{BASE_PATH}/files/a%0aFORGED%1b[2J")
    application.close()
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        f"GET {BASE_PATH}/files/a\\nFORGED\\x1b[2J"
    ]


@pytest.mark.parametrize(
    ("configuration", "count"),
    [
        ("", 1),
        ("logging.getLogger('tracking_client').addHandler(logging.StreamHandler())", 1),
        ("logging.basicConfig()", 1),
        ("logging.basicConfig(level='CRITICAL')", 0),
    ],
)
def test_internal_error_is_told_once_on_standard_error(tmp_path, configuration, count):
    """It must not be lost in a program that has not configured logging."""
    script = f"""
import logging
from tracking_client.service import TrackingService
from werkzeug.test import Client
{configuration}
application = TrackingService("tracking.sqlite")
with application._database.connection() as connection:
    connection.execute("DROP TABLE file")
assert Client(application).get("{BASE_PATH}/files/a").status_code == 500
application.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Traceback") == done.stderr.count("no such table") == count
