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
from .output import Output, shows_progress, tell
from .record_updates import find_or_add_event, set_steps
from .sample_commands import EVENT_COLUMNS, OVERVIEW_COLUMNS, QC_COLUMNS, STATUS_COLUMNS
from .samples import sample_id_of
from .session import session_of

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
    output = Output(options, OVERVIEW_COLUMNS)
    with session_of(options) as session:
        common = {"max_workers": options.jobs, "patience": session.patience, "progress": shows_progress()}
        overview = bulk.overview(session.api_client, None if options.all else samples, **common)
    output.write(overview.rows())
    for row in overview.failed:
        tell(f"{row.isolate_id or row.experiment_id or row.sample_id}: {row.message}")
    tell(f"{len(overview)} sample{'s' * (len(overview) != 1)}, {len(overview.failed)} failed", is_error=False)
    missing = {"the sample does not exist": exit_codes.NOT_TRACKED}
    return exit_codes.worst(missing.get(str(row.message), exit_codes.FAILED) for row in overview.failed)


def run_status_set(options: argparse.Namespace) -> int:
    """Set steps of the status of a sample."""
    if options.all or options.manifest or options.isolates or options.experiments or options.samples:
        raise CommandError("name the sample after `status set`", exit_codes.USAGE)
    steps = dict(each.split("=") for each in options.steps)
    if len(steps) < len(set(options.steps)):
        raise CommandError("a step is given with two statuses", exit_codes.USAGE)
    with session_of(options) as session:
        sample = sample_id_of(session, options)
        status = set_steps(session.api_client, sample, steps, session.write)
    if status is None:
        raise CommandError(_CHANGED, exit_codes.FAILED)
    Output(options, STATUS_COLUMNS).write([{"sample": sample, **status}])
    return exit_codes.DONE


def run_qc_set(options: argparse.Namespace) -> int:
    """Set the QC result of a sample."""
    result = QcResult(options.coverage, options.number_of_het_snps, options.decision)
    with session_of(options) as session:
        sample = sample_id_of(session, options)
        api = QcResultApi(session.api_client)
        session.write(partial(api.samples_id_qc_result_put, sample, result))
        found = session.call(partial(api.samples_id_qc_result_get, sample))
    Output(options, QC_COLUMNS).write([{"sample": sample, **found.to_dict()}])
    if found != result:
        raise CommandError(_CHANGED, exit_codes.FAILED)
    return exit_codes.DONE


def run_event_add(options: argparse.Namespace) -> int:
    """Add an event to a sample, unless it has an equal one."""
    step = (options.event, options.software, options.software_version, options.start_time, options.duration)
    event = Event(None, *step, options.command_line)
    with session_of(options) as session:
        sample = sample_id_of(session, options)
        found, is_new = session.write(partial(find_or_add_event, session.api_client, sample, event))
    row = {key: getattr(found, name) for name, key in found.attribute_map.items()}
    Output(options, EVENT_COLUMNS).write([{"status": "created" if is_new else "existing", "sample": sample, **row}])
    return exit_codes.DONE
