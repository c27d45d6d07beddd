"""The type of a file, from its name."""

from __future__ import annotations

import re

from ..argument_errors import ApiValueError

_NAME = re.compile(
    r".+\.(?:(?P<fastq>fastq|fq)(?:\.(?:gz|bgz|bz2|xz|zst))?|(?P<vcf>vcf|gvcf)(?:\.(?:gz|bgz|bz2))?)",
    re.IGNORECASE | re.DOTALL,
)
"""A name such as ``a.fq.gz`` or ``a.g.vcf``. Each group is named after the type."""


_MANIFEST = re.compile(
    r".+\.(?:md5|md5sum|tsv|csv|xlsx?)(?:\.gz)?|(?:.*/)?(?:md5|md5sums?|checksums?)(?:\.txt)?",
    re.IGNORECASE | re.DOTALL,
)
"""A name such as ``a.vcf.md5``, ``study.csv``, ``MD5SUMS`` or ``checksums.txt``."""


def is_manifest_name(name: str) -> bool:
    """Return whether a file with this name is a manifest: a table, or md5sums of other files."""
    return _MANIFEST.fullmatch(name) is not None


def is_known_type(name: str) -> bool:
    """Return whether the name is that of a FASTQ or VCF file."""
    return _NAME.fullmatch(name) is not None


def file_type_of(name: str) -> str:
    """Return the type of a file with this name, ``fastq`` or ``vcf``. Upper and lower case are the same.

    Raises:
        ApiValueError: the name is not that of a FASTQ or VCF file.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise ApiValueError(
            f"Cannot tell the type of the file {name!r} from its name. These are known: .fastq or .fq, also with .gz, "
            ".bgz, .bz2, .xz or .zst; .vcf or .gvcf, also with .gz, .bgz or .bz2. Pass `file_type` for another name"
        )
    return str(match.lastgroup)
