"""Types of annotations that a supported version of Python lacks, or whose import takes long.

At run time a wider type stands for each, so that `typing.get_type_hints` works, which pydantic and typer call.
"""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Any

__all__ = ["UUID", "AsyncResult", "Md5Cache", "Self", "ThreadPool", "Unpack"]

if TYPE_CHECKING:
    from multiprocessing.pool import AsyncResult, ThreadPool
    from uuid import UUID

    from typing_extensions import Self, Unpack

    from ._disk.md5_cache import Md5Cache
else:

    class _AnyOf:
        def __class_getitem__(cls, item: Any) -> Any:
            return Any

    Md5Cache = UUID = ThreadPool = Any
    AsyncResult = _AnyOf
    Self = getattr(typing, "Self", Any)
    Unpack = getattr(typing, "Unpack", _AnyOf)
