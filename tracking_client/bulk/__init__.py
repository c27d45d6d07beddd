"""Many files at once: read a manifest, look files up, register them with a sample, or register a whole study."""

import typing

from .. import _lazy
from ..exceptions import ServiceUnavailableError
from .look_up import LookUp, LookUpStatus, look_up

if typing.TYPE_CHECKING:
    from .manifests import Manifest, ManifestEntry, ManifestKind, ManifestProblem, read_manifest
    from .registration import Outcome, Registration, register
    from .samples import find_or_create_sample, find_sample
    from .study import register_study
    from .study_table import StudyRow, read_study

__all__ = [
    "LookUp",
    "LookUpStatus",
    "Manifest",
    "ManifestEntry",
    "ManifestKind",
    "ManifestProblem",
    "Outcome",
    "Registration",
    "ServiceUnavailableError",
    "StudyRow",
    "find_or_create_sample",
    "find_sample",
    "look_up",
    "read_manifest",
    "read_study",
    "register",
    "register_study",
]

# The module `look_up` has the name of its function, which therefore cannot be imported when it is first used.
__getattr__, __dir__ = _lazy.lazy_attributes(
    __name__,
    {
        ".manifests": ["Manifest", "ManifestEntry", "ManifestKind", "ManifestProblem", "read_manifest"],
        ".registration": ["Outcome", "Registration", "register"],
        ".samples": ["find_or_create_sample", "find_sample"],
        ".study": ["register_study"],
        ".study_table": ["StudyRow", "read_study"],
    },
)
