"""The endpoints of files."""

from __future__ import annotations

import os

from urllib3 import HTTPHeaderDict

from .._annotations import Unpack
from ..models.file import File
from . import _parameters
from ._operation import ApiBase, CallOptions, Operation
from ._parameters import Fields, SampleId

_SAMPLE = {"id": _parameters.sample_id}
_FILE = {"md5sum": _parameters.md5sum}

GET_FILE = Operation("files_md5sum_get", "GET", "/files/{md5sum}", File, path_validators=_FILE)
GET_FILES_OF_SAMPLE = Operation(
    "samples_id_files_get", "GET", "/samples/{id}/files", list[File], path_validators=_SAMPLE
)
DELETE_FILE_OF_SAMPLE = Operation(
    "samples_id_files_md5sum_delete",
    "DELETE",
    "/samples/{id}/files/{md5sum}",
    type(None),
    path_validators={**_SAMPLE, **_FILE},
)
GET_FILE_OF_SAMPLE = Operation(
    "samples_id_files_md5sum_get", "GET", "/samples/{id}/files/{md5sum}", File, path_validators={**_SAMPLE, **_FILE}
)
ADD_FILE_TO_SAMPLE = Operation(
    "samples_id_files_post",
    "POST",
    "/samples/{id}/files",
    File,
    path_validators=_SAMPLE,
    body_validator=("file", _parameters.file),
)


class FileApi(ApiBase):
    """Looks up, lists, registers and deletes files.

    Every method also accepts the keyword arguments of `CallOptions`. Every method raises `ApiTypeError` for an unknown
    keyword argument, `ApiValueError` for a parameter that is None, and the `ApiException` for its status if the
    response is not a success.

    Args:
        api_client: the client to use; None for a new one with the default configuration.
    """

    def files_md5sum_get(self, md5sum: str, **options: Unpack[CallOptions]) -> File:
        """Return the file with this md5sum, whichever sample it belongs to.

        Args:
            md5sum: the MD5 digest of the file's bytes, as it was registered.

        Raises:
            NotFoundException: no such file is tracked.
            ApiValueError: the md5sum is blank, ``.`` or ``..``.
        """
        __tracebackhide__ = True
        return GET_FILE.call(self.api_client, options, path_params={"md5sum": md5sum})

    def files_md5sum_get_with_http_info(
        self, md5sum: str, **options: Unpack[CallOptions]
    ) -> tuple[File, int, HTTPHeaderDict]:
        """Like `files_md5sum_get`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return GET_FILE.response(self.api_client, options, path_params={"md5sum": md5sum})

    def samples_id_files_get(self, id: SampleId, **options: Unpack[CallOptions]) -> list[File]:
        """Return the files of a sample, in no particular order.

        Args:
            id: the id of the sample, a UUID.

        Raises:
            NotFoundException: there is no such sample.
            ApiValueError: the id is not a UUID.
        """
        __tracebackhide__ = True
        return GET_FILES_OF_SAMPLE.call(self.api_client, options, path_params={"id": id})

    def samples_id_files_get_with_http_info(
        self, id: SampleId, **options: Unpack[CallOptions]
    ) -> tuple[list[File], int, HTTPHeaderDict]:
        """Like `samples_id_files_get`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return GET_FILES_OF_SAMPLE.response(self.api_client, options, path_params={"id": id})

    def samples_id_files_md5sum_delete(self, id: SampleId, md5sum: str, **options: Unpack[CallOptions]) -> None:
        """Delete the record of a file of a sample. No file on disk is touched.

        Args:
            id: the id of the sample, a UUID.
            md5sum: the MD5 digest of the file's bytes, as it was registered.

        Raises:
            NotFoundException: there is no such sample, or it has no such file.
            ApiValueError: the id is not a UUID, or the md5sum is blank, ``.`` or ``..``.
        """
        __tracebackhide__ = True
        return DELETE_FILE_OF_SAMPLE.call(self.api_client, options, path_params={"id": id, "md5sum": md5sum})

    def samples_id_files_md5sum_delete_with_http_info(
        self, id: SampleId, md5sum: str, **options: Unpack[CallOptions]
    ) -> tuple[None, int, HTTPHeaderDict]:
        """Like `samples_id_files_md5sum_delete`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return DELETE_FILE_OF_SAMPLE.response(self.api_client, options, path_params={"id": id, "md5sum": md5sum})

    def samples_id_files_md5sum_get(self, id: SampleId, md5sum: str, **options: Unpack[CallOptions]) -> File:
        """Return the file of a sample with this md5sum.

        Args:
            id: the id of the sample, a UUID.
            md5sum: the MD5 digest of the file's bytes, as it was registered.

        Raises:
            NotFoundException: there is no such sample, or it has no such file.
            ApiValueError: the id is not a UUID, or the md5sum is blank, ``.`` or ``..``.
        """
        __tracebackhide__ = True
        return GET_FILE_OF_SAMPLE.call(self.api_client, options, path_params={"id": id, "md5sum": md5sum})

    def samples_id_files_md5sum_get_with_http_info(
        self, id: SampleId, md5sum: str, **options: Unpack[CallOptions]
    ) -> tuple[File, int, HTTPHeaderDict]:
        """Like `samples_id_files_md5sum_get`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return GET_FILE_OF_SAMPLE.response(self.api_client, options, path_params={"id": id, "md5sum": md5sum})

    def samples_id_files_post(
        self, id: SampleId, file: File | Fields | str | os.PathLike[str], **options: Unpack[CallOptions]
    ) -> File:
        """Register a file with a sample. The ``Location`` header of the response is the uri of the new record.

        Args:
            id: the id of the sample, a UUID.
            file: the file, a dict of its fields by their names in Python or in JSON, or the path of a file on disk,
                for which `File.from_path` is called, before the method returns and before its timeout begins.

        Raises:
            NotFoundException: there is no such sample.
            ConflictException: a file with that md5sum already exists, on this sample or on another.
            ApiValueError: the id is not a UUID, or a field of the file is missing or invalid.
            ApiTypeError: the file is neither a `File`, a dict nor a path, or a field is not a str.
            ApiFileError: the path is that of a file that cannot be used, as in `File.from_path`; nothing was sent.
        """
        __tracebackhide__ = True
        return ADD_FILE_TO_SAMPLE.call(self.api_client, options, path_params={"id": id}, body=file)

    def samples_id_files_post_with_http_info(
        self, id: SampleId, file: File | Fields | str | os.PathLike[str], **options: Unpack[CallOptions]
    ) -> tuple[File, int, HTTPHeaderDict]:
        """Like `samples_id_files_post`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return ADD_FILE_TO_SAMPLE.response(self.api_client, options, path_params={"id": id}, body=file)
