"""Types of annotations that a supported version of Python or urllib3 lacks, or whose import takes long.

At run time a wider type stands for each, so that `typing.get_type_hints` works, which pydantic and typer call.
"""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any

import urllib3

__all__ = ["UUID", "AsyncResult", "BaseHTTPResponse", "HTTPHeaderDict", "Md5Cache", "Self", "ThreadPool", "Unpack"]

if TYPE_CHECKING:
    from multiprocessing.pool import AsyncResult, ThreadPool
    from uuid import UUID

    from typing_extensions import Self, Unpack
    from urllib3 import BaseHTTPResponse, HTTPHeaderDict

    from ._disk.md5_cache import Md5Cache
else:

    class _AnyOf:
        def __class_getitem__(cls, item: Any) -> Any:
            return Any

    Md5Cache = UUID = ThreadPool = Any
    AsyncResult = _AnyOf
    Self = getattr(typing, "Self", Any)
    Unpack = getattr(typing, "Unpack", _AnyOf)
    BaseHTTPResponse = getattr(urllib3, "BaseHTTPResponse", urllib3.HTTPResponse)
    HTTPHeaderDict = getattr(urllib3, "HTTPHeaderDict", typing.Mapping[str, str])
