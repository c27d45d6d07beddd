"""The endpoints of files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Optional, Union

from ..api_client import ApiClient
from ..argument_errors import ApiTypeError, ApiValueError
from ..models.file import File
from ..urls import path_segment
from .endpoint import CallOptions, Endpoint, endpoint, with_http_info

if TYPE_CHECKING:
    from uuid import UUID

    from typing_extensions import Unpack

    Id = Union[str, UUID]
    FileBody = Union[File, Mapping[str, Any]]

_OF_A_UUID = frozenset("0123456789abcdefABCDEF-")


def _sample_id(name: str, value: Any, validate: bool) -> str:
    """A SampleID: a UUID as text, with hyphens."""
    text = str(value)
    if validate and not (_OF_A_UUID.issuperset(text) and [*map(len, text.split("-"))] == [8, 4, 4, 4, 12]):
        raise ApiValueError(f"Invalid value for `{name}` ({value!r}), must be a UUID")
    return text


def _md5sum(name: str, value: Any, validate: bool) -> Any:
    path_segment(name, value)
    return value


def _file(name: str, value: Any, validate: bool) -> Any:
    """A `File`, or a dict of its fields by their Python names or their JSON keys."""
    if isinstance(value, Mapping):
        fields = {File.attribute_map.get(key, key): item for key, item in value.items()}
        if len(fields) < len(value):
            raise ApiValueError(f"Invalid value for `{name}`, a field is there in both spellings")
        if validate:
            _md5sum("md5sum", File(*(fields.get(key) for key in File.attribute_map.values())).md5sum, validate)
        return fields
    if validate and not isinstance(value, File):
        raise ApiTypeError(f"Invalid type for `{name}` ({value!r}), must be a File or a dict", [name], (File, dict))
    if validate:
        _md5sum("md5sum", value.md5sum, validate)
    return value


_ID = {"id": _sample_id}
_MD5SUM = {"md5sum": _md5sum}


class FileApi:
    """Asks for, lists, registers and deletes files.

    Every method also takes the keywords of `CallOptions`: ``async_req``, ``_preload_content``, ``_request_timeout`` and
    ``_return_http_data_only``. Another keyword raises `ApiTypeError`; a parameter that is None, `ApiValueError`. An
    answer that is not a success raises the `ApiException` of its status.

    Args:
        api_client: the client to use; None for a new one with the default configuration.
    """

    def __init__(self, api_client: Optional[ApiClient] = None) -> None:
        self.api_client = ApiClient() if api_client is None else api_client

    @endpoint(Endpoint("GET", "/files/{md5sum}", "File", _MD5SUM))
    def files_md5sum_get(self, md5sum: str, **options: Unpack[CallOptions]) -> File:
        """A file by its md5sum, of whichever sample.

        Args:
            md5sum: the MD5 digest of the file's bytes, as it was registered.

        Raises:
            NotFoundException: no such file is tracked.
            ApiValueError: the md5sum is blank, ``.`` or ``..``.
        """

    @endpoint(Endpoint("GET", "/samples/{id}/files", "list[File]", _ID))
    def samples_id_files_get(self, id: Id, **options: Unpack[CallOptions]) -> list[File]:
        """The files of a sample, in no promised order.

        Args:
            id: the sample, a UUID.

        Raises:
            NotFoundException: no such sample.
            ApiValueError: the id is not a UUID.
        """

    @endpoint(Endpoint("DELETE", "/samples/{id}/files/{md5sum}", None, {**_ID, **_MD5SUM}))
    def samples_id_files_md5sum_delete(self, id: Id, md5sum: str, **options: Unpack[CallOptions]) -> None:
        """Deletes a file of a sample: the service forgets it.

        Args:
            id: the sample, a UUID.
            md5sum: the MD5 digest of the file's bytes, as it was registered.

        Raises:
            NotFoundException: no such sample, or no such file of that sample.
            ApiValueError: the id is not a UUID, or the md5sum is blank, ``.`` or ``..``.
        """

    @endpoint(Endpoint("GET", "/samples/{id}/files/{md5sum}", "File", {**_ID, **_MD5SUM}))
    def samples_id_files_md5sum_get(self, id: Id, md5sum: str, **options: Unpack[CallOptions]) -> File:
        """A file of a sample by its md5sum.

        Args:
            id: the sample, a UUID.
            md5sum: the MD5 digest of the file's bytes, as it was registered.

        Raises:
            NotFoundException: no such sample, or no such file of that sample.
            ApiValueError: the id is not a UUID, or the md5sum is blank, ``.`` or ``..``.
        """

    @endpoint(
        Endpoint("POST", "/samples/{id}/files", "File", {**_ID, "file": _file}, "file", "/samples/{id}/files/{md5sum}")
    )
    def samples_id_files_post(self, id: Id, file: FileBody, **options: Unpack[CallOptions]) -> File:
        """Registers a file with a sample. The ``Location`` header of the answer is its uri.

        Args:
            id: the sample, a UUID.
            file: the file; a dict of its fields will do, its keys as in Python or as in JSON.

        Raises:
            NotFoundException: no such sample.
            ConflictException: a file with that md5sum exists, on this sample or on another.
            ApiValueError: the id is not a UUID, or a field of the file is missing or impossible.
            ApiTypeError: the file is neither a `File` nor a dict, or a field is not a str.
        """

    files_md5sum_get_with_http_info = with_http_info(files_md5sum_get)
    samples_id_files_get_with_http_info = with_http_info(samples_id_files_get)
    samples_id_files_md5sum_delete_with_http_info = with_http_info(samples_id_files_md5sum_delete)
    samples_id_files_md5sum_get_with_http_info = with_http_info(samples_id_files_md5sum_get)
    samples_id_files_post_with_http_info = with_http_info(samples_id_files_post)
