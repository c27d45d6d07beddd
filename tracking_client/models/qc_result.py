"""The result of the quality control of a sample."""

from __future__ import annotations

from typing import Annotated

from ._field import Field
from ._model import Model


class QcDecision:
    """The decisions of the quality control."""

    PASSED = "passed"
    FAILED = "failed"


class QcResult(Model):
    """The result of the quality control of a sample.

    Raises:
        ApiValueError: a field is None, or the decision is not one of `QcDecision`.
        ApiTypeError: a field has another type.
    """

    coverage: Annotated[float, Field("The sequencing coverage.")]
    number_of_het_snps: Annotated[int, Field("The number of heterozygous SNPs.")]
    decision: Annotated[str, Field("The decision, one of `QcDecision`.", values=QcDecision)]
