"""Client for the sequencing tracking service: samples, their FASTQ and VCF files, and how they are processed.

>>> import tracking_client
>>> configuration = tracking_client.Configuration(host="http://tracking-api-service/api/v1")
>>> with tracking_client.ApiClient(configuration) as api_client:
...     file = tracking_client.FileApi(api_client).files_md5sum_get("9e107d9d372bb6826bd81d3542a419d6")
"""

import logging
import typing

from . import _lazy
from .version import __version__

if typing.TYPE_CHECKING:
    from ._disk.file_types import file_type_of
    from ._disk.hashing import md5sum, md5sums
    from ._disk.md5_cache import Md5Cache
    from .api.event_api import EventApi
    from .api.file_api import FileApi
    from .api.qc_result_api import QcResultApi
    from .api.sample_api import SampleApi
    from .api.sample_status_api import SampleStatusApi
    from .api_client import ApiClient
    from .configuration import Configuration
    from .exceptions import (
        ApiAttributeError,
        ApiConnectionError,
        ApiException,
        ApiFileError,
        ApiFileNotFoundError,
        ApiFilePermissionError,
        ApiKeyError,
        ApiResponseError,
        ApiTimeoutError,
        ApiTypeError,
        ApiValueError,
        BadRequestException,
        ConflictException,
        ForbiddenException,
        ManifestError,
        NotFoundException,
        OpenApiException,
        RunInterrupted,
        SampleConflictError,
        SampleNotFoundError,
        ServiceException,
        ServiceUnavailableError,
        UnauthorizedException,
        UnprocessableEntityException,
        WorkerLostError,
    )
    from .models.error import Error
    from .models.event import Event, EventName
    from .models.file import File, FileType
    from .models.qc_result import QcDecision, QcResult
    from .models.sample import Sample
    from .models.status import SampleStage, Status, StepStatus
    from .models.validated.event import ValidatedEvent

logging.getLogger(__name__).addHandler(logging.NullHandler())

__all__ = [
    "ApiAttributeError",
    "ApiClient",
    "ApiConnectionError",
    "ApiException",
    "ApiFileError",
    "ApiFileNotFoundError",
    "ApiFilePermissionError",
    "ApiKeyError",
    "ApiResponseError",
    "ApiTimeoutError",
    "ApiTypeError",
    "ApiValueError",
    "BadRequestException",
    "Configuration",
    "ConflictException",
    "Error",
    "Event",
    "EventApi",
    "EventName",
    "File",
    "FileApi",
    "FileType",
    "ForbiddenException",
    "ManifestError",
    "Md5Cache",
    "NotFoundException",
    "OpenApiException",
    "QcDecision",
    "QcResult",
    "QcResultApi",
    "RunInterrupted",
    "Sample",
    "SampleApi",
    "SampleConflictError",
    "SampleNotFoundError",
    "SampleStage",
    "SampleStatusApi",
    "ServiceException",
    "ServiceUnavailableError",
    "Status",
    "StepStatus",
    "UnauthorizedException",
    "UnprocessableEntityException",
    "ValidatedEvent",
    "WorkerLostError",
    "__version__",
    "file_type_of",
    "md5sum",
    "md5sums",
]

__getattr__, __dir__ = _lazy.lazy_attributes(
    __name__,
    {
        "._disk.file_types": ["file_type_of"],
        "._disk.hashing": ["md5sum", "md5sums"],
        "._disk.md5_cache": ["Md5Cache"],
        ".api.event_api": ["EventApi"],
        ".api.file_api": ["FileApi"],
        ".api.qc_result_api": ["QcResultApi"],
        ".api.sample_api": ["SampleApi"],
        ".api.sample_status_api": ["SampleStatusApi"],
        ".api_client": ["ApiClient"],
        ".bulk": [],
        ".configuration": ["Configuration"],
        ".exceptions": [
            "ApiAttributeError",
            "ApiConnectionError",
            "ApiException",
            "ApiFileError",
            "ApiFileNotFoundError",
            "ApiFilePermissionError",
            "ApiKeyError",
            "ApiResponseError",
            "ApiTimeoutError",
            "ApiTypeError",
            "ApiValueError",
            "BadRequestException",
            "ConflictException",
            "ForbiddenException",
            "ManifestError",
            "NotFoundException",
            "OpenApiException",
            "RunInterrupted",
            "SampleConflictError",
            "SampleNotFoundError",
            "ServiceException",
            "ServiceUnavailableError",
            "UnauthorizedException",
            "UnprocessableEntityException",
            "WorkerLostError",
        ],
        ".models.error": ["Error"],
        ".models.event": ["Event", "EventName"],
        ".models.file": ["File", "FileType"],
        ".models.qc_result": ["QcDecision", "QcResult"],
        ".models.sample": ["Sample"],
        ".models.status": ["SampleStage", "Status", "StepStatus"],
        ".models.validated.event": ["ValidatedEvent"],
        ".rest": [],
        ".service": [],
        ".testing": [],
    },
    listed=["bulk", "exceptions", "service", "testing"],
)
