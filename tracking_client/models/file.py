"""A file that the service tracks."""

from __future__ import annotations

from .field import field
from .model import Model


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

    md5sum: str = field(
        "The MD5 digest of the file's bytes, usually 32 hexadecimal digits; the service accepts any text. It is unique "
        "across all samples."
    )
    filename: str = field("The name of the file.")
    file_type: str = field("What the file contains, one of `FileType`.", key="file-type", values=FileType)
