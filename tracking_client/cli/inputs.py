"""What a command is to work on: files, folders, md5sums and manifests, as its options name them."""

from __future__ import annotations

import argparse
import codecs
import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .. import bulk
from .._disk.file_types import is_known_type, is_manifest_name
from .._disk.folders import files_below
from .._disk.patterns import matches
from ..argument_errors import ApiFileError, ApiValueError, OpenApiException
from ..bulk._entries import first_notes, is_md5sum
from ..exceptions import ManifestError
from . import exit_codes
from .errors import CommandError, in_words_of_options
from .output import tell


class Inputs:
    """The items of a command.

    Args:
        options: the options of `file_commands.add_inputs`.

    Attributes:
        items: what the functions of `bulk` take. A path that cannot be used is a failed result.
        skipped: the number of files that are skipped because they are still being written.

    Raises:
        CommandError: there is nothing to work on.
        ManifestError, ApiFileError: a manifest cannot be used.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.items: list[Any] = [*options.md5]
        self.skipped = 0
        self._options = options
        self._validate()
        self._oldest = time.time() - options.min_age
        for path in (*options.paths, *_listed(options)):
            self._add_path(path)
        for source in options.manifest:
            self._add_manifest(source)
        if not self.items:
            code = exit_codes.TEMPORARY if self.skipped else exit_codes.BAD_INPUT
            raise CommandError("every file was changed too recently" if self.skipped else "there are no files", code)

    def paths(self) -> list[str]:
        """Return the paths of all files that are read."""
        texts = [*self._options.manifest, *filter(None, [self._options.files_from])]
        texts = ["/dev/stdin" if text == "-" else text for text in texts]
        entries = [item for item in self.items if isinstance(item, bulk.Entry)]
        entries += [entry for item in self.items if isinstance(item, bulk.Manifest) for entry in item]
        return [*texts, *(entry.path for entry in entries if entry.path is not None)]

    def _validate(self) -> None:
        """Validate the options that name files.

        Raises:
            CommandError: standard input is closed, or to be read twice; or an option does not fit another one.
        """
        listed = self._options.files_from
        count = [*self._options.manifest, listed].count("-")
        is_manifest = listed is not None and is_manifest_name(listed)
        problems = {
            "standard input can be read once: give - once": count > 1,
            "standard input is closed": count and sys.stdin is None,
            "--null is for --files-from": self._options.null and listed is None,
            f"{listed!r} is a manifest by its name, and no list of paths: give it with --manifest": is_manifest,
        }
        for problem in filter(problems.get, problems):
            raise CommandError(problem, exit_codes.USAGE)

    def _add_path(self, path: str) -> None:
        try:
            if not path:
                raise ApiValueError("Invalid path '', must not be empty")
            if self._options.command == "where" and is_md5sum(path):
                self.items.append(path)
                return
            found, unreadable = files_below(path) if os.path.isdir(path) else ([path], [])
            if not found and not unreadable:
                raise ApiFileError(f"there is no FASTQ or VCF below the folder {path!r}")
            if found == [path] and self._options.type is None:
                _require_known_type(path)
            self.items += self._wanted((bulk.Entry(each) for each in found), None if found == [path] else path)
            for folder, error in unreadable:
                self.items += [] if matches(f"{folder}/.", self._options.exclude, path) else [_failed(folder, error)]
        except OpenApiException as error:
            self.items.append(_failed(path, error))

    def _add_manifest(self, source: str) -> None:
        options = self._options
        if is_known_type(source):
            raise CommandError(f"{source!r} is not a manifest but a file: give it before --manifest", exit_codes.USAGE)
        try:
            manifest = bulk.read_manifest(
                sys.stdin.buffer if source == "-" else source,
                strict=not options.skip_bad_lines,
                root=options.root,
                columns=_columns(options.column),
                missing=options.missing,
                encoding=options.encoding,
                sheet=options.sheet,
            )
        except (ManifestError, ApiFileError) as error:
            if not options.skip_bad_lines:
                raise
            entry = bulk.Entry(source=bulk.Source(source, 1))
            self.items.append(bulk.Result(entry, entry, bulk.ResultStatus.FAILED, error=error))
            return
        for note in first_notes(manifest):
            tell(f"{source}: {in_words_of_options(note)}", is_error=False)
        entries = [*self._wanted(manifest)]
        if entries or manifest.problems:
            name = "-" if source == "-" else manifest.name
            self.items.append(bulk.Manifest(manifest.kind, entries, manifest.problems, manifest.notes, name=name))

    def _wanted(self, entries: Iterable[bulk.Entry], folder: str | None = None) -> Iterator[bulk.Entry]:
        """Yield the entries that the patterns do not leave out, and whose files have not been changed just now.

        Args:
            entries: the entries.
            folder: the folder in which their files were found, if any.
        """
        for entry in entries:
            if entry.path is not None and not self._is_included(entry.path, folder):
                continue
            if entry.path is not None and self._is_new(entry.path):
                self.skipped += 1
                tell(f"skipped, it was changed less than --min-age ago: {entry.path}", is_error=False)
                continue
            yield entry

    def _is_included(self, path: str, folder: str | None) -> bool:
        include, exclude = self._options.include, self._options.exclude
        return (not include or matches(path, include, folder)) and not matches(path, exclude, folder)

    def _is_new(self, path: str) -> bool:
        try:
            return bool(self._options.min_age) and os.stat(path).st_mtime > self._oldest
        except OSError:
            return False


def _columns(chosen: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the names of columns by what they contain, none where an option has none."""
    columns: dict[str, list[str]] = {}
    for kind, name in chosen:
        columns.setdefault(kind, []).extend([name] if name else [])
    return columns


def _failed(path: str, error: Exception) -> bulk.Result:
    return bulk.Result(path, bulk.Entry(), bulk.ResultStatus.FAILED, error=error)


def _require_known_type(path: str) -> None:
    """Raise an error if the name of a path is not that of a FASTQ or VCF.

    Raises:
        ApiValueError: it is not. The message says what to do.
    """
    if is_md5sum(path) and not os.path.lexists(path):
        raise ApiValueError(f"there is no file {path!r}; if it is an md5sum: known --md5 and where take it")
    if is_manifest_name(path):
        raise ApiValueError(f"{path!r} is a manifest by its name: give it with --manifest")
    if not is_known_type(path) and not os.path.lexists(path):
        raise ApiFileError(f"there is no file or folder {path!r}")
    if not is_known_type(path):
        raise ApiValueError(f"{path!r} is neither a FASTQ nor a VCF by its name: say --type fastq or --type vcf")


def _listed(options: argparse.Namespace) -> list[str]:
    """Return the paths in the file of ``--files-from``."""
    source = options.files_from
    if source is None:
        return []
    try:
        content = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read --files-from: {error}", exit_codes.BAD_INPUT) from error
    if b"\0" in content and not options.null:
        raise CommandError("the paths in --files-from end with NUL: say --null", exit_codes.USAGE)
    content = content.removeprefix(codecs.BOM_UTF8)
    lines = content.split(b"\0") if options.null else content.splitlines()
    return [os.fsdecode(line) for line in lines if line]
