"""What is built and installed: the wheel, the source archive and their metadata."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from archives import ROOT, build
from packaging.requirements import Requirement

import tracking_client

pytestmark = pytest.mark.once


def tracked_files() -> set[str]:
    """Return the files of the git repository. Skip the test in an unpacked source archive, which has none."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: nothing to compare the source archive with")
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return {name for name in done.stdout.split("\0") if name and (ROOT / name).exists()}


def test_sdist_contains_every_tracked_file(tmp_path):
    tracked = tracked_files()
    for name in tracked:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    with tarfile.open(build("sdist", tmp_path)) as archive:
        packed = {member.name.partition("/")[2] for member in archive if member.isfile()}
    generated = {"PKG-INFO", "setup.cfg"}
    assert {name for name in packed - generated if ".egg-info/" not in name} == tracked, "see MANIFEST.in"


def package_files(package: Path) -> set[str]:
    """Return the paths of a package's files, relative to the folder of the package, without caches."""
    paths = (path.relative_to(package.parent) for path in package.rglob("*") if path.is_file())
    return {path.as_posix() for path in paths if not re.search(r"\.pyc$|/\.", path.as_posix())}


def test_wheel_contains_every_file_of_the_package(wheel):
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == package_files(ROOT / "tracking_client"), "see package_data in setup.py"


def test_long_description_has_no_relative_links(metadata):
    text = metadata.get_payload()
    targets = re.findall(r"\]\(([^)]*)\)", text) + re.findall(r"(?:href|src)=[\"']?([^\"'>]*)", text)
    targets += re.findall(r"^ *\[[^\]]+\]: *(\S+)", text, re.MULTILINE)
    assert [target for target in targets if not re.match(r"https?:|mailto:", target)] == []
    assert "# tracking_client" in text


def test_long_description_keeps_the_text_of_the_readme(metadata):
    def words(text: str) -> list[str]:
        return re.findall(r"\w+", re.sub(r"\]\([^)]*\)", "]", text))

    assert words(metadata.get_payload()) == words((ROOT / "README.md").read_text(encoding="utf-8"))


def test_wheel_requires_the_packages_of_requirements_txt(metadata):
    required = {Requirement(line) for line in metadata.get_all("Requires-Dist")}
    listed = {Requirement(line) for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()}
    assert {requirement for requirement in required if requirement.marker is None} == listed


def test_classifiers_are_known_and_name_each_python_of_tox(metadata):
    classifiers = metadata.get_all("Classifier")
    versions = [int(minor) for minor in re.findall(r"Python :: 3\.(\d+)", "\n".join(classifiers))]
    assert metadata["Requires-Python"] == f">=3.{versions[0]}"
    (envs,) = re.findall(r"^ +full = (.*)$", (ROOT / "tox.ini").read_text(encoding="utf-8"), re.MULTILINE)
    assert [f"py3{minor}" for minor in versions] == re.findall(r"\bpy3\d+\b", envs)
    trove = pytest.importorskip("trove_classifiers")
    assert [each for each in classifiers if each not in trove.classifiers or each in trove.deprecated_classifiers] == []


def test_extra_testing_has_what_the_pytest_plugin_imports(entry_points, metadata):
    assert re.search(r"^\[pytest11\]\ntracking_client = tracking_client.testing.plugin$", entry_points, re.MULTILINE)
    required = map(Requirement, metadata.get_all("Requires-Dist"))
    extras = {each.name.lower() for each in required if each.marker and each.marker.evaluate({"extra": "testing"})}
    assert extras == {"pytest", "werkzeug"}


def test_console_script_is_importable(entry_points):
    scripts = re.findall(r"^tracking-client = ([\w.]+):(\w+)$", entry_points, re.MULTILINE)
    ((module, function),) = scripts
    done = subprocess.run([sys.executable, "-c", f"from {module} import {function}"], check=False, timeout=60)
    assert done.returncode == 0


@pytest.mark.skipif("TOX_ENV_NAME" not in os.environ, reason="only tox installs the wheel")
def test_installed_wheel_is_tested_not_the_source_tree():
    package = Path(tracking_client.__file__).parent
    assert "site-packages" in package.parts
    assert package_files(package) == package_files(ROOT / "tracking_client"), "if a deleted file is there: rm -r build"
