"""A file that the service tracks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

from .model import Model, Validation

if TYPE_CHECKING:
    from typing_extensions import Self

_FILE_TYPES = {name: name for name in ("fastq", "vcf")}


class File(Model):
    """A file with sequence data, known by its md5sum. Equal to another with the same fields.

    Args:
        md5sum: the MD5 digest of the file's bytes, 32 hexadecimal digits by custom (the service takes any text). It
            is unique over all samples.
        filename: the file's name.
        file_type: ``"fastq"`` or ``"vcf"``.
        local_vars_configuration: a `Configuration` whose ``client_side_validation`` decides on the checks.

    Raises:
        ApiValueError: a field is None, or the type is not one of those two.
        ApiTypeError: a field is not a str.
    """

    __slots__ = ("_file_type", "_filename", "_md5sum")

    openapi_types = {"md5sum": "str", "filename": "str", "file_type": "str"}
    attribute_map = {"md5sum": "md5sum", "filename": "filename", "file_type": "file-type"}
    allowed_values = {"file_type": tuple(_FILE_TYPES)}

    def __init__(
        self,
        md5sum: Optional[str] = None,
        filename: Optional[str] = None,
        file_type: Optional[str] = None,
        local_vars_configuration: Optional[Validation] = None,
    ) -> None:
        super().__init__(local_vars_configuration)
        self._md5sum: str = self._checked("md5sum", md5sum)
        self._filename: str = self._checked("filename", filename)
        self._file_type: str = self._checked("file_type", file_type)

    @classmethod
    def list_from_json(cls, data: object) -> list[Self]:
        # A sample may have very many files: the fields are written out, and all files of a known type share its text.
        if cls is not File or not isinstance(data, list):
            return super().list_from_json(data)
        new, known = cls.__new__, _FILE_TYPES
        for index, entry in enumerate(data):
            try:
                md5sum, filename, file_type = entry["md5sum"], entry["filename"], known[entry["file-type"]]
            except (KeyError, TypeError):
                md5sum = filename = None
            if type(md5sum) is type(filename) is str:
                data[index] = file = new(cls)
                file.local_vars_configuration = None
                file._md5sum = md5sum
                file._filename = filename
                file._file_type = file_type
            else:
                data[index] = cls.from_json(entry)
        return data

    @property
    def md5sum(self) -> str:
        """The MD5 digest of the file's bytes, as text."""
        return self._md5sum

    @md5sum.setter
    def md5sum(self, md5sum: str) -> None:
        self._md5sum = self._checked("md5sum", md5sum)

    @property
    def filename(self) -> str:
        """The file's name."""
        return self._filename

    @filename.setter
    def filename(self, filename: str) -> None:
        self._filename = self._checked("filename", filename)

    @property
    def file_type(self) -> str:
        """What the file holds: ``"fastq"`` or ``"vcf"``, or what a newer service says."""
        return self._file_type

    @file_type.setter
    def file_type(self, file_type: str) -> None:
        self._file_type = self._checked("file_type", file_type)
