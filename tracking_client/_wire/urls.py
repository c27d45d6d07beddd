"""Urls: which hosts are valid, and how path and query parameters become part of a url."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit

from ..argument_errors import ApiTypeError, ApiValueError
from .text import plain_text

DEFAULT_HOST = "http://tracking-api-service/api/v1"

DEFAULT_PORTS = {"http": 80, "https": 443}

QueryParams = Mapping[str, Any] | Iterable[tuple[str, Any]]

_HOST_FORM = "must have the form http://name:port/path or https://name:port/path, such as " + DEFAULT_HOST


class UrlParts:
    """The parts of an http or https url. Not to be changed, for they are cached.

    Attributes:
        origin: scheme, host name and port, without credentials.
        base_url: the url that paths are appended to, without credentials and without a slash at its end.
        authorization: the ``Authorization`` header for the credentials in the url; None if there are none.
    """

    __slots__ = ("authorization", "base_url", "origin")

    def __init__(self, origin: str, path: str, authorization: str | None) -> None:
        self.origin = origin
        self.base_url = origin + path.rstrip("/")
        self.authorization = authorization


def parse_host(host: str) -> UrlParts:
    """Split the host of a configuration.

    Raises:
        ApiTypeError: the host is not a str.
        ApiValueError: it is not an http or https url to which a path can be appended.
    """
    if not isinstance(host, str):
        raise ApiTypeError(f"Invalid host of type {type(host).__name__}: must be a str, and {_HOST_FORM}")
    return _parse_host(host if type(host) is str else plain_text(host))


@lru_cache(maxsize=64)
def _parse_host(host: str) -> UrlParts:
    parts = url_parts(host)
    if parts is None:
        shown = without_credentials(re.split(r"[?#]", host)[0])  # a query may have a token
        raise ApiValueError(f"Invalid host {shown!r}: {_HOST_FORM}")
    return parts


def url_parts(url: str) -> UrlParts | None:
    """Split an http or https url to which a path can be appended; return None for any other url."""
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
    return UrlParts(f"{parts.scheme}://{authority}", parts.path, authorization)


def without_credentials(url: str) -> str:
    """Return a url, which may be malformed, without its user name and password: they stand before the last @."""
    before, at, after = url.rpartition("@")
    scheme, separator, _ = before.partition("://")
    is_scheme = separator and scheme.isalnum()  # what is no scheme may be a password
    return f"{f'{scheme}://' if is_scheme else ''}***@{after}" if at else url


def basic_authorization(username: str, password: str) -> str:
    """Return the ``Authorization`` header for a user name and password (RFC 7617, in UTF-8)."""
    return f"Basic {b64encode(f'{plain_text(username)}:{plain_text(password)}'.encode()).decode()}"


_SEGMENT_CHARACTERS = frozenset("!$&'()*+,;=:@")
"""Reserved characters that a path segment may contain unencoded (RFC 3986, section 3.3)."""


def path_segment(name: str, value: Any, safe: str = "") -> str:
    """Percent-encode a path parameter as exactly one segment of a path (RFC 3986, section 3.3).

    Args:
        name: the name of the parameter, for errors.
        value: the text to encode, or a value whose ``str()`` is meant, such as a number or a UUID.
        safe: characters to leave unencoded, if a segment may contain them.

    Raises:
        ApiTypeError: the value is bytes.
        ApiValueError: the value is None, blank, ``.`` or ``..``, which would make another path, or not Unicode text; or
            it contains a slash, which leads the service to another resource, or a control character, which it stores
            but responds to with an error.
    """
    if type(value) is str and value.isascii() and value.replace("-", "").isalnum():
        return value
    if value is None:
        raise ApiValueError(f"Missing the required parameter `{name}`")
    if isinstance(value, (bytes, bytearray)):
        raise ApiTypeError(f"Invalid type for `{name}` ({value!r}), must be str")
    text = plain_text(value)
    if text in (".", "..") or not text.strip():
        raise ApiValueError(f"Invalid value for `{name}` ({text!r}), must not be blank, `.` or `..`")
    if re.search(r"[/\x00-\x1f\x7f-\x9f]", text):
        hint = "; `tracking_client.md5sum` returns the md5sum of a file on disk" if name == "md5sum" else ""
        raise ApiValueError(f"Invalid value for `{name}` ({text!r}), must not contain `/` or a control character{hint}")
    try:
        return quote(text, safe="".join(filter(_SEGMENT_CHARACTERS.__contains__, safe)))
    except UnicodeEncodeError as error:
        raise ApiValueError(f"Invalid value for `{name}` ({text!r}): {error}") from None


def expand_path(path: str, params: Mapping[str, Any], safe: str = "") -> str:
    """Return a path with its parameters filled in, each as one segment. Other parameters are ignored.

    Args:
        path: the path, with ``{name}`` for each parameter.
        params: the parameters by name.
        safe: see `path_segment`.

    Raises:
        ApiTypeError, ApiValueError: a parameter is missing or cannot be a segment; see `path_segment`.
    """
    for name in placeholders(path):
        path = path.replace(f"{{{name}}}", path_segment(name, params.get(name), safe))
    return path


@lru_cache(maxsize=64)
def placeholders(path: str) -> frozenset[str]:
    """Return the names of the parameters of a path."""
    return frozenset(part.partition("}")[0] for part in path.split("{")[1:])


def add_query(url: str, params: QueryParams | None) -> str:
    """Return a url with query parameters added to it.

    Raises:
        ApiValueError: the parameters are not pairs of names and values.
    """
    if not params:
        return url
    try:
        pairs = params.items() if isinstance(params, Mapping) else params
        query = urlencode([(plain_text(name), _plain_query_value(value)) for name, value in pairs], doseq=True)
    except (TypeError, ValueError) as error:
        raise ApiValueError(f"Invalid query parameters: {error}") from None
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _plain_query_value(value: Any) -> Any:
    if isinstance(value, str):
        return plain_text(value)
    return [plain_text(item) for item in value] if isinstance(value, (list, tuple)) else value


def split_origin(url: str) -> tuple[str, str]:
    """Return the origin of a url, and its path with the query."""
    start = url.index("://") + 3
    end = url.find("/", start)
    query = url.find("?", start, None if end < 0 else end)
    if query >= 0:
        return url[:query], f"/{url[query:]}"
    return (url, "/") if end < 0 else (url[:end], url[end:])


def within_origin(url: str, locations: Iterable[str]) -> str | None:
    """Return the url that ``Location`` headers lead to; None if that is at another origin, or they differ.

    Args:
        url: the url that they are relative to.
        locations: the headers, as a response in Latin-1 has them. A url in raw UTF-8 is encoded.
    """
    distinct = {location.strip() for location in locations}
    if len(distinct) != 1 or distinct == {""}:
        return None
    try:
        location = re.sub(r"[^\x21-\x7e]", lambda match: quote(match[0].encode("latin-1")), distinct.pop())
        target = urljoin(url, location)
        if _origin(target) != _origin(url):
            return None
        parts = urlsplit(target)
        return split_origin(url)[0] + (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    except ValueError:
        return None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Return scheme, host name and port (RFC 6454, section 4)."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS.get(parts.scheme)
