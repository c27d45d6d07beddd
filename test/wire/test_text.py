"""The charset of a message body."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_client._wire.text import decode_body


@pytest.mark.parametrize(
    ("data", "content_type", "text"),
    [
        (b"", None, ""),
        ("é".encode(), None, "é"),
        ("é".encode(), "application/json", "é"),
        (b"\xef\xbb\xbf{}", "application/json", "{}"),
        (b"\xef\xbb\xbf{}", "application/json; charset=utf-8", "{}"),
        ("é".encode("latin-1"), "application/json; charset=ISO-8859-1", "é"),
        ("é".encode("latin-1"), 'application/json; Charset = "latin1"; a=b', "é"),
        ("é".encode("utf-16"), "application/json;charset=utf-16", "é"),
        ("é".encode(), "application/json; charset=x-unknown", "é"),
        ("é".encode(), "application/json; charset=hex", "é"),
        ("é".encode(), "application/json; charset=", "é"),
    ],
)
def test_charset_of_the_content_type_is_used(data, content_type, text):
    assert decode_body(data, content_type) == text


@pytest.mark.parametrize("content_type", [None, "application/json", "text/html; charset=ascii"])
def test_invalid_bytes_raise_unless_errors_are_replaced(content_type):
    with pytest.raises(UnicodeError):
        decode_body(b"a\xff", content_type)
    assert decode_body(b"a\xff", content_type, "replace") == "a\ufffd"


@given(st.binary(), st.text() | st.sampled_from(["utf-8", "utf-7", "idna", "punycode", "zlib", "rot13", "undefined"]))
def test_any_bytes_can_be_decoded_when_errors_are_replaced(data, charset):
    assert isinstance(decode_body(data, f"text/html; charset={charset}", "replace"), str)
