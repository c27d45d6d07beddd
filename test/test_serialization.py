"""Values to JSON and back, and text to path segments."""

from __future__ import annotations

import copy
import datetime
import json
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_client import ApiClient, ApiResponseError, ApiTypeError, ApiValueError, Error, File
from tracking_client.content import body_text
from tracking_client.serialization import decoder, encode
from tracking_client.urls import path_segment

UTC = datetime.timezone.utc


@pytest.mark.parametrize(
    ("response_type", "data", "expected"),
    [
        ("str", "a", "a"),
        ("int", 1, 1),
        ("float", 1.5, 1.5),
        ("float", 1, 1.0),
        ("bool", False, False),
        ("object", None, None),
        ("object", {"a": [1]}, {"a": [1]}),
        ("date", "2020-02-29", datetime.date(2020, 2, 29)),
        ("datetime", "2020-02-29T12:30:00.5Z", datetime.datetime(2020, 2, 29, 12, 30, 0, 500000, tzinfo=UTC)),
        ("list[int]", [1, 2], [1, 2]),
        ("list[list[str]]", [["a"], []], [["a"], []]),
        ("dict(str, float)", {"a": 1}, {"a": 1.0}),
        ("dict(str, list[Error])", {"a": [{"code": 1, "message": "b"}]}, {"a": [Error(1, "b")]}),
        (File, {"md5sum": "a", "filename": "b", "file-type": "vcf"}, File("a", "b", "vcf")),
        (int, 7, 7),
    ],
)
def test_decode(response_type, data, expected):
    decoded = decoder(response_type)(copy.deepcopy(data))
    assert decoded == expected
    assert type(decoded) is type(expected)
    assert ApiClient().deserialize(SimpleNamespace(data=json.dumps(data)), response_type) == expected


@pytest.mark.parametrize(
    ("response_type", "data"),
    [
        ("str", 1),
        ("str", None),
        ("int", "1"),
        ("int", True),
        ("int", 1.5),
        ("float", "1.5"),
        ("float", True),
        ("bool", 1),
        ("date", "10"),
        ("date", 10),
        ("datetime", "yesterday"),
        ("list[int]", {}),
        ("list[int]", [1, "2"]),
        ("list[File]", None),
        ("dict(str, int)", []),
        ("dict(str, int)", {"a": None}),
        ("File", []),
    ],
)
def test_decode_refuses_another_type(response_type, data):
    with pytest.raises(ApiResponseError) as caught:
        ApiClient().deserialize(SimpleNamespace(data=json.dumps(data), status=200), response_type)
    assert caught.value.status == 200
    assert caught.value.body == json.dumps(data)


@pytest.mark.parametrize("response_type", ["file", "Sample", "list[Nonesuch]", "set(str)", "", "list[]"])
def test_an_unknown_type_is_the_callers_error(response_type):
    with pytest.raises(ApiValueError, match="Unknown type"):
        ApiClient().deserialize(SimpleNamespace(data="[]"), response_type)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_json_round_trips(value):
    assert json.loads(encode(value)) == value
    assert ApiClient().sanitize_for_serialization(value) == value


def test_models_and_dates_are_encoded():
    value = {"files": (File("a", "b", "vcf"),), "on": datetime.date(2020, 2, 29)}
    assert json.loads(encode(value)) == {
        "files": [{"md5sum": "a", "filename": "b", "file-type": "vcf"}],
        "on": "2020-02-29",
    }


@given(st.text(min_size=1), st.sampled_from(["", "/", "/?#%", ":@", "é ", "\r\n"]))
def test_a_path_parameter_is_one_segment_or_refused(text, safe):
    try:
        segment = path_segment("md5sum", text, safe)
    except ApiValueError:
        unsendable = any("\ud800" <= character <= "\udfff" for character in text)
        assert unsendable or not text.strip() or text in (".", "..")
        return
    assert unquote(segment) == text
    assert segment.isascii()
    assert not set(segment) & set("/?# \r\n")
    assert segment not in ("", ".", "..")


@pytest.mark.parametrize("bad", [None, "", " ", "\t\n", "\u3000", ".", "..", "\ud800"])
def test_a_path_parameter_that_would_be_another_path(bad):
    with pytest.raises(ApiValueError, match="`id`"):
        path_segment("id", bad)


def test_a_path_parameter_of_another_type():
    assert path_segment("id", 7) == "7"
    with pytest.raises(ApiTypeError):
        path_segment("id", b"bytes")


@pytest.mark.parametrize(
    ("data", "content_type", "text"),
    [
        (b"", None, ""),
        ("é".encode(), None, "é"),
        ("é".encode(), "application/json", "é"),
        (b"\xef\xbb\xbf{}", "application/json", "{}"),
        ("é".encode("latin-1"), "application/json; charset=ISO-8859-1", "é"),
        ("é".encode("latin-1"), 'application/json; Charset = "latin1"; a=b', "é"),
        ("é".encode("utf-16"), "application/json;charset=utf-16", "é"),
        ("é".encode(), "application/json; charset=x-unknown", "é"),
        ("é".encode(), "application/json; charset=hex", "é"),
        ("é".encode(), "application/json; charset=", "é"),
    ],
)
def test_charsets(data, content_type, text):
    assert body_text(data, content_type) == text


@given(st.binary(), st.text() | st.sampled_from(["utf-8", "utf-7", "idna", "punycode", "zlib", "rot13", "undefined"]))
def test_any_bytes_are_text_when_errors_are_replaced(data, charset):
    assert isinstance(body_text(data, f"text/html; charset={charset}", "replace"), str)
