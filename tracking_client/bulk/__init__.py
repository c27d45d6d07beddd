"""Many files at once: read a manifest, look files up, register them with a sample, or register a whole study."""

from .look_up import LookUp, LookUpStatus, look_up
from .manifests import Manifest, ManifestEntry, ManifestKind, ManifestProblem, read_manifest
from .outages import ServiceUnavailableError
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
