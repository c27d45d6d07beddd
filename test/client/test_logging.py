"""Calls are logged through `logging` and, with `Configuration.debug`, to standard error, a file or a handler."""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import os
import re
import subprocess
import sys

import pytest
from clients import add_sample, api_for
from scripted_server import close, http_response, respond, scripted_server

from tracking_client import ApiClient, Configuration, ConflictException, File, FileApi, NotFoundException
from tracking_client.bulk import look_up


def call(configuration: Configuration) -> None:
    """Look up a file that does not exist."""
    with ApiClient(configuration) as api_client, pytest.raises(NotFoundException):
        FileApi(api_client).files_md5sum_get("a")


def log_line(host: str) -> str:
    """Return a regular expression for the line that `call` logs."""
    return re.escape(f"GET {host}/files/a: 404 NOT FOUND in ") + r"\d+\.\d{3} s"


def test_debug_writes_each_call_to_standard_error(host, capsys):
    configuration = Configuration(host=host)
    call(configuration)
    assert capsys.readouterr().err == ""
    configuration.debug = True
    configuration.logger_format = "%(name)s %(levelname)s %(message)s"
    call(configuration)
    output, errors = capsys.readouterr()
    assert output == ""
    assert re.fullmatch(f"tracking_client DEBUG {log_line(host)}\n", errors)


def test_debug_appends_each_call_to_a_file(host, capsys, tmp_path):
    configuration = Configuration(host=host)
    configuration.debug = True
    configuration.logger_format = "%(message)s"
    configuration.logger_file = str(tmp_path / "calls.log")
    call(configuration)
    call(copy.deepcopy(configuration))
    assert re.fullmatch(f"({log_line(host)}\n){{2}}", (tmp_path / "calls.log").read_text())
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("attribute", ["logger_stream_handler", "logger_file_handler"])
def test_debug_passes_each_call_to_a_handler(host, capsys, tmp_path, attribute):
    records = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    configuration = Configuration(host=host)
    configuration.debug = True
    if attribute == "logger_file_handler":
        configuration.logger_file = str(tmp_path / "calls.log")
    setattr(configuration, attribute, Handler())
    call(configuration)
    (record,) = records
    assert re.fullmatch(log_line(host), record.getMessage())
    assert capsys.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


def test_each_call_is_logged_at_debug(host, caplog):
    with caplog.at_level(logging.DEBUG, "tracking_client"):
        call(Configuration(host=host))
    (record,) = (record for record in caplog.records if record.name == "tracking_client")
    assert record.levelno == logging.DEBUG
    assert re.fullmatch(log_line(host), record.getMessage())


def test_each_retry_is_logged_at_info(caplog, delays):
    unavailable = respond(http_response(b"", "503 Service Unavailable"))
    with caplog.at_level(logging.DEBUG, "tracking_client"), scripted_server(close, unavailable, respond()) as server:
        assert api_for(server.host).files_md5sum_get("a").md5sum == "a"
    url = re.escape(f"GET {server.host}/files/a: ")
    lines = [(record.levelno, record.getMessage()) for record in caplog.records if record.name == "tracking_client"]
    assert [level for level, _ in lines] == [logging.INFO, logging.INFO, logging.DEBUG]
    assert re.fullmatch(url + r"retry 1 in [\d.e-]+ s: ProtocolError: .+", lines[0][1])
    assert re.fullmatch(url + r"retry 2 in [\d.e-]+ s: 503 Service Unavailable", lines[1][1])
    assert re.fullmatch(url + r"200 OK in [\d.]+ s", lines[2][1])
    assert len(delays) == 1  # none after the broken connection


