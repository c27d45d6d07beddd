"""Ctrl-C in a write: whether the request may have been processed is told by the error, on Python 3.10 by the log."""

from __future__ import annotations

import logging
import os
import signal
import sys
import time

import pytest
from clients import client_for
from endpoints import ENDPOINTS, ID
from scripted_server import close, http_response, refused_host, respond, scripted_server

from tracking_client import File, FileApi, SampleApi

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")

NOTE = "the request may have been processed"


@pytest.fixture
def notes(caplog):
    """Return a function that returns what is told of an interrupted write."""

    def told_of(error: BaseException) -> str:
        if sys.version_info >= (3, 11):
            return "\n".join(getattr(error, "__notes__", []))
        return "\n".join(record.getMessage() for record in caplog.records if record.levelno == logging.WARNING)

    return told_of


def interrupt(connection) -> None:
    """Press Ctrl-C while the client waits for the response to a request."""
    connection.request()
    time.sleep(0.05)  # the client has still to begin to wait
    os.kill(os.getpid(), signal.SIGINT)
    connection.wait()


def press_ctrl_c(_) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_interrupted_write_says_that_it_may_have_been_processed(endpoint, notes):
    with scripted_server(interrupt) as server, client_for(server.host) as api_client:
        with pytest.raises(KeyboardInterrupt) as caught:
            getattr(endpoint.api_class(api_client), endpoint.name)(**endpoint.arguments)
        (method,) = server.methods()
    is_write = method not in ("GET", "HEAD")
    assert (NOTE in notes(caught.value)) == is_write
    assert (f"{method} {server.host}/" in notes(caught.value)) == is_write
    assert type(caught.value) is KeyboardInterrupt


def test_interrupted_write_that_was_not_sent_says_nothing(notes, monkeypatch):
    monkeypatch.setattr("tracking_client._transport.attempts.sleep", press_ctrl_c)
    with client_for(refused_host()) as api_client, pytest.raises(KeyboardInterrupt) as caught:
        SampleApi(api_client).samples_post({})
    assert notes(caught.value) == ""


def test_write_that_is_interrupted_after_a_503_says_nothing(notes, monkeypatch):
    """A 503 says that the request was not processed."""
    monkeypatch.setattr("tracking_client._transport.attempts.sleep", press_ctrl_c)
    with (
        scripted_server(respond(http_response(b"", "503 x"))) as server,
        client_for(server.host) as api_client,
        pytest.raises(KeyboardInterrupt) as caught,
    ):
        FileApi(api_client).samples_id_files_post(ID, File("a", "b", "vcf"))
    assert notes(caught.value) == ""


def test_write_that_is_interrupted_before_its_retry_says_that_it_may_have_been_processed(notes, monkeypatch):
    monkeypatch.setattr("tracking_client._transport.attempts.sleep", press_ctrl_c)
    unavailable = respond(http_response(b"", "502 x"))
    with (
        scripted_server(close, unavailable) as server,
        client_for(server.host) as api_client,
        pytest.raises(KeyboardInterrupt) as caught,
    ):
        FileApi(api_client).samples_id_files_md5sum_delete(ID, "a")
    assert NOTE in notes(caught.value)
