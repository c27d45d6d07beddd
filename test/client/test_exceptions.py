"""The exception classes: their hierarchy, attributes and messages, and that they can be copied and pickled."""

from __future__ import annotations

import copy
import importlib
import json
import pickle
import pkgutil
import re
import socket
from unittest import mock

import pytest
from clients import api_for
from scripted_server import refused_host, scripted_server, stall
from urllib3 import HTTPResponse

import tracking_client
from tracking_client import (
    ApiConnectionError,
    ApiException,
    ApiTimeoutError,
    Error,
    ManifestError,
    SampleNotFoundError,
    exceptions,
)
from tracking_client.bulk import ManifestProblem

CLASSES = [value for value in vars(exceptions).values() if isinstance(value, type) and issubclass(value, Exception)]
INTERRUPT = tracking_client.RunInterrupted
API_CLASSES = [class_ for class_ in CLASSES if issubclass(class_, ApiException)]


def http_response(status=404, body=b'{"code": 404, "message": "Not found"}', headers=None):
    return HTTPResponse(body=body, status=status, reason="NOT FOUND", headers=headers or {"X-Trace": "1"})


def pickled(value):
    return pickle.loads(pickle.dumps(value))


def test_every_error_that_the_library_raises_is_in_exceptions():
    for module in pkgutil.walk_packages(tracking_client.__path__, "tracking_client."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    classes = [tracking_client.OpenApiException]
    for class_ in classes:  # which grows meanwhile
        classes += class_.__subclasses__()
    own = {class_ for class_ in classes if class_.__module__.startswith("tracking_client.")}
    public = {class_ for class_ in own if not (class_.__name__.startswith("_") or ".cli." in class_.__module__)}
    assert public == set(CLASSES)


def test_docstring_draws_every_class_below_its_base():
    drawn = {}
    bases = {}
    for indentation, name in re.findall(r"^([ │├└─]+)(\w+)", exceptions.__doc__, re.MULTILINE):
        bases[len(indentation)] = name
        drawn[name] = bases.get(len(indentation) - 4)
    assert drawn.keys() == {class_.__name__ for class_ in [*CLASSES, INTERRUPT]}
    for class_ in [*CLASSES, INTERRUPT]:
        nearest = (base.__name__ for base in class_.__mro__[1:] if base.__name__ in drawn)
        assert drawn[class_.__name__] == next(nearest, None)
    for class_ in CLASSES:
        assert issubclass(class_, tracking_client.OpenApiException)
        assert getattr(tracking_client, class_.__name__) is class_


@pytest.mark.parametrize("class_", API_CLASSES)
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_api_exceptions_can_be_copied_and_pickled(class_, copied):
    for error in (
        class_(http_resp=http_response(), method="GET", url="http://tracking.example/files/a"),
        class_(0, "refused", method="GET", url="http://tracking.example/files/a"),
        class_(status=500, reason="x"),
        class_(),
    ):
        other = copied(error)
        assert type(other) is class_
        assert str(other) == str(error)
        for name in (
            "args",
            "status",
            "reason",
            "body",
            "error",
            "method",
            "url",
            "outcome_unknown",
            "temporary",
            "hint",
        ):
            assert getattr(other, name) == getattr(error, name)
        assert other.headers == error.headers
    assert other.headers is None


def test_interrupt_is_a_keyboard_interrupt_and_no_error():
    assert issubclass(INTERRUPT, KeyboardInterrupt)
    assert not issubclass(INTERRUPT, Exception)
    assert exceptions.RunInterrupted is INTERRUPT


@pytest.mark.parametrize("class_", [INTERRUPT, *(class_ for class_ in CLASSES if class_ not in API_CLASSES)])
def test_argument_errors_can_be_copied_and_pickled(class_):
    errors = [class_(["wrong"] if class_ is SampleNotFoundError else "wrong")]
    if issubclass(class_, OSError):
        errors.append(class_(5, "wrong", "isolate.vcf"))
        assert str(errors[-1]) == "[Errno 5] wrong: 'isolate.vcf'"
    elif class_ is ManifestError:
        errors.append(class_("wrong", [ManifestProblem(2, "blank")]))
        assert str(errors[-1]) == "wrong\nline 2: blank"
    elif class_ is not SampleNotFoundError and issubclass(class_, (TypeError, ValueError, KeyError, AttributeError)):
        errors.append(class_("wrong", ["a", 0]))
        assert str(errors[-1]) == "wrong at ['a'][0]"
    for error in errors:
        for other in (copy.deepcopy(error), pickled(error)):
            assert type(other) is class_
            assert str(other) == str(error)
            assert {**vars(other), "left": None} == {**vars(error), "left": None}  # an iterator
    assert str(errors[0]).splitlines()[-1] == "wrong"


def test_attributes_are_taken_from_the_response():
    error = ApiException(http_resp=http_response(), method="GET", url="http://tracking.example/files/a")
    assert (error.status, error.reason) == (404, "NOT FOUND")
    assert error.body == '{"code": 404, "message": "Not found"}'
    assert error.headers["x-trace"] == "1"
    assert error.error == Error(404, "Not found")
    assert str(error) == "(404) NOT FOUND\nGET http://tracking.example/files/a\nNot found"


@pytest.mark.parametrize("class_", API_CLASSES)
def test_args_and_repr_of_an_exception_for_a_response(class_):
    error = class_(http_resp=http_response())
    assert error.args == (404, "NOT FOUND")
    assert repr(error) == f"{class_.__name__}(404, 'NOT FOUND')"
    assert repr(pickled(error)) == repr(copy.copy(error)) == repr(error)
    assert pickled(error).args == class_(*error.args).args == error.args


def test_args_of_an_exception_without_a_response():
    assert ApiException(0, "refused").args == (0, "refused")
    assert repr(ApiException(status=0, reason="refused", method="GET")) == "ApiException(0, 'refused')"
    assert ApiException().args == (None, None)


def test_api_timeout_error_is_a_timeout_error():
    error = ApiTimeoutError(0, "no response in 1 s", method="GET", url="http://tracking.example/files/a")
    assert isinstance(error, TimeoutError)
    assert str(error) == "(0) no response in 1 s\nGET http://tracking.example/files/a"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ('{"title": "Not Found", "status": 404, "detail": "no path"}', Error(404, "no path")),
        ('{"title": "Not Found", "status": 404}', Error(404, "Not Found")),
        ('{"title": "Not Found", "detail": ""}', Error(404, "Not Found")),
        ('{"message": "no code"}', None),
        ('{"code": "404", "message": "text"}', None),
        ('{"code": 404, "message": null}', None),
        ('{"title": 7}', None),
        ("[1]", None),
        ("7", None),
        ('"message"', None),
        ("<html>", None),
        ("", None),
    ],
)
def test_error_is_parsed_from_the_body(body, error):
    assert ApiException(http_resp=http_response(body=body.encode())).error == error


