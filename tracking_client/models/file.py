"""A file that the service tracks."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Annotated, Any

from .._annotations import Md5Cache, Self
from .._tracebacks import short_traceback
from ..argument_errors import ApiValueError
from ._field import Field
from ._model import Model

_logger = logging.getLogger("tracking_client")


class FileType:
    """What a file contains."""

    FASTQ = "fastq"
    VCF = "vcf"


class File(Model):
    """A file with sequence data, identified by its md5sum.

    Raises:
        ApiValueError: a field is None, or the file type is not one of `FileType`.
        ApiTypeError: a field is not a str.
    """

    md5sum: Annotated[
        str, Field("The MD5 digest of the file's bytes, 32 hexadecimal digits. It is unique across all samples.")
    ]
    filename: Annotated[str, Field("The name of the file.")]
    file_type: Annotated[str, Field("What the file contains, one of `FileType`.", key="file-type", values=FileType)]

    @classmethod
    @short_traceback
    def from_path(
        cls,
        path: str | os.PathLike[str],
        file_type: str | None = None,
        *,
        verify: bool = False,
        progress: Callable[[int], Any] | None = None,
        cache: Md5Cache | None = None,
        note: Callable[[str], Any] | None = None,
    ) -> Self:
        """Return the `File` for a file on disk: its md5sum, the last part of its path, and its type.

        Args:
            path: the path of the file.
            file_type: one of `FileType`; None to tell it from the name, in upper or lower case. It ends with ``.fastq``
                or ``.fq`` and optionally ``.gz``, ``.bgz``, ``.bz2``, ``.xz`` or ``.zst``; or with ``.vcf`` or
                ``.gvcf`` and optionally ``.gz``, ``.bgz`` or ``.bz2``.
            verify: whether a compressed file is decompressed, to find out whether it is complete. That takes several
                times as long as the md5sum.
            progress: as in `md5sum`.
            cache: as in `md5sum`.
            note: called with what ``verify`` has to say about a file that passes: that the empty block at the end of a
                file by ``bgzip`` is missing. None to log it as a warning.

        Raises:
            ApiFileError: the file is missing, cannot be read, is a directory, is empty, is compressed and contains
                nothing, or was changed while it was read; with ``verify``, also if it is truncated or damaged.
            ApiValueError: the type is not known from the name or not one of `FileType`; or the name is not text.
            ApiTypeError: the path is not a str or an `os.PathLike` of one.
        """
        # Imported when needed, so that a call without a file on disk does not load them.
        from .._disk import compression, file_types, hashing, regular_file

        path = regular_file.path_text(path)
        name = os.path.basename(os.path.abspath(path))
        try:
            name.encode()
        except UnicodeEncodeError:
            raise ApiValueError(f"Cannot register {path!r}: its name is not valid UTF-8") from None
        if file_type is None:
            file_type = file_types.file_type_of(name)
        file = cls("", name, file_type)

        def verify_stream(stream: regular_file.RegularFile) -> None:
            remark = compression.verify_complete(stream)
            if remark is not None:
                (note or _logger.warning)(remark)

        file.md5sum = hashing.hash_file(path, progress, cache, verify_stream if verify else None)
        return file
