"""What the service knows of samples besides files: ``status``, ``status set``, ``qc set`` and ``event add``."""

from __future__ import annotations

import argparse
from functools import partial

from .. import bulk
from ..api.qc_result_api import QcResultApi
from ..models.event import Event
from ..models.qc_result import QcResult
from . import exit_codes
from .errors import CommandError
from .inputs import Inputs
from .output import Output, Row, shows_progress, tell
from .record_updates import find_or_add_event, set_steps
from .samples import sample_id_of
from .session import Session, session_of, writes_rows

_CHANGED = (
    "the service has something else now: another process writes the same, or the service keeps several values, after "
    "first writes at the same time; look before trying again"
)


def run_status(options: argparse.Namespace) -> int:
    """Write a row for each sample."""
    samples = [*options.samples, *((each, None) for each in options.isolates)]
    samples += [(None, each) for each in options.experiments]
    if options.manifest:
        samples = [entry for manifest in Inputs(options).items for entry in manifest]
    if not samples and not options.all:
        raise CommandError("give --isolate, --experiment, --sample, --manifest or --all", exit_codes.USAGE)
    output = Output(options)
    with session_of(options) as session:
        common = {"max_workers": options.jobs, "patience": session.patience, "progress": shows_progress()}
        overview = bulk.overview(session.api_client, None if options.all else samples, **common)
    output.write(overview.rows())
    for row in overview.failed:
        name = row.isolate_id or row.experiment_id or row.sample_id or getattr(row.item, "source", None)
        tell(f"{name}: {row.message}" if name else str(row.message))
    tell(f"{len(overview)} sample{'s' * (len(overview) != 1)}, {len(overview.failed)} failed", is_error=False)
    missing = {"the sample does not exist": exit_codes.NOT_TRACKED}
    return exit_codes.worst(missing.get(str(row.message), exit_codes.FAILED) for row in overview.failed)


@writes_rows
def run_status_set(session: Session, options: argparse.Namespace) -> list[Row]:
    """Set steps of the status of a sample."""
    if options.all or options.manifest or options.isolates or options.experiments or options.samples:
        raise CommandError("name the sample after `status set`", exit_codes.USAGE)
    steps = dict(each.split("=") for each in options.steps)
    if len(steps) < len(set(options.steps)):
        raise CommandError("a step is given with two statuses", exit_codes.USAGE)
    sample = sample_id_of(session, options, exit_codes.FAILED)
    status = set_steps(session.api_client, sample, steps, session.write)
    if status is None:
        raise CommandError(_CHANGED, exit_codes.FAILED)
    return [{"sample": sample, **status}]


@writes_rows
def run_qc_set(session: Session, options: argparse.Namespace) -> list[Row]:
    """Set the QC result of a sample."""
    result = QcResult(options.coverage, options.number_of_het_snps, options.decision)
    sample = sample_id_of(session, options, exit_codes.FAILED)
    api = QcResultApi(session.api_client)
    session.write(partial(api.samples_id_qc_result_put, sample, result))
    found = session.call(partial(api.samples_id_qc_result_get, sample))
    if found != result:
        raise CommandError(f"{_CHANGED}; it has {found.to_dict()}", exit_codes.FAILED)
    return [{"sample": sample, **found.to_dict()}]


@writes_rows
def run_event_add(session: Session, options: argparse.Namespace) -> list[Row]:
    """Add an event to a sample, unless it has an equal one."""
    step = (options.event, options.software, options.software_version, options.start_time, options.duration)
    event = Event(None, *step, options.command_line)
    sample = sample_id_of(session, options, exit_codes.FAILED)
    found, is_new = session.write(partial(find_or_add_event, session.api_client, sample, event))
    row = {key: getattr(found, name) for name, key in found.attribute_map.items()}
    return [{"status": "created" if is_new else "existing", "sample": sample, **row}]