def test_message_shortens_a_long_body():
    error = ApiException(http_resp=http_response(body=b"<html>" + b"x" * 10**6))
    assert len(str(error)) < 600
    assert str(error).endswith("... (1000006 characters)")
    assert len(error.body) == 1000006


# What a later try may cure


@pytest.mark.parametrize("class_", API_CLASSES)
def test_temporary_by_status(class_):
    for status in (None, 0, 200, 400, 401, 403, 404, 408, 409, 422, 429, 500, 501, 502, 503, 504):
        error = class_(status, "reason")
        assert error.temporary is (status in (0, 429, 500, 502, 503, 504))
        assert pickled(error).temporary is error.temporary


def test_refused_connection_is_temporary():
    with pytest.raises(ApiConnectionError) as caught:
        api_for(refused_host(), retries=0).files_md5sum_get("a")
    assert caught.value.temporary is True


def test_timeout_is_temporary():
    with scripted_server(stall) as server, pytest.raises(ApiTimeoutError) as caught:
        api_for(server.host).files_md5sum_get("a", _request_timeout=0.2)
    assert caught.value.temporary is True


def test_host_name_that_does_not_exist_is_not_temporary(delays, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", mock.Mock(side_effect=socket.gaierror(socket.EAI_NONAME, "unknown")))
    with pytest.raises(ApiConnectionError) as caught:
        api_for("http://tracking.invalid", trust_env=False).files_md5sum_get("a")
    assert caught.value.temporary is False
    assert pickled(caught.value).temporary is False


@pytest.mark.parametrize("class_", API_CLASSES)
def test_exception_that_is_rebuilt_from_its_args(class_):
    """As a task queue does that passes results on as JSON."""
    error = class_(http_resp=http_response(status=503))
    name, arguments = json.loads(json.dumps([type(error).__name__, error.args]))
    other = getattr(exceptions, name)(*arguments)
    assert (other.status, other.reason, other.temporary) == (503, "NOT FOUND", True)
    assert repr(other) == repr(error)
