"""The traceback of an error ends where the user called the library; the rest goes to the debug log."""

from __future__ import annotations

import logging
import pickle
import threading
import traceback

import pytest
import urllib3
from clients import api_for, client_for
from endpoints import API_CLASSES, endpoint_of, methods_of
from scripted_server import http_response, refused_host, respond, scripted_server

import tracking_client
from tracking_client import ApiClient, ApiConnectionError, ApiFileNotFoundError, ApiValueError, File
from tracking_client.bulk import find_sample, iter_look_up, look_up

NOT_FOUND = respond(http_response(b'{"code": 404, "message": "Not found"}', "404 Not Found"))
CALLS = [(api_class, name) for api_class in API_CLASSES for name in methods_of(api_class)]


def functions_of(error: BaseException) -> list[str]:
    """Return the functions of the library that a traceback shows."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return [frame.f_code.co_name for frame in frames if frame.f_globals["__name__"].startswith("tracking_client")]


def causes_of(error: BaseException) -> list[BaseException]:
    return [] if error.__cause__ is None else [error.__cause__, *causes_of(error.__cause__)]


@pytest.mark.parametrize(("api_class", "name"), CALLS)
def test_frames_below_a_method_are_hidden(api_class, name):
    with (
        scripted_server(NOT_FOUND) as server,
        client_for(server.host) as api_client,
        pytest.raises(tracking_client.NotFoundException) as caught,
    ):
        getattr(api_class(api_client), name)(**endpoint_of(name).arguments)
    functions = functions_of(caught.value)
    assert functions in ([name, "call", "response"], [name, "response"])
    hidden = [entry.frame.f_locals.get("__tracebackhide__") for entry in caught.traceback[1:]]
    assert hidden == [True] * len(functions)


@pytest.mark.parametrize("retries", [0, 1])
def test_causes_keep_their_types_and_messages(retries, delays):
    with pytest.raises(ApiConnectionError) as caught:
        api_for(refused_host(), retries=retries).files_md5sum_get("a")
    new_connection, refused = causes_of(caught.value)
    assert isinstance(new_connection, urllib3.exceptions.NewConnectionError)
    assert isinstance(refused, ConnectionRefusedError)
    assert str(refused)
    assert [new_connection.__traceback__, refused.__traceback__] == [None, None]
    assert "direct cause" in "".join(traceback.format_exception(caught.value))


def test_full_chain_is_logged_at_debug(caplog):
    with caplog.at_level(logging.DEBUG, "tracking_client"), pytest.raises(ApiConnectionError):
        api_for(refused_host(), retries=0).files_md5sum_get("a")
    (text,) = (record.getMessage() for record in caplog.records if "Traceback" in record.getMessage())
    assert "ConnectionRefusedError" in text
    assert "in call_api" in text
    assert "in _send" in text


def test_full_chain_is_written_with_debug(capsys):
    with pytest.raises(ApiConnectionError):
        api_for(refused_host(), retries=0, debug=True).files_md5sum_get("a")
    assert "in call_api" in capsys.readouterr().err


def test_error_without_a_cause_logs_no_traceback(api, caplog):
    with caplog.at_level(logging.DEBUG, "tracking_client"), pytest.raises(tracking_client.NotFoundException):
        api.files_md5sum_get("a")
    assert "Traceback" not in caplog.text


def test_error_can_be_pickled():
    with pytest.raises(ApiConnectionError) as caught:
        api_for(refused_host(), retries=0).files_md5sum_get("a")
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (type(copy), str(copy)) == (ApiConnectionError, str(caught.value))


class Denied(Exception):
    """An error of the user's own class."""


class DeniedRequest(tracking_client.ApiException):
    """The same, of a class that is derived from one of the library."""


@pytest.mark.parametrize("kind", [Denied, DeniedRequest])
def test_error_of_the_user_keeps_its_traceback(kind):
    class Client(ApiClient):
        def request(self, *args, **kwargs):
            raise kind("no")

    with pytest.raises(kind) as caught:
        tracking_client.FileApi(Client()).files_md5sum_get("a")
    assert traceback.extract_tb(caught.value.__traceback__)[-1].line == 'raise kind("no")'


def test_error_that_the_user_is_handling_keeps_its_traceback(api):
    try:
        raise Denied("no")
    except Denied:
        with pytest.raises(tracking_client.NotFoundException) as caught:
            api.files_md5sum_get("a")
    assert isinstance(caught.value.__context__, Denied)
    assert traceback.extract_tb(caught.value.__context__.__traceback__)[-1].line == 'raise Denied("no")'


@pytest.mark.parametrize(
    "call",
    [
        lambda api: api.samples_id_files_post("3fa85f64-5717-4562-b3fc-2c963f66afa6", "no-such-file.vcf"),
        lambda api: File.from_path("no-such-file.vcf"),
        lambda api: tracking_client.md5sum("no-such-file.vcf"),
        lambda api: list(tracking_client.md5sums(["no-such-file.vcf"])),
    ],
    ids=["POST", "from_path", "md5sum", "md5sums"],
)
def test_missing_file_has_a_short_traceback(api, call):
    with pytest.raises(ApiFileNotFoundError) as caught:
        call(api)
    assert isinstance(caught.value.__cause__, FileNotFoundError)
    assert caught.value.__cause__.__traceback__ is None


def run_iterator(api_client: ApiClient) -> None:
    list(iter_look_up(api_client, ["a" * 32], patience=0))


@pytest.mark.parametrize(
    "call",
    [
        lambda api_client: look_up(api_client, ["a" * 32], patience=0),
        run_iterator,
        lambda api_client: find_sample(api_client, isolate_id="a"),
        lambda api_client: look_up(api_client, 5),
    ],
    ids=["look_up", "iter_look_up", "find_sample", "invalid items"],
)
def test_bulk_function_has_a_short_traceback(call):
    with client_for(refused_host()) as api_client, pytest.raises(tracking_client.OpenApiException) as caught:
        call(api_client)
    assert len(functions_of(caught.value)) <= 2
    assert all(cause.__traceback__ is None for cause in causes_of(caught.value))


def test_error_of_a_generator_of_the_user_keeps_its_traceback(api_client):
    def items():
        raise Denied("no")
        yield

    with pytest.raises(Denied) as caught:
        look_up(api_client, items())
    assert traceback.extract_tb(caught.value.__traceback__)[-1].line == 'raise Denied("no")'


def test_errors_of_many_threads_are_independent():
    api = api_for(refused_host(), retries=0)
    errors = []

    def call():
        try:
            api.files_md5sum_get("a")
        except ApiConnectionError as error:
            errors.append(error)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [functions_of(error)[-1] for error in errors] == ["response"] * 8


def test_invalid_field_has_a_short_traceback_in_pytest():
    with pytest.raises(ApiValueError) as caught:
        File("a", "b", "bam")
    assert len(caught.traceback.filter(caught)) == 1
