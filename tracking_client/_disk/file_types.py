"""The type of a file, from its name."""

from __future__ import annotations

import re

from ..argument_errors import ApiValueError

_NAME = re.compile(
    r".+\.(?:(?P<fastq>fastq|fq)(?:\.(?:gz|bgz|bz2|xz|zst))?|(?P<vcf>vcf|gvcf)(?:\.(?:gz|bgz|bz2))?)",
    re.IGNORECASE | re.DOTALL,
)
"""A name such as ``a.fq.gz`` or ``a.g.vcf``. Each group is named after the type."""


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
