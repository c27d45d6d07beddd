"""The exception classes: their hierarchy, attributes and messages, and that they can be copied and pickled."""

from __future__ import annotations

import copy
import pickle
import re

import pytest
from urllib3 import HTTPResponse

import tracking_client
from tracking_client import ApiException, ApiTimeoutError, Error, exceptions

CLASSES = [value for value in vars(exceptions).values() if isinstance(value, type) and issubclass(value, Exception)]
API_CLASSES = [class_ for class_ in CLASSES if issubclass(class_, ApiException)]


def http_response(status=404, body=b'{"code": 404, "message": "Not found"}', headers=None):
    return HTTPResponse(body=body, status=status, reason="NOT FOUND", headers=headers or {"X-Trace": "1"})


def pickled(value):
    return pickle.loads(pickle.dumps(value))


def test_docstring_lists_every_class():
    listed = re.findall(r"^[ │├└─]+(\w+)", exceptions.__doc__, re.MULTILINE)
    assert set(listed) == {class_.__name__ for class_ in CLASSES}
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
        for name in ("args", "status", "reason", "body", "error", "method", "url", "outcome_unknown"):
            assert getattr(other, name) == getattr(error, name)
        assert other.headers == error.headers
    assert other.headers is None


@pytest.mark.parametrize("class_", [class_ for class_ in CLASSES if class_ not in API_CLASSES])
def test_argument_errors_can_be_copied_and_pickled(class_):
    errors = [class_("wrong")]
    if class_ is not tracking_client.OpenApiException:
        errors.append(class_("wrong", ["a", 0]))
        assert str(errors[-1]) == "wrong at ['a'][0]"
    for error in errors:
        for other in (copy.deepcopy(error), pickled(error)):
            assert type(other) is class_
            assert str(other) == str(error)
            assert vars(other) == vars(error)
    assert str(errors[0]) == "wrong"


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
