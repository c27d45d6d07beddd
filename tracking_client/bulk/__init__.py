"""Many files at once: read a manifest, look files up, register them with a sample, or register a whole study."""

import typing

from .. import _lazy
from ..exceptions import ServiceUnavailableError
from .look_up import LookUp, LookUpStatus, look_up

if typing.TYPE_CHECKING:
    from ._entries import Entry, Source
    from ._manifests import COLUMN_NAMES, DEFAULT_MISSING, Manifest, ManifestKind, ManifestProblem, read_manifest
    from .registration import Outcome, Registration, register
    from .samples import find_or_create_sample, find_sample
    from .study import register_study

__all__ = [
    "COLUMN_NAMES",
    "DEFAULT_MISSING",
    "Entry",
    "LookUp",
    "LookUpStatus",
    "Manifest",
    "ManifestKind",
    "ManifestProblem",
    "Outcome",
    "Registration",
    "ServiceUnavailableError",
    "Source",
    "find_or_create_sample",
    "find_sample",
    "look_up",
    "read_manifest",
    "register",
    "register_study",
]

# The module `look_up` has the name of its function, which therefore cannot be imported when it is first used.
__getattr__, __dir__ = _lazy.lazy_attributes(
    __name__,
    {
        "._entries": ["Entry", "Source"],
        "._manifests": [
            "COLUMN_NAMES",
            "DEFAULT_MISSING",
            "Manifest",
            "ManifestKind",
            "ManifestProblem",
            "read_manifest",
        ],
        ".registration": ["Outcome", "Registration", "register"],
        ".samples": ["find_or_create_sample", "find_sample"],
        ".study": ["register_study"],
    },
)
