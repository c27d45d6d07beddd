"""The endpoints of the API, one class per resource."""

import typing

from .. import _lazy

if typing.TYPE_CHECKING:
    from ._operation import CallOptions
    from .event_api import EventApi
    from .file_api import FileApi
    from .qc_result_api import QcResultApi
    from .sample_api import SampleApi
    from .sample_status_api import SampleStatusApi

__all__ = ["CallOptions", "EventApi", "FileApi", "QcResultApi", "SampleApi", "SampleStatusApi"]

__getattr__, __dir__ = _lazy.lazy_attributes(
    __name__,
    {
        ".event_api": ["EventApi"],
        ".file_api": ["FileApi"],
        "._operation": ["CallOptions"],
        ".qc_result_api": ["QcResultApi"],
        ".sample_api": ["SampleApi"],
        ".sample_status_api": ["SampleStatusApi"],
    },
)
