"""The status of a sample: how far each processing step is."""

from __future__ import annotations

from ._field import field
from ._model import Model


class StepStatus:
    """How far a processing step is."""

    PENDING = "pending"
    STARTED = "started"
    COMPLETE = "complete"
    FAILED = "failed"


class SampleStage:
    """How far a sample is."""

    ACCEPTED = "accepted"
    QC_FAILED = "qc-failed"
    LIVE = "live"
    DEPRECATED = "deprecated"


class Status(Model):
    """The status of a sample: how far each processing step is, and the stage of the whole.

    Raises:
        ApiValueError: a required field is None, or a value is not one of `StepStatus` or `SampleStage`.
        ApiTypeError: a field is not a str.
    """

    de_contamination: str = field("De-contamination, one of `StepStatus`.", key="de-contamination", values=StepStatus)
    qc: str = field("Quality control, one of `StepStatus`.", values=StepStatus)
    variant_calling: str = field("Variant calling, one of `StepStatus`.", key="variant-calling", values=StepStatus)
    prediction: str = field("Prediction of drug resistance, one of `StepStatus`.", values=StepStatus)
    bigsi_building: str = field("Building of the BIGSI, one of `StepStatus`.", key="bigsi-building", values=StepStatus)
    distance_calculation: str = field(
        "Calculation of genetic distances, one of `StepStatus`.", key="distance-calculation", values=StepStatus
    )
    stage: str | None = field("The stage of the sample, one of `SampleStage`.", values=SampleStage, default=None)
