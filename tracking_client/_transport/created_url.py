"""Where to look up what a POST creates, if its response is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Optional

from .._wire.serialization import to_jsonable
from .._wire.urls import expand_path, placeholders

CREATED_PATHS: Mapping[str, str] = {
    "/samples": "/samples/{id}",
    "/samples/{id}/files": "/samples/{id}/files/{md5sum}",
}
"""By the path of a POST: the path of what it creates, with path parameters of the POST and keys of its body.

Only a POST that creates something with a unique key may be here: it is sent again if the look-up finds nothing.
"""


def created_url(
    method: str, base_url: str, resource_path: str, path_params: Mapping[str, Any], body: Any, safe: str
) -> Optional[str]:
    """Return the url of what a request creates; None if it creates nothing that can be looked up.

    Args:
        method: the HTTP method.
        base_url: the url that paths are appended to.
        resource_path: the path of the request, with ``{name}`` for each path parameter.
        path_params: the path parameters by name.
        body: the request body.
        safe: see `path_segment`.
    """
    path = CREATED_PATHS.get(resource_path) if method == "POST" else None
    if path is None:
        return None
    keys = to_jsonable(body)
    params = {**(keys if isinstance(keys, dict) else {}), **path_params}
    if not params.keys() >= placeholders(path):
        return None
    return base_url + expand_path(path, params, safe)
