"""The commands for samples, and for what the service knows of them besides files."""

from __future__ import annotations

from argparse import ArgumentParser

from . import argument_types as types
from .declarations import Command, flag, option, options
from .exit_codes import BAD_SETTING, CONFLICT, DONE, FAILED, NOT_TRACKED, TEMPORARY
from .file_commands import CODES, add_jobs, add_manifest, add_names, add_sample, add_table_options

SAMPLE_COLUMNS = ("sample", "isolate", "experiment")
STATUS_COLUMNS = ("sample", *types.STEPS, "stage")
QC_COLUMNS = ("sample", "decision", "coverage", "number_of_het_snps")
EVENT_COLUMNS = ("status", "sample", "id", "name", "software", "software-version", "start-time", "duration", "command")
_FACTS = ("files", "qc-decision", "coverage", *types.STEPS, "stage", "last-event", "time", "message")
OVERVIEW_COLUMNS = (*SAMPLE_COLUMNS, *_FACTS)
"""As `bulk` has them."""

_CODES = (DONE, FAILED, NOT_TRACKED, CONFLICT, TEMPORARY, BAD_SETTING)


@Command()
def sample(parser: ArgumentParser) -> None:
    """Find, create, show or delete a sample.

    tracking-client sample find --isolate isolate_1
    tracking-client sample create --isolate isolate_1
    """


@Command("samples.run_find", SAMPLE_COLUMNS, codes=_CODES)
def sample_find(parser: ArgumentParser) -> None:
    """Find a sample by its names.

    tracking-client sample find --isolate isolate_1
    tracking-client sample find --experiment run_17 --columns sample --no-header
    """
    add_names(parser)


@Command("samples.run_create", SAMPLE_COLUMNS, codes=_CODES)
def sample_create(parser: ArgumentParser) -> None:
    """Find a sample by its names, or create it; a name that it lacks is added.

    tracking-client sample create --isolate isolate_1
    tracking-client sample create --isolate isolate_1 --experiment run_17
    """
    add_names(parser)


@Command("samples.run_show", SAMPLE_COLUMNS, codes=_CODES)
def sample_show(parser: ArgumentParser) -> None:
    """Show a sample.

    tracking-client sample show 3fa85f64-5717-4562-b3fc-2c963f66afa6
    tracking-client sample show 3fa85f64-5717-4562-b3fc-2c963f66afa6 --columns isolate --no-header
    """
    option(parser, "sample", "UUID", "the id of the sample", type=types.sample_id)


@Command("samples.run_delete_sample", codes=_CODES)
def sample_delete(parser: ArgumentParser) -> None:
    """Delete the record of a sample that has no files.

    tracking-client sample delete 3fa85f64-5717-4562-b3fc-2c963f66afa6
    tracking-client sample delete --yes 3fa85f64-5717-4562-b3fc-2c963f66afa6
    """
    flag(parser, "--yes", help="do not ask")
    option(parser, "sample", "UUID", "the id of the sample", type=types.sample_id)


@Command("records.run_status", OVERVIEW_COLUMNS, codes=CODES)
def status(parser: ArgumentParser) -> None:
    """Tell how far samples are, a row for each, in which time is when the last event began; or set steps of one.

    tracking-client status --isolate isolate_1 isolate_2
    tracking-client status --all --columns isolate,qc,stage
    tracking-client status set --isolate isolate_1 qc=complete
    """
    group = parser.add_mutually_exclusive_group()
    options(group, "--isolate", "I", "names of isolates", dest="isolates", type=types.name)
    options(group, "--experiment", "E", "names of experiments", dest="experiments", type=types.name)
    options(group, "--sample", "UUID", "ids of samples", dest="samples", type=types.sample_id)
    add_manifest(group)
    flag(group, "--all", help="all samples of the service")
    add_jobs(parser)
    add_table_options(parser.add_argument_group("manifests"))


@Command("records.run_status_set", STATUS_COLUMNS, codes=_CODES)
def status_set(parser: ArgumentParser) -> None:
    """Set steps of the status of a sample; the others are left alone, or pending where there is no status yet.

    tracking-client status set --isolate isolate_1 qc=complete
    tracking-client status set --isolate isolate_1 variant-calling=failed stage=deprecated
    """
    add_sample(parser)
    values = f"{', '.join(types.STEPS)}: {', '.join(types.STEP_STATUSES)}; stage: {', '.join(types.STAGES)}"
    option(parser, "steps", "STEP=STATUS", values, nargs="+", choices=types.STEP_VALUES)


@Command()
def qc(parser: ArgumentParser) -> None:
    """Set the QC result of a sample.

    tracking-client qc set --isolate isolate_1 --decision passed --coverage 87.5 --number-of-het-snps 12
    """


@Command("records.run_qc_set", QC_COLUMNS, codes=_CODES)
def qc_set(parser: ArgumentParser) -> None:
    """Set the QC result of a sample, which replaces an earlier one.

    tracking-client qc set --isolate isolate_1 --decision passed --coverage 87.5 --number-of-het-snps 12
    tracking-client qc set --experiment run_17 --decision failed --coverage 2 --number-of-het-snps 0
    """
    add_sample(parser)
    option(parser, "--decision", None, "the decision", choices=types.DECISIONS, required=True)
    option(parser, "--coverage", "X", "the sequencing coverage", type=types.amount, required=True)
    het_snps = "the number of heterozygous SNPs"
    option(parser, "--number-of-het-snps", "N", het_snps, type=types.number(0, types.MAX_INT), required=True)


@Command()
def event(parser: ArgumentParser) -> None:
    """Add an event to a sample: a processing step that it went through.

    tracking-client event add --isolate isolate_1 QC --software fastqc --software-version 0.12.1 \
        --start-time 1769851800 --duration 90s --command 'fastqc isolate_1_R1.fastq.gz'
    """


@Command("records.run_event_add", EVENT_COLUMNS, ("created", "existing"), _CODES)
def event_add(parser: ArgumentParser) -> None:
    """Add an event to a sample, unless it has an equal one.

    tracking-client event add --isolate isolate_1 QC --software fastqc --software-version 0.12.1 \
        --start-time 1769851800 --duration 90s --command 'fastqc isolate_1_R1.fastq.gz'
    tracking-client event add --isolate isolate_1 prediction --software mykrobe --software-version 0.13 \
        --start-time 2026-01-31T09:30:00Z --duration 1h --command ''
    """
    add_sample(parser)
    option(parser, "event", "NAME", ", ".join(types.EVENTS), choices=types.EVENTS)
    option(parser, "--software", "S", "the name of the software", required=True)
    option(parser, "--software-version", "V", "its version", required=True)
    start = (
        "when the step began: seconds since the epoch (date +%%s), or 2026-01-31T09:30:00Z, local time without a zone"
    )
    option(parser, "--start-time", "T", start, type=types.point_in_time, required=True)
    length = "how long it took, such as 90, 90s or 10m; the service stores milliseconds"
    option(parser, "--duration", "D", length, type=types.milliseconds, required=True)
    option(parser, "--command", "C", "the command that was run", dest="command_line", required=True)
