"""Values to JSON and back, by the names of their types."""

from __future__ import annotations

import copy
import datetime
import json
import math
from types import SimpleNamespace

import pytest
from hypothesis import given
from strategies import FINITE_JSON

from tracking_client import ApiClient, ApiResponseError, ApiValueError, Error, File
from tracking_client._wire.serialization import decoder, encode

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
def test_json_is_decoded_as_a_type(response_type, data, expected):
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
        ("datetime", "9999-12-31T24:00"),
        ("list[int]", {}),
        ("list[int]", [1, "2"]),
        ("list[File]", None),
        ("dict(str, int)", []),
        ("dict(str, int)", {"a": None}),
        ("File", []),
    ],
)
def test_json_of_another_type_is_a_response_error(response_type, data):
    with pytest.raises(ApiResponseError) as caught:
        ApiClient().deserialize(SimpleNamespace(data=json.dumps(data), status=200), response_type)
    assert caught.value.status == 200
    assert caught.value.body == json.dumps(data)


@pytest.mark.parametrize(
    "response_type", ["file", "Nonesuch", "FileType", "list[Nonesuch]", "list[FileType]", "set(str)", "", "list[]"]
)
def test_unknown_response_type_is_an_argument_error(response_type):
    with pytest.raises(ApiValueError, match="Unknown type"):
        ApiClient().deserialize(SimpleNamespace(data="[]"), response_type)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (math.nan, "the body is nan"),
        ({"depth": math.nan}, "`depth` is nan"),
        ({"lanes": [{"depth": 1.5}, {"depth": -math.inf}]}, "`lanes.1.depth` is -inf"),
    ],
)
def test_number_that_is_not_finite_is_told_with_its_place(value, place):
    with pytest.raises(ApiValueError, match=f"^the body cannot be represented in JSON: {place}$"):
        encode(value)


@given(FINITE_JSON)
def test_json_values_are_encoded_unchanged(value):
    assert json.loads(encode(value)) == value
    assert ApiClient().sanitize_for_serialization(value) == value


def test_models_and_dates_are_encoded():
    value = {"files": (File("a", "b", "vcf"),), "on": datetime.date(2020, 2, 29)}
    assert json.loads(encode(value)) == {
        "files": [{"md5sum": "a", "filename": "b", "file-type": "vcf"}],
        "on": "2020-02-29",
    }