def test_package_logs_nothing_by_default():
    assert any(isinstance(handler, logging.NullHandler) for handler in logging.getLogger("tracking_client").handlers)
    script = """
import sys, tracking_client
api = tracking_client.FileApi(tracking_client.ApiClient(tracking_client.Configuration(host=sys.argv[1])))
try:
    api.files_md5sum_get("a")
except tracking_client.NotFoundException:
    pass
"""
    not_found = http_response(b'{"code": 404, "message": "Not found"}', "404 NOT FOUND")
    with scripted_server(respond(not_found)) as server:
        completed = subprocess.run(
            [sys.executable, "-c", script, server.host], capture_output=True, text=True, check=False, timeout=120
        )
    assert (completed.returncode, completed.stdout, completed.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("name", "value"), [("logger_file", "/nonexistent/directory/log"), ("logger_format", "%(nonesuch)s")]
)
def test_failed_log_write_does_not_fail_the_call(api, api_client, sample_id, capsys, name, value):
    api_client.configuration.debug = True
    setattr(api_client.configuration, name, value)
    assert api.samples_id_files_post(sample_id, File("a", "b", "vcf")).md5sum == "a"
    assert "cannot log a call" in capsys.readouterr().err
    assert add_sample(api_client)


def broken_pipe():
    reader, writer = os.pipe()
    os.close(reader)
    return open(writer, "w", buffering=1)  # line-buffered, as standard error is


def closed_stream():
    stream = io.StringIO()
    stream.close()
    return stream


class WriteOnlyBytes:
    def write(self, text):
        raise TypeError("a bytes-like object is required")


@pytest.mark.parametrize("stderr", [lambda: None, closed_stream, broken_pipe, WriteOnlyBytes, object])
@pytest.mark.parametrize("logger_file", [None, "/nonexistent/directory/log"])
def test_unusable_standard_error_does_not_fail_the_call(api, api_client, sample_id, monkeypatch, stderr, logger_file):
    api_client.configuration.debug = True
    api_client.configuration.logger_file = logger_file
    stream = stderr()
    monkeypatch.setattr(sys, "stderr", stream)
    try:
        assert api.samples_id_files_post(sample_id, File("a", "b", "vcf")).md5sum == "a"
        with pytest.raises(NotFoundException):
            api.files_md5sum_get("b")
        with pytest.raises(ConflictException):
            api.samples_id_files_post(sample_id, File("a", "b", "vcf"))
    finally:
        with contextlib.suppress(AttributeError, OSError):
            stream.close()


@pytest.mark.parametrize("debug", [False, True])
def test_missing_logger_does_not_fail_the_call(api, api_client, sample_id, capsys, debug):
    api_client.configuration.debug = debug
    api_client.configuration.logger = {}
    assert api.samples_id_files_post(sample_id, File("a", "b", "vcf")).md5sum == "a"
    assert "cannot log a call" in capsys.readouterr().err


def test_failing_log_filter_does_not_fail_the_call(host, capsys):
    def fail(record):
        raise RuntimeError("a defect in the filter")

    logger = logging.getLogger("tracking_client")
    level = logger.level
    logger.addFilter(fail)
    logger.setLevel(logging.DEBUG)
    try:
        call(Configuration(host=host))
    finally:
        logger.removeFilter(fail)
        logger.setLevel(level)
    assert "cannot log a call: a defect in the filter" in capsys.readouterr().err


@pytest.mark.parametrize("attribute", ["logger_stream_handler", "logger_file_handler"])
def test_debug_passes_the_calls_of_many_threads_to_a_handler(host, capsys, tmp_path, attribute):
    """Their client is a copy, if the pool of the given one is too small."""
    records = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record.getMessage())

    configuration = Configuration(host=host)
    configuration.debug = True
    configuration.connection_pool_maxsize = 1
    setattr(configuration, attribute, Handler())
    if attribute == "logger_file_handler":
        configuration.logger_file = tmp_path / "calls.log"
    with ApiClient(configuration) as api_client:
        assert len(list(look_up(api_client, [f"{number:032x}" for number in range(20)], max_workers=4))) == 20
    assert len(records) == 20
    assert not (tmp_path / "calls.log").exists()
    assert capsys.readouterr() == ("", "")
