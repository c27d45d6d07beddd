"""The configuration: no side effects, complete copies and pickles, defaults, and an error for a misspelt setting."""

from __future__ import annotations

import copy
import http.client
import logging
import pickle

import pytest

from tracking_client import ApiAttributeError, ApiClient, ApiValueError, Configuration, FileApi, NotFoundException


def logging_state():
    """Return the state of `logging` and `http.client` that a generated client changes."""
    loggers = {
        name: (logger.level, list(logger.handlers), logger.propagate)
        for name, logger in logging.root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger)
    }
    return http.client.HTTPConnection.debuglevel, logging.root.level, list(logging.root.handlers), loggers


def pickled(value):
    return pickle.loads(pickle.dumps(value))


def custom_configuration() -> Configuration:
    """Return a configuration with non-default settings, among them a handler that cannot be copied."""
    configuration = Configuration(host="http://tracking.example/api", username="u", password="p", api_key={"a": "b"})
    configuration.debug = True
    configuration.logger_file = "calls.log"
    configuration.logger_format = "%(message)s"
    configuration.logger_stream_handler = logging.StreamHandler()
    configuration.verify_ssl = False
    return configuration


def test_configuration_has_no_side_effects(tmp_path, host):
    before = logging_state()
    configuration = custom_configuration()
    configuration.logger_file = str(tmp_path / "calls.log")
    for each in (configuration, copy.deepcopy(configuration), pickled(configuration)):
        each.debug = False
        each.debug = True
        assert list(tmp_path.iterdir()) == []
    Configuration.set_default(configuration)
    Configuration.set_default(None)
    configuration.host = host
    with ApiClient(configuration) as api_client, pytest.raises(NotFoundException):
        FileApi(api_client).files_md5sum_get("a")
    assert logging_state() == before


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_copy_has_all_settings_except_the_handlers(copied):
    configuration = custom_configuration()
    other = copied(configuration)
    for name in Configuration.__slots__:
        if name != "logger_stream_handler":
            value, expected = getattr(other, name), getattr(configuration, name)
            assert value == expected or (name == "timeout" and repr(value) == repr(expected))
    assert other.logger_stream_handler is None
    assert other.logger["package_logger"] is configuration.logger["package_logger"]


@pytest.mark.parametrize(
    "loaded", [Configuration.__new__, pytest.param(lambda cls: type("Sub", (cls,), {})(), id="subclass")]
)
def test_state_of_another_version_is_completed_with_defaults(loaded):
    state = custom_configuration().__getstate__()
    del state["timeout"], state["retries"], state["connection_pool_maxsize"]
    # The state of a generated client has the name of its class in some names.
    state.update(removed_setting=1, _Configuration__debug=state.pop("debug"), logger_formatter=logging.Formatter())
    configuration = Configuration.__new__(Configuration)
    configuration.__setstate__(state)
    expected = Configuration()
    assert repr(configuration.timeout) == repr(expected.timeout)
    assert (configuration.retries, configuration.connection_pool_maxsize) == (None, expected.connection_pool_maxsize)
    assert (configuration.host, configuration.debug, configuration.verify_ssl) == (
        "http://tracking.example/api",
        True,
        False,
    )
    with ApiClient(configuration):
        pass


def test_default_configuration_keeps_handlers():
    configuration = custom_configuration()
    try:
        Configuration.set_default(configuration)
        assert ApiClient().configuration.logger_stream_handler is configuration.logger_stream_handler
    finally:
        Configuration.set_default(None)


def test_subclass_can_add_attributes():
    class CustomConfiguration(Configuration):
        def __init__(self) -> None:
            super().__init__()
            self.laboratory = "north"

    assert copy.deepcopy(CustomConfiguration()).laboratory == "north"


def test_deep_copy_is_independent():
    configuration = custom_configuration()
    other = copy.deepcopy(configuration)
    other.api_key["a"] = "other"
    assert configuration.api_key == {"a": "b"}


def test_default_configuration_is_copied():
    try:
        configuration = custom_configuration()
        Configuration.set_default(configuration)
        configuration.host = "http://changed.example"
        first, second = Configuration.get_default_copy(), ApiClient().configuration
        assert first.host == second.host == "http://tracking.example/api"
        assert first is not second
    finally:
        Configuration.set_default(None)
    assert Configuration.get_default_copy().host == "http://tracking-api-service/api/v1"


def test_misspelt_setting_is_rejected_with_a_hint():
    configuration = Configuration()
    with pytest.raises(ApiAttributeError, match=r"no attribute 'verifyssl'; did you mean 'verify_ssl'\?$"):
        configuration.verifyssl = False
    with pytest.raises(AttributeError, match=r"'zzz'$"):
        configuration.zzz = 1
    with pytest.raises(AttributeError):  # read-only
        configuration.logger_formatter = logging.Formatter()


def test_hosts_of_the_openapi_document():
    configuration = Configuration()
    assert configuration.get_host_from_settings(0) == configuration.host == "http://tracking-api-service/api/v1"
    assert configuration.get_host_from_settings(0, {"unused": "x"}) == configuration.host
    for index in (-1, 1):
        with pytest.raises(ApiValueError, match=f"Invalid index {index}"):
            configuration.get_host_from_settings(index)


def test_basic_auth_token_is_encoded_in_utf_8():
    # The example of RFC 7617, section 2.1.
    assert Configuration(username="test", password="123\u00a3").get_basic_auth_token() == "Basic dGVzdDoxMjPCow=="
    assert Configuration().get_basic_auth_token() == "Basic Og=="


def test_from_env_reads_the_variables_that_it_is_given(monkeypatch):
    monkeypatch.setenv("TRACKING_CLIENT_HOST", "http://of-the-process")
    environ = {
        "ATLAS_TRACKING_API": "tracking:8080/api/v1",
        "TRACKING_CLIENT_TIMEOUT": "7",
        "TRACKING_CLIENT_CA_CERT": "ca.pem",
        "TRACKING_CLIENT_HEADER": "Authorization: Bearer abc",
        "TRACKING_CLIENT_RETRY_FOR": "600",  # of the command alone
        "TRACKING_CLIENT_LOG": "debug",
    }
    configuration = Configuration.from_env(environ)
    assert configuration.host == "http://tracking:8080/api/v1"
    assert configuration.timeout == 7
    assert configuration.ssl_ca_cert == "ca.pem"
    assert configuration.headers == {"Authorization": "Bearer abc"}
    assert configuration.debug
    assert "abc" not in repr(configuration)


def test_from_env_reads_the_variables_of_the_process(monkeypatch):
    monkeypatch.setenv("TRACKING_CLIENT_HOST", "http://of-the-process")
    assert Configuration.from_env().host == "http://of-the-process"


def test_from_env_without_variables_has_the_defaults():
    assert repr(Configuration.from_env({})) == repr(Configuration())


def test_from_env_of_a_subclass_is_one():
    class Mine(Configuration):
        pass

    assert type(Mine.from_env({})) is Mine


def test_from_env_names_an_invalid_variable():
    with pytest.raises(ApiValueError, match="TRACKING_CLIENT_TIMEOUT"):
        Configuration.from_env({"TRACKING_CLIENT_TIMEOUT": "soon"})


def test_client_with_settings_of_the_environment(tracking_service):
    with ApiClient(Configuration.from_env()) as api_client, pytest.raises(NotFoundException):
        FileApi(api_client).files_md5sum_get("0" * 32)
    assert len(tracking_service.requests) == 1
