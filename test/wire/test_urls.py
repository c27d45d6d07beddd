"""Path parameters as segments of a URL."""

from __future__ import annotations

import unicodedata
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_client import ApiTypeError, ApiValueError
from tracking_client._wire.urls import path_segment


@given(st.text(min_size=1), st.sampled_from(["", "/", "/?#%", ":@", "é ", "\r\n"]))
def test_path_parameter_is_one_segment_or_rejected(text, safe):
    try:
        segment = path_segment("md5sum", text, safe)
    except ApiValueError:
        is_not_unicode = any("\ud800" <= character <= "\udfff" for character in text)
        has_other = any(character == "/" or unicodedata.category(character) == "Cc" for character in text)
        assert is_not_unicode or has_other or not text.strip() or text in (".", "..")
        return
    assert unquote(segment) == text
    assert segment.isascii()
    assert not set(segment) & set("/?# \r\n")
    assert "/" not in text
    assert segment not in ("", ".", "..")


@pytest.mark.parametrize("value", [None, "", " ", "\t\n", "\u3000", ".", "..", "\ud800"], ids=ascii)
def test_path_parameter_that_would_change_the_path_is_rejected(value):
    with pytest.raises(ApiValueError, match="`id`"):
        path_segment("id", value)


def test_path_parameter_that_is_not_a_str():
    assert path_segment("id", 7) == "7"
    with pytest.raises(ApiTypeError):
        path_segment("id", b"bytes")
