"""Settings in environment variables."""

from __future__ import annotations

import pytest

from tracking_client import ApiValueError
from tracking_client._wire.environment import (
    environment_settings,
    read_headers,
    read_host,
    read_log_level,
    read_seconds,
)


def test_each_setting_has_its_value_and_variable():
    environ = {
        "TRACKING_CLIENT_HOST": "tracking:8080/api/v1",
        "TRACKING_CLIENT_TIMEOUT": "2.5",
        "TRACKING_CLIENT_RETRY_FOR": "600",
        "TRACKING_CLIENT_CA_CERT": "/etc/ca.pem",
        "TRACKING_CLIENT_HEADER": "A: b",
        "TRACKING_CLIENT_LOG": "Warning",
        "TRACKING_CLIENT_OTHER": "ignored",
    }
    assert environment_settings(environ) == {
        "host": ("http://tracking:8080/api/v1", "TRACKING_CLIENT_HOST"),
        "timeout": (2.5, "TRACKING_CLIENT_TIMEOUT"),
        "retry_for": (600.0, "TRACKING_CLIENT_RETRY_FOR"),
        "ssl_ca_cert": ("/etc/ca.pem", "TRACKING_CLIENT_CA_CERT"),
        "headers": ({"A": "b"}, "TRACKING_CLIENT_HEADER"),
        "log": ("warning", "TRACKING_CLIENT_LOG"),
    }


def test_empty_variable_counts_as_not_set():
    assert environment_settings({"TRACKING_CLIENT_HOST": "", "TRACKING_CLIENT_TIMEOUT": ""}) == {}
    settings = environment_settings({"TRACKING_CLIENT_HOST": "", "ATLAS_TRACKING_API": "a:1"})
    assert settings["host"] == ("http://a:1", "ATLAS_TRACKING_API")


def test_first_of_two_variables_counts():
    environ = {"ATLAS_TRACKING_API": "http://a", "TRACKING_CLIENT_HOST": "http://b"}
    assert environment_settings(environ)["host"] == ("http://b", "TRACKING_CLIENT_HOST")
    environ = {"TRACKING_CLIENT_HEADER_FILE": "/no/such/file", "TRACKING_CLIENT_HEADER": "A: b"}
    assert environment_settings(environ)["headers"] == ({"A": "b"}, "TRACKING_CLIENT_HEADER")


def test_headers_are_read_from_a_file(tmp_path):
    path = tmp_path / "headers"
    path.write_text("Authorization: Bearer a:b\r\n\n  X-Step :  align \n", encoding="utf-8")
    settings = environment_settings({"TRACKING_CLIENT_HEADER_FILE": str(path)})
    assert settings["headers"][0] == {"Authorization": "Bearer a:b", "X-Step": "align"}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TRACKING_CLIENT_TIMEOUT", "-1"),
        ("TRACKING_CLIENT_RETRY_FOR", "nan"),
        ("TRACKING_CLIENT_HEADER", "secret"),
        ("TRACKING_CLIENT_HEADER", "a b: secret"),
        ("TRACKING_CLIENT_HEADER_FILE", "/no/such/file"),
        ("TRACKING_CLIENT_LOG", "loud"),
    ],
)
def test_error_names_the_variable_and_shows_no_header(variable, value):
    with pytest.raises(ApiValueError, match=f"^{variable}: ") as raised:
        environment_settings({variable: value})
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("text", ["0", "-1", "inf", "nan", "1e999", "", "1 s", "0x10"])
def test_invalid_seconds(text):
    with pytest.raises(ValueError, match="seconds above 0"):
        read_seconds(text)


def test_host_keeps_its_scheme():
    assert read_host("https://a/api/v1") == "https://a/api/v1"
    assert read_host("a:8080") == "http://a:8080"
    assert read_host("[::1]:8080/api/v1") == "http://[::1]:8080/api/v1"


@pytest.mark.parametrize("text", ["https//a", "http:/a", "https:a", "http:", "HTTPS//a", "https//user:secret@a"])
def test_malformed_scheme_is_rejected(text):
    with pytest.raises(ApiValueError, match=r"^TRACKING_CLIENT_HOST: must begin with http://") as caught:
        environment_settings({"TRACKING_CLIENT_HOST": text})
    assert "secret" not in str(caught.value)
    for name in ("https", "httpd/a", "http.example/a", "https-api:80"):
        assert read_host(name) == f"http://{name}"


def test_invalid_header_or_log_level():
    with pytest.raises(ValueError, match="line 2"):
        read_headers("A: b\nc")
    with pytest.raises(ValueError, match="debug, info"):
        read_log_level("")
