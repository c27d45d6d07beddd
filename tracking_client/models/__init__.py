"""The schemas of the API."""

import typing

from .. import _lazy
from .error import Error
from .file import File, FileType

if typing.TYPE_CHECKING:
    from .event import Event, EventName
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

__getattr__ = _lazy.lazy_attributes(
    __name__,
    {
        "Event": ".event",
        "EventName": ".event",
        "QcDecision": ".qc_result",
        "QcResult": ".qc_result",
        "Sample": ".sample",
        "SampleStage": ".status",
        "Status": ".status",
        "StepStatus": ".status",
        "ValidatedEvent": ".validated.event",
    },
)
