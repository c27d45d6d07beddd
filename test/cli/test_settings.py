"""The settings of the command: options, then the environment, then defaults; and ``config``, which shows them."""

from __future__ import annotations

import json

import pytest
from processes import run
from scripted_server import http_response, respond, scripted_server

pytestmark = pytest.mark.once


SECRET = "s3cr3t-t0ken"


def settings(*arguments, **variables) -> dict[str, tuple[str, str]]:
    done = run("config", "--format", "json", *arguments, **variables)
    assert (done.returncode, done.stderr) == (0, "")
    return {row["setting"]: (row["value"], row["source"]) for row in json.loads(done.stdout)}


def test_config_shows_the_defaults(monkeypatch):
    shown = settings()
    assert set(shown) == {"host", "timeout", "retry_for", "ssl_ca_cert", "headers", "log"}
    assert {source for _, source in shown.values()} == {"default"}
    assert shown["host"][0] == "http://tracking-api-service/api/v1"


def test_options_take_precedence_over_the_environment():
    variables = {"TRACKING_CLIENT_HOST": "a:1/api/v1", "TRACKING_CLIENT_TIMEOUT": "7", "TRACKING_CLIENT_LOG": "INFO"}
    shown = settings(**variables)
    assert shown["host"] == ("http://a:1/api/v1", "TRACKING_CLIENT_HOST")
    assert shown["timeout"] == ("7.0", "TRACKING_CLIENT_TIMEOUT")
    assert shown["log"] == ("info", "TRACKING_CLIENT_LOG")
    shown = settings("--host", "b:2", "--timeout", "8", "-q", "--retry-for", "9", "--ca-cert", "ca.pem", **variables)
    assert shown["host"] == ("http://b:2", "--host")
    assert shown["timeout"] == ("8.0", "--timeout")
    assert shown["log"] == ("error", "-q")
    assert shown["retry_for"] == ("9.0", "--retry-for")
    assert shown["ssl_ca_cert"] == ("ca.pem", "--ca-cert")
    assert settings("--debug")["log"] == ("debug", "--debug")
    assert settings("-v")["log"] == ("info", "-v")


def test_host_of_existing_deployments():
    assert settings(ATLAS_TRACKING_API="http://a/api/v1")["host"] == ("http://a/api/v1", "ATLAS_TRACKING_API")
    both = settings(ATLAS_TRACKING_API="http://a/api/v1", TRACKING_CLIENT_HOST="http://b/api/v1")
    assert both["host"] == ("http://b/api/v1", "TRACKING_CLIENT_HOST")
    empty = settings(ATLAS_TRACKING_API="http://a/api/v1", TRACKING_CLIENT_HOST="")
    assert empty["host"][1] == "ATLAS_TRACKING_API"


@pytest.mark.parametrize("name", ["TRACKING_CLIENT_HOST", "ATLAS_TRACKING_API"])
def test_host_of_the_environment_may_have_no_scheme(tracking_service, monkeypatch, name):
    monkeypatch.delenv("TRACKING_CLIENT_HOST")
    monkeypatch.delenv("ATLAS_TRACKING_API")
    done = run("ping", **{name: tracking_service.host.removeprefix("http://")})
    assert done.returncode == 0
    assert tracking_service.host in done.stdout


def test_ping_tells_the_host_and_the_versions(tracking_service):
    done = run("ping", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    [row] = json.loads(done.stdout)
    assert (row["status"], row["host"]) == ("ok", tracking_service.host)
    assert row["client"].startswith("tracking_client ")
    assert [request.method for request in tracking_service.requests] == ["GET"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TRACKING_CLIENT_TIMEOUT", "0"),
        ("TRACKING_CLIENT_TIMEOUT", "soon"),
        ("TRACKING_CLIENT_TIMEOUT", "inf"),
        ("TRACKING_CLIENT_RETRY_FOR", "-1"),
        ("TRACKING_CLIENT_HEADER", "no colon"),
        ("TRACKING_CLIENT_HEADER_FILE", "/no/such/file"),
        ("TRACKING_CLIENT_LOG", "loud"),
    ],
)
@pytest.mark.parametrize("command", ["ping", "config"])
def test_bad_variable_is_named(tracking_service, variable, value, command):
    done = run(command, **{variable: value})
    assert (done.returncode, done.stdout) == (78, "")
    assert variable in done.stderr
    assert done.stderr.count("\n") == 1
    assert tracking_service.requests == []


def test_headers_of_the_environment_and_of_a_file_are_sent(tracking_service, tmp_path):
    path = tmp_path / "headers"
    path.write_text(f"Authorization: Bearer {SECRET}\n\nX-Step: align\n")
    assert run("ping", TRACKING_CLIENT_HEADER_FILE=str(path)).returncode == 0
    assert run("ping", TRACKING_CLIENT_HEADER=f"Authorization: Bearer {SECRET}").returncode == 0
    assert run("ping", "--header", f"Authorization: Bearer {SECRET}", "--header", "X-Step: 1").returncode == 0
    sent = [request.headers.get("Authorization") for request in tracking_service.requests]
    assert sent == [f"Bearer {SECRET}"] * 3
    assert [request.headers.get("X-Step") for request in tracking_service.requests] == ["align", None, "1"]


RETRIED = pytest.param("503 SERVICE UNAVAILABLE", marks=pytest.mark.slow)


@pytest.mark.parametrize("status", ["200 OK", "401 UNAUTHORIZED", RETRIED, "302 FOUND"])
@pytest.mark.parametrize("arguments", [["config"], ["ping"], ["known", "--md5", "0" * 32], ["list", "--isolate", "i1"]])
def test_secret_header_is_shown_nowhere(tmp_path, status, arguments):
    path = tmp_path / "headers"
    path.write_text(f"Authorization: Bearer {SECRET}\n")
    response = http_response(b"{}", status, "Location: http://127.0.0.1:9/elsewhere")
    with scripted_server(respond(response)) as server:
        host = server.host.replace("http://", f"http://user:{SECRET}@")
        for variables in (
            {"TRACKING_CLIENT_HEADER": f"Authorization: Bearer {SECRET}", "TRACKING_CLIENT_HOST": server.host},
            {"TRACKING_CLIENT_HEADER_FILE": str(path), "TRACKING_CLIENT_HOST": server.host},
            {"TRACKING_CLIENT_HOST": host},
        ):
            done = run("--debug", "--timeout", "2", *arguments, **variables)
            assert SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize("header", [f"Authorization Bearer {SECRET}", f"Bad name: {SECRET}", f"A: {SECRET}€"])
def test_secret_header_that_is_invalid_is_shown_nowhere(tmp_path, header):
    path = tmp_path / "headers"
    path.write_text(header)
    for arguments, variables in (
        (["--header", header], {}),
        ([], {"TRACKING_CLIENT_HEADER": header}),
        ([], {"TRACKING_CLIENT_HEADER_FILE": str(path)}),
    ):
        done = run("--debug", "ping", *arguments, **variables)
        assert done.returncode == 78
        assert SECRET not in done.stdout + done.stderr


def test_header_file_that_is_not_text_names_the_variable(tmp_path):
    path = tmp_path / "headers"
    path.write_bytes(b"A: \xff\xfe\n")
    done = run("config", TRACKING_CLIENT_HEADER_FILE=str(path))
    assert done.returncode == 78
    assert "TRACKING_CLIENT_HEADER_FILE" in done.stderr
