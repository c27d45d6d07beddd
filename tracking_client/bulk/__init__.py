"""Many files at once: read a manifest, look files up, and register them with their samples."""

import typing

from .. import _lazy
from ..exceptions import ServiceUnavailableError

if typing.TYPE_CHECKING:
    from ._compare import compare, owners
    from ._entries import Entry, Hashed, Manifest, ManifestProblem, Source
    from ._look_up import iter_look_up, look_up
    from ._manifests import COLUMN_NAMES, DEFAULT_MISSING, ManifestKind, read_manifest
    from ._overview import Overview, OverviewRow, overview
    from ._register import iter_register, register
    from .results import COLUMNS, Result, Results, ResultStatus
    from .samples import find_or_create_sample, find_sample

__all__ = [
    "COLUMNS", "COLUMN_NAMES", "DEFAULT_MISSING", "Entry", "Hashed", "Manifest", "ManifestKind", "ManifestProblem",
    "Overview", "OverviewRow", "Result", "ResultStatus", "Results", "ServiceUnavailableError", "Source", "compare",
    "find_or_create_sample", "find_sample", "iter_look_up", "iter_register", "look_up", "overview", "owners",
    "read_manifest", "register",
]  # fmt: skip

__getattr__, __dir__ = _lazy.lazy_attributes(
    __name__,
    {
        "._compare": ["compare", "owners"],
        "._entries": ["Entry", "Hashed", "Manifest", "ManifestProblem", "Source"],
        "._look_up": ["iter_look_up", "look_up"],
        "._manifests": ["COLUMN_NAMES", "DEFAULT_MISSING", "ManifestKind", "read_manifest"],
        "._overview": ["Overview", "OverviewRow", "overview"],
        "._register": ["iter_register", "register"],
        ".results": ["COLUMNS", "Result", "Results", "ResultStatus"],
        ".samples": ["find_or_create_sample", "find_sample"],
    },
)
