"""The schemas of the API."""

import typing

from .. import _lazy

if typing.TYPE_CHECKING:
    from .error import Error
    from .event import Event, EventName
    from .file import File, FileType
    from .qc_result import QcDecision, QcResult
    from .sample import Sample
    from .status import SampleStage, Status, StepStatus
    from .validated.event import ValidatedEvent

__all__ = [
    "Error",
    "Event",
    "EventName",
    "File",
    "FileType",
    "QcDecision",
    "QcResult",
    "Sample",
    "SampleStage",
    "Status",
    "StepStatus",
    "ValidatedEvent",
]

__getattr__, __dir__ = _lazy.lazy_attributes(
    __name__,
    {
        ".error": ["Error"],
        ".event": ["Event", "EventName"],
        ".file": ["File", "FileType"],
        ".qc_result": ["QcDecision", "QcResult"],
        ".sample": ["Sample"],
        ".status": ["SampleStage", "Status", "StepStatus"],
        ".validated.event": ["ValidatedEvent"],
    },
)
