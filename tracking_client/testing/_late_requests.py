"""Requests that are processed after their response, and what becomes of PUTs that they overlap with."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable
from typing import Any

from ..service._wsgi import StartResponse, WSGIApplication, WSGIEnvironment
from ..service.application import OVERLAPS


class LateRequests:
    """Processes requests, some of them late. The class is thread-safe.

    A late PUT overlaps with the PUTs of the same resource that have been processed between its arrival and its own
    processing. PUTs are processed one after another, so that this is known.

    Args:
        application: The WSGI application that processes the requests.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._lock = threading.Lock()
        self._puts: Counter[str] = Counter()
        self._threads: list[threading.Thread] = []
        self._is_ending = threading.Event()

    def process(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Process a request now."""
        if environ["REQUEST_METHOD"] != "PUT":
            return self._application(environ, start_response)
        with self._lock:
            return self._put(environ, start_response)

    def process_later(self, environ: WSGIEnvironment, seconds: float) -> None:
        """Process a request after some time, unless the service ends before."""
        puts = self._puts[_resource(environ)]
        thread = threading.Thread(target=self._wait_and_process, args=(environ, seconds, puts), name="tracking-late")
        self._threads.append(thread)
        thread.start()

    def end(self) -> None:
        """Do not process the requests that are still waiting."""
        self._is_ending.set()
        for thread in self._threads:
            thread.join()

    def _wait_and_process(self, environ: WSGIEnvironment, seconds: float, puts: int) -> None:
        if self._is_ending.wait(seconds):
            return
        if environ["REQUEST_METHOD"] != "PUT":
            self._application(environ, _ignore)
            return
        with self._lock:
            self._put({**environ, OVERLAPS: self._puts[_resource(environ)] > puts}, _ignore)

    def _put(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Process a PUT, and count it if it has stored something."""

        def start(status: str, *arguments: Any) -> Any:
            self._puts[_resource(environ)] += status.startswith("200")
            return start_response(status, *arguments)

        return self._application(environ, start)


def _resource(environ: WSGIEnvironment) -> str:
    """Return the path, in which the id of a sample is case-insensitive."""
    return str(environ.get("PATH_INFO", "")).lower()


def _ignore(*_: Any) -> Any:
    """Take the status and the headers of a response that is not sent."""


def allow_several_rows(connection: sqlite3.Connection) -> None:
    """Let the tables `qc_result` and `status` have several rows of a sample, as those of the real service can have."""
    for table in ("qc_result", "status"):
        query = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?"
        (definition,) = connection.execute(query, (table,)).fetchone()
        connection.execute(f"ALTER TABLE {table} RENAME TO unique_{table}")
        connection.execute(definition.replace("PRIMARY KEY", "NOT NULL"))
        connection.execute(f"INSERT INTO {table} SELECT * FROM unique_{table} ORDER BY rowid")  # noqa: S608
        connection.execute(f"DROP TABLE unique_{table}")
