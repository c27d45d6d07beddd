"""Client for the sequencing tracking service: look up, register, list and delete FASTQ and VCF files.

>>> import tracking_client
>>> configuration = tracking_client.Configuration(host="http://tracking-api-service/api/v1")
>>> with tracking_client.ApiClient(configuration) as api_client:
...     file = tracking_client.FileApi(api_client).files_md5sum_get("9e107d9d372bb6826bd81d3542a419d6")
"""

import logging

from .api.file_api import FileApi
from .api_client import ApiClient
from .configuration import Configuration
from .exceptions import (
    ApiAttributeError,
    ApiConnectionError,
    ApiException,
    ApiKeyError,
    ApiResponseError,
    ApiTimeoutError,
    ApiTypeError,
    ApiValueError,
    BadRequestException,
    ConflictException,
    ForbiddenException,
    NotFoundException,
    OpenApiException,
    ServiceException,
    UnauthorizedException,
    UnprocessableEntityException,
)
from .models.error import Error
from .models.file import File, FileType
from .version import __version__

logging.getLogger(__name__).addHandler(logging.NullHandler())

__all__ = [
    "ApiAttributeError",
    "ApiClient",
    "ApiConnectionError",
    "ApiException",
    "ApiKeyError",
    "ApiResponseError",
    "ApiTimeoutError",
    "ApiTypeError",
    "ApiValueError",
    "BadRequestException",
    "Configuration",
    "ConflictException",
    "Error",
    "File",
    "FileApi",
    "FileType",
    "ForbiddenException",
    "NotFoundException",
    "OpenApiException",
    "ServiceException",
    "UnauthorizedException",
    "UnprocessableEntityException",
    "__version__",
]
