"""Which resource a request is about: where to look up what a write stores, and what a success must be about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from .text import json_object, plain_text
from .urls import path_segment

CREATED_KEYS: Mapping[str, str] = {"/samples": "id", "/samples/{id}/files": "md5sum"}
"""By the path of a POST: the key of its body that is unique and ends the path of what it creates.

Only a POST that creates something with a unique key may be here: it is sent again where the outcome is unknown.
"""

_PATTERNS = {re.compile(re.sub(r"\{\w+\}", "[^/?]+", path) + "$"): key for path, key in CREATED_KEYS.items()}
"""The same paths at the end of a url."""


def look_up_url(method: str, url: str, body: bytes | None) -> str | None:
    """Return the url of what a write stores: a PUT at its own url, a POST below it. None for any other request.

    Args:
        method: the HTTP method.
        url: the url of the request.
        body: the request body, in JSON.
    """
    if method == "PUT":
        return url
    key = next((key for pattern, key in _PATTERNS.items() if method == "POST" and pattern.search(url)), None)
    value = (json_object(body) or {}).get(key) if key else None
    return f"{url}/{path_segment(str(key), value)}" if isinstance(value, str) else None


def is_stored(method: str, sent: bytes | None, found: bytes | str | None) -> bool:
    """Return whether what a look-up has found is what a write stores: its members are those that were sent.

    What a POST creates may have others too. A PUT replaces the whole, so there what was not sent must be missing.

    Args:
        method: the HTTP method of the write.
        sent: its body, in JSON.
        found: the body of the response to the look-up.
    """
    expected, stored = json_object(sent), json_object(found)
    if expected is None or stored is None:
        return False
    if method == "PUT":
        return expected == {key: value for key, value in stored.items() if value is not None}
    return expected.items() <= stored.items()


class Requested(NamedTuple):
    """The resource that a request is about.

    Attributes:
        key: what identifies it, the last parameter of its path: ``md5sum``, ``id`` or ``event_id``.
        value: the value of the key, as text.
    """

    key: str
    value: str

    def key_of(self, data: Any) -> Any:
        """Return the key that a model has; None if it has none."""
        return getattr(data, "id" if self.key == "event_id" else self.key, None)

    def is_described_by(self, data: Any) -> bool:
        """Return whether a model may describe this resource: it has this key, or none.

        The case of an id has no meaning, for it is a UUID (RFC 9562, section 4). The case of an md5sum has one for the
        service. The service reads the id of an event as a number, so that 07 is 7.
        """
        found = self.key_of(data)
        if found is None or found == self.value:
            return True
        if self.key == "id":
            return str(found).lower() == self.value.lower()
        if self.key == "event_id":
            return str(found) == self.value.strip().lstrip("+0")
        return False


def requested(method: str, resource_path: str, path_params: Mapping[str, Any], body: Any) -> Requested | None:
    """Return the resource that a request is about; None if nothing identifies it.

    Of what a POST creates, only a file is identified: a service may choose the ids of samples and events itself.

    Args:
        method: the HTTP method.
        resource_path: the path of the request, with ``{name}`` for each path parameter.
        path_params: the path parameters by name.
        body: the request body.
    """
    if method != "POST":
        key = _last_parameter(resource_path)
        return Requested(key, str(path_params[key])) if key else None
    value = body.get("md5sum") if isinstance(body, Mapping) else getattr(body, "md5sum", None)
    return None if value is None else Requested("md5sum", plain_text(value))


@lru_cache(maxsize=64)
def _last_parameter(path: str) -> str:
    """Return the name of the parameter that a path ends with; empty if there is none."""
    return path.rpartition("{")[2][:-1] if path.endswith("}") else ""
