"""Settings: inert, copied and pickled whole, no misspelt one taken."""

from __future__ import annotations

import copy
import logging
import pickle

import pytest

from tracking_client import ApiAttributeError, ApiClient, ApiValueError, Configuration, FileApi, NotFoundException


def global_state():
    import http.client

    loggers = {
        name: (logger.level, list(logger.handlers), logger.propagate)
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger)
    }
    return http.client.HTTPConnection.debuglevel, logging.root.level, list(logging.root.handlers), loggers


def configured() -> Configuration:
    configuration = Configuration(host="http://tracking.example/api", username="u", password="p", api_key={"a": "b"})
    configuration.debug = True
    configuration.logger_file = "calls.log"
    configuration.logger_format = "%(message)s"
    configuration.logger_stream_handler = logging.StreamHandler()
    configuration.verify_ssl = False
    return configuration


def test_nothing_outside_changes(tmp_path, host):
    before = global_state()
    configuration = configured()
    configuration.logger_file = str(tmp_path / "calls.log")
    for each in (configuration, copy.deepcopy(configuration), pickle.loads(pickle.dumps(configuration))):
        each.debug = False
        each.debug = True
        assert list(tmp_path.iterdir()) == []
    Configuration.set_default(configuration)
    Configuration.set_default(None)
    configuration.host = host
    with ApiClient(configuration) as api_client, pytest.raises(NotFoundException):
        FileApi(api_client).files_md5sum_get("a")
    assert global_state() == before


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_copies_are_whole(twin):
    configuration = configured()
    other = twin(configuration)
    for name in Configuration.__slots__:
        if name != "logger_stream_handler":
            value, expected = getattr(other, name), getattr(configuration, name)
            assert value == expected or (name == "timeout" and repr(value) == repr(expected))
    assert other.logger_stream_handler is None
    assert other.logger["package_logger"] is configuration.logger["package_logger"]


def test_a_subclass_may_have_more():
    class Ours(Configuration):
        def __init__(self) -> None:
            super().__init__()
            self.laboratory = "ours"

    assert copy.deepcopy(Ours()).laboratory == "ours"


def test_a_deep_copy_shares_nothing():
    configuration = configured()
    other = copy.deepcopy(configuration)
    other.api_key["a"] = "other"
    assert configuration.api_key == {"a": "b"}


def test_default_copies():
    try:
        configuration = configured()
        Configuration.set_default(configuration)
        configuration.host = "http://changed.example"
        first, second = Configuration.get_default_copy(), ApiClient().configuration
        assert first.host == second.host == "http://tracking.example/api"
        assert first is not second
    finally:
        Configuration.set_default(None)
    assert Configuration.get_default_copy().host == "http://tracking-api-service/api/v1"


def test_a_slip_of_the_pen():
    configuration = Configuration()
    with pytest.raises(ApiAttributeError, match=r"no attribute 'verifyssl'; did you mean 'verify_ssl'\?$"):
        configuration.verifyssl = False
    with pytest.raises(AttributeError, match=r"'zzz'$"):
        configuration.zzz = 1
    with pytest.raises(AttributeError):
        configuration.logger_formatter = logging.Formatter()


def test_hosts_of_the_api():
    configuration = Configuration()
    assert configuration.get_host_from_settings(0) == configuration.host == "http://tracking-api-service/api/v1"
    assert configuration.get_host_from_settings(0, {"unused": "x"}) == configuration.host
    for index in (-1, 1):
        with pytest.raises(ApiValueError, match=f"Invalid index {index}"):
            configuration.get_host_from_settings(index)


def test_basic_auth_token_is_utf_8():
    # The example of RFC 7617, section 2.1.
    assert Configuration(username="test", password="123\u00a3").get_basic_auth_token() == "Basic dGVzdDoxMjPCow=="
    assert Configuration().get_basic_auth_token() == "Basic Og=="


def calls_line(host: str) -> str:
    return f"GET {host}/files/a: 404 NOT FOUND\n"


def call(configuration: Configuration) -> None:
    with ApiClient(configuration) as api_client, pytest.raises(NotFoundException):
        FileApi(api_client).files_md5sum_get("a")


def test_debug_writes_each_call_to_standard_error(host, capsys):
    configuration = Configuration(host=host)
    call(configuration)
    assert capsys.readouterr().err == ""
    configuration.debug = True
    configuration.logger_format = "%(name)s %(levelname)s %(message)s"
    call(configuration)
    assert capsys.readouterr() == ("", f"tracking_client DEBUG {calls_line(host)}")


def test_debug_writes_each_call_to_a_file(host, capsys, tmp_path):
    configuration = Configuration(host=host)
    configuration.debug = True
    configuration.logger_format = "%(message)s"
    configuration.logger_file = str(tmp_path / "calls.log")
    call(configuration)
    call(copy.deepcopy(configuration))
    assert (tmp_path / "calls.log").read_text() == calls_line(host) * 2
    assert capsys.readouterr() == ("", "")


def test_debug_writes_each_call_to_a_handler(host, capsys):
    class Kept(logging.Handler):
        lines: list = []

        def emit(self, record):
            self.lines.append(record.getMessage() + "\n")

    configuration = Configuration(host=host)
    configuration.debug = True
    configuration.logger_stream_handler = Kept()
    call(configuration)
    assert Kept.lines == [calls_line(host)]
    assert capsys.readouterr() == ("", "")


def test_each_call_is_logged(host, caplog):
    with caplog.at_level(logging.DEBUG, "tracking_client"):
        call(Configuration(host=host))
    assert [record.getMessage() + "\n" for record in caplog.records if record.name == "tracking_client"] == [
        calls_line(host)
    ]
