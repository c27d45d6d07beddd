"""The status of a sample: how far each processing step is."""

from __future__ import annotations

from typing import Annotated

from ._field import Field
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

    de_contamination: Annotated[
        str, Field("De-contamination, one of `StepStatus`.", key="de-contamination", values=StepStatus)
    ]
    qc: Annotated[str, Field("Quality control, one of `StepStatus`.", values=StepStatus)]
    variant_calling: Annotated[
        str, Field("Variant calling, one of `StepStatus`.", key="variant-calling", values=StepStatus)
    ]
    prediction: Annotated[str, Field("Prediction of drug resistance, one of `StepStatus`.", values=StepStatus)]
    bigsi_building: Annotated[
        str, Field("Building of the BIGSI, one of `StepStatus`.", key="bigsi-building", values=StepStatus)
    ]
    distance_calculation: Annotated[
        str,
        Field("Calculation of genetic distances, one of `StepStatus`.", key="distance-calculation", values=StepStatus),
    ]
    stage: Annotated[str | None, Field("The stage of the sample, one of `SampleStage`.", values=SampleStage)] = None
