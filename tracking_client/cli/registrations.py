"""The commands that register files, or compare them with what is registered: ``register`` and ``check``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any

from .. import bulk
from ..exceptions import SampleNotFoundError
from . import exit_codes
from .errors import CommandError
from .files import cache_of
from .inputs import Inputs
from .output import shows_progress
from .results import ResultWriter
from .session import Session, session_of

_CODES_OF_CHECK = {bulk.ResultStatus.RENAMED: exit_codes.NOT_TRACKED}


def run_register(options: argparse.Namespace) -> int:
    """Register files with a sample, or each with that which its manifest names."""
    if options.create and options.sample is not None:
        raise CommandError("--create needs the names of a sample, not its id", exit_codes.USAGE)
    settings = {"create": options.create, "dry_run": options.dry_run}
    _require_samples(options)
    with session_of(options) as session:
        inputs = Inputs(options)
        writer = ResultWriter(options, inputs)
        return writer.write(_run(bulk.register, options, session, inputs, **settings))


def run_check(options: argparse.Namespace) -> int:
    """Tell what differs between files and what their samples have."""
    _require_samples(options)
    with session_of(options) as session:
        inputs = Inputs(options)
        writer = ResultWriter(options, inputs, _CODES_OF_CHECK)
        return writer.write(_run(bulk.compare, options, session, inputs))


def _require_samples(options: argparse.Namespace) -> None:
    """Raise an error if nothing can tell the samples of the files.

    Raises:
        CommandError: nothing can.
    """
    names = (options.sample, options.isolate, options.experiment)
    if not any(names) and not options.manifest:
        raise CommandError("give --sample, --isolate or --experiment, or --manifest", exit_codes.USAGE)


def _run(
    function: Callable[..., bulk.Results],
    options: argparse.Namespace,
    session: Session,
    inputs: Inputs,
    **settings: Any,
) -> Iterator[bulk.Result]:
    """Yield the results of a function of `bulk`.

    Raises:
        CommandError: samples do not exist.
    """
    try:
        yield from function(
            session.api_client,
            inputs.items,
            sample_id=options.sample,
            isolate_id=options.isolate,
            experiment_id=options.experiment,
            file_type=options.type,
            verify=options.verify or "md5sum",
            cache=cache_of(options),
            max_workers=options.jobs,
            patience=session.patience,
            progress=shows_progress(),
            **settings,
        )
    except SampleNotFoundError as error:
        listed = ", ".join(error.samples)
        hint = "; --create creates samples that are given by names" if function is bulk.register else ""
        raise CommandError(f"nothing was written, for there is no {listed}{hint}", exit_codes.FAILED) from error
