"""The tree of errors."""

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


def answer(status=404, body=b'{"code": 404, "message": "Not found"}', headers=None):
    return HTTPResponse(body=body, status=status, reason="NOT FOUND", headers=headers or {"X-Trace": "1"})


def test_the_docstring_draws_the_tree():
    drawn = re.findall(r"^[ │├└─]+(\w+)", exceptions.__doc__, re.MULTILINE)
    assert set(drawn) == {class_.__name__ for class_ in CLASSES}
    for class_ in CLASSES:
        assert issubclass(class_, tracking_client.OpenApiException)
        assert getattr(tracking_client, class_.__name__) is class_


@pytest.mark.parametrize("class_", API_CLASSES)
@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_errors_of_calls_travel(class_, twin):
    for error in (
        class_(http_resp=answer(), method="GET", url="http://tracking.example/files/a"),
        class_(0, "refused", method="GET", url="http://tracking.example/files/a"),
        class_(status=500, reason="x"),
        class_(),
    ):
        other = twin(error)
        assert type(other) is class_
        assert str(other) == str(error)
        for name in ("status", "reason", "body", "error", "method", "url"):
            assert getattr(other, name) == getattr(error, name)
        assert other.headers == error.headers
    assert other.headers is None


@pytest.mark.parametrize("class_", [class_ for class_ in CLASSES if class_ not in API_CLASSES])
def test_errors_of_arguments_travel(class_):
    errors = [class_("wrong")]
    if class_ is not tracking_client.OpenApiException:
        errors.append(class_("wrong", ["a", 0]))
        assert str(errors[-1]) == "wrong at ['a'][0]"
    for error in errors:
        for other in (copy.deepcopy(error), pickle.loads(pickle.dumps(error))):
            assert type(other) is class_
            assert str(other) == str(error)
            assert vars(other) == vars(error)
    assert str(errors[0]) == "wrong"


def test_from_an_answer():
    error = ApiException(http_resp=answer(), method="GET", url="http://tracking.example/files/a")
    assert (error.status, error.reason) == (404, "NOT FOUND")
    assert error.body == '{"code": 404, "message": "Not found"}'
    assert error.headers["x-trace"] == "1"
    assert error.error == Error(404, "Not found")
    assert str(error) == "(404) NOT FOUND\nGET http://tracking.example/files/a\nNot found"


def test_a_timeout_is_a_timeout_error():
    error = ApiTimeoutError(0, "no answer in 1 s", method="GET", url="http://tracking.example/files/a")
    assert isinstance(error, TimeoutError)
    assert str(error) == "(0) no answer in 1 s\nGET http://tracking.example/files/a"


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
def test_error_models_of_bodies(body, error):
    assert ApiException(http_resp=answer(body=body.encode())).error == error


def test_a_long_body_is_told_in_short():
    error = ApiException(http_resp=answer(body=b"<html>" + b"x" * 10**6))
    assert len(str(error)) < 600
    assert str(error).endswith("... (1000006 characters)")
    assert len(error.body) == 1000006
