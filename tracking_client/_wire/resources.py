"""Which resource a request is about: where to look up what a POST creates, and what a success must be about."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from .text import plain_text
from .urls import expand_path

CREATED_PATHS: Mapping[str, str] = {
    "/samples": "/samples/{id}",
    "/samples/{id}/files": "/samples/{id}/files/{md5sum}",
}
"""By the path of a POST: the path of what it creates, which ends with a key of the body.

Only a POST that creates something with a unique key may be here: it is sent again where the outcome is unknown.
"""


class Resource:
    """A resource, as a request names it.

    Attributes:
        path: its path, with parameters filled in.
        key: the last parameter of the path: ``md5sum``, ``id`` or ``event_id``.
        value: its value, as text.
    """

    __slots__ = ("key", "path", "value")

    def __init__(self, path: str, key: str, value: str) -> None:
        self.path = path
        self.key = key
        self.value = value

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


def resource(
    method: str, resource_path: str, path: str, path_params: Mapping[str, Any], body: Any, safe: str
) -> Resource | None:
    """Return the resource that a request is about; None if its path ends with no parameter.

    For a POST, that is what it creates; None if that has no unique key.

    Args:
        method: the HTTP method.
        resource_path: the path of the request, with ``{name}`` for each path parameter.
        path: the path of the request, with the parameters filled in.
        path_params: the path parameters by name.
        body: the request body.
        safe: see `path_segment`.
    """
    if method != "POST":
        key = _last_parameter(resource_path)
        return Resource(path, key, str(path_params[key])) if key else None
    created_path = CREATED_PATHS.get(resource_path)
    if created_path is None:
        return None
    key = _last_parameter(created_path)
    value = body.get(key) if isinstance(body, Mapping) else getattr(body, key, None)
    if value is None:
        return None
    return Resource(expand_path(created_path, {**path_params, key: value}, safe), key, plain_text(value))


@lru_cache(maxsize=64)
def _last_parameter(path: str) -> str:
    """Return the name of the parameter that a path ends with; empty if there is none."""
    return path.rpartition("{")[2][:-1] if path.endswith("}") else ""
