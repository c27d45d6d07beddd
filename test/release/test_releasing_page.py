"""The page about releases: what it names exists."""

from __future__ import annotations

import configparser
import re
import shlex

import pytest
from archives import ROOT

PAGE = (ROOT / "docs" / "releasing.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line) for line in re.findall(r"^(?: {4}){1,2}(?=\w)(.*)$", PAGE, re.MULTILINE)]

PROGRAMS = {"docker", "git", "pytest", "rattler-build", "tox", "twine"}

pytestmark = pytest.mark.once


def environments() -> dict[str, configparser.SectionProxy]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "tox.ini", encoding="utf-8")
    return {name.partition(":")[2]: parser[name] for name in parser.sections() if ":" in name}


def test_programs_of_the_commands_are_known():
    assert {command[0] for command in COMMANDS} == PROGRAMS


def test_environments_of_tox_exist():
    named = re.findall(r"\btox -e (\w+)", PAGE)
    assert "release" in named
    assert set(named) <= set(environments())


def test_files_exist():
    named = re.findall(
        r"(?<![\w/.])\.?\w[\w.-]*/[\w./-]+\w", re.sub(r"https?://\S+|tracking:/data|\]\(.*?\)", "", PAGE)
    )
    paths = [path for path in named if path not in ("api/v1", "build/conda")]
    assert ".ci/Containerfile" in paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_release_uploads_nothing():
    commands = environments()["release"]["commands"]
    assert "twine check --strict" in commands
    assert not re.search(r"\b(upload|push)\b", commands)
