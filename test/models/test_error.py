"""`Error`: the body of an error response."""

from __future__ import annotations

import pytest

from tracking_client import ApiTypeError, ApiValueError, Error


@pytest.mark.parametrize(("name", "value"), [("code", "404"), ("code", True), ("code", 4.5), ("message", 404)])
def test_field_of_another_type_is_rejected(name, value):
    error = Error(404, "Not found")
    with pytest.raises(ApiTypeError, match=f"`{name}`"):
        setattr(error, name, value)
    assert error == Error(404, "Not found")


@pytest.mark.parametrize("name", ["code", "message"])
def test_error_field_must_not_be_none(name):
    error = Error(404, "Not found")
    with pytest.raises(ApiValueError, match=f"`{name}`"):
        setattr(error, name, None)
    assert error == Error(404, "Not found")


def test_valid_values_can_be_set():
    error = Error(404, "Not found")
    error.code, error.message = 409, "Already existed"
    assert error == Error(409, "Already existed")


def test_error_repr():
    assert repr(Error(404, "Not found")) == "Error(code=404, message='Not found')"
