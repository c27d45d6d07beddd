"""Urls: what a host may be, and what becomes of it and of path parameters in a request."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Optional
from urllib.parse import quote, unquote, urljoin, urlsplit

from .argument_errors import ApiTypeError, ApiValueError

DEFAULT_HOST = "http://tracking-api-service/api/v1"

DEFAULT_PORTS = {"http": 80, "https": 443}

_HOST_FORM = "the form is http://name:port/path or https://name:port/path, such as " + DEFAULT_HOST


def host_of(host: str) -> tuple[str, Optional[str]]:
    """Takes the host of a configuration apart.

    Returns:
        What paths are appended to, without credentials and a slash at its end; and the ``Authorization`` header for the
        credentials that it held, None if it held none.

    Raises:
        ApiTypeError: it is not a str.
        ApiValueError: it is not an http or https url that a path can follow.
    """
    if not isinstance(host, str):
        raise ApiTypeError(f"The host must be a str, not {type(host).__name__}: {_HOST_FORM}")
    return _host_of(host)


@lru_cache(maxsize=64)
def _host_of(host: str) -> tuple[str, Optional[str]]:
    parts = url_parts(host)
    if parts is None:
        # Nothing after an @ is a credential, and nothing before one is shown.
        shown = re.sub(r".*@", "***@", host, flags=re.DOTALL)
        raise ApiValueError(f"Invalid host {shown!r}: {_HOST_FORM}")
    url, path, authorization = parts
    return url + path.rstrip("/"), authorization


def url_parts(url: str) -> Optional[tuple[str, str, Optional[str]]]:
    """Takes an http or https url apart that a path can follow; None where it is none.

    Returns:
        Scheme, name and port; the path; and the value of a basic authorization header for the credentials, None where
        there are none.
    """
    if re.search(r"[\x00-\x20\x7f?#]", url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    name = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[\w.~-]+|[0-9a-f:.]+(%.+)?", name):
        return None
    authority = f"[{name}]" if ":" in name else name
    if port is not None:
        authority += f":{port}"
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    authorization = basic_authorization(unquote(user), unquote(password)) if "@" in parts.netloc else None
    return f"{parts.scheme}://{authority}", parts.path, authorization


def basic_authorization(username: str, password: str) -> str:
    """The value of an ``Authorization`` header for a user name and password (RFC 7617, in UTF-8)."""
    return f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"


_SEGMENT_CHARACTERS = frozenset("!$&'()*+,;=:@")
"""What a segment may hold as it is, besides letters, digits and ``-._~`` (RFC 3986, section 3.3)."""


def path_segment(name: str, value: Any, safe: str = "") -> str:
    """A path parameter percent-encoded as exactly one segment of a path (RFC 3986, section 3.3).

    Args:
        name: the parameter's name, for errors.
        value: what to encode: text, or something whose ``str()`` is meant, such as a number or a UUID.
        safe: characters to leave as they are, of those that a segment may hold.

    Raises:
        ApiTypeError: the value is bytes.
        ApiValueError: the value is None or blank, ``.`` or ``..``, or not Unicode text: as a segment it would be
            another path.
    """
    if type(value) is str and value.isascii() and value.replace("-", "").isalnum():
        return value
    if value is None:
        raise ApiValueError(f"Missing the required parameter `{name}`")
    if isinstance(value, (bytes, bytearray)):
        raise ApiTypeError(f"Invalid type for `{name}` ({value!r}), must be str")
    text = str(value)
    if text in (".", "..") or not text.strip():
        raise ApiValueError(f"Invalid value for `{name}` ({text!r}), must not be blank, `.` or `..`")
    try:
        return quote(text, safe="".join(filter(_SEGMENT_CHARACTERS.__contains__, safe)))
    except UnicodeEncodeError as error:
        raise ApiValueError(f"Invalid value for `{name}` ({text!r}): {error}") from None


def expand_path(path: str, params: Mapping[str, Any], safe: str = "") -> str:
    """A path with its parameters in it, each as one segment; those that have no place in it are passed over.

    Args:
        path: the path, with ``{name}`` for each parameter.
        params: the parameters by name.
        safe: see `path_segment`.

    Raises:
        ApiTypeError, ApiValueError: a parameter can't be a segment; see `path_segment`.
    """
    for name, value in params.items():
        place = f"{{{name}}}"
        if place in path:
            path = path.replace(place, path_segment(name, value, safe))
    return path


def split_origin(url: str) -> tuple[str, str]:
    """The origin of a url, and the rest of it."""
    start = url.index("://") + 3
    end = url.find("/", start)
    query = url.find("?", start, None if end < 0 else end)
    if query >= 0:
        return url[:query], f"/{url[query:]}"
    return (url, "/") if end < 0 else (url[:end], url[end:])


def within_origin(url: str, location: str) -> Optional[str]:
    """Where a redirect leads, if that is within the origin: to another, headers and cookies must not go."""
    try:
        target = urljoin(url, location)
        if _origin(target) != _origin(url):
            return None
        parts = urlsplit(target)
        return split_origin(url)[0] + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    except ValueError:
        return None


def _origin(url: str) -> tuple[str, Optional[str], Optional[int]]:
    """Scheme, name and port (RFC 6454, section 4)."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)
