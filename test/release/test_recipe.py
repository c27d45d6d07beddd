"""The recipe of the conda package."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml
from archives import ROOT, copy_sources
from packaging.requirements import Requirement

RECIPE = ROOT / ".ci" / "conda" / "recipe.yaml"

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def recipe() -> dict:
    """Return the recipe, with the values of `context` in place of their names."""
    text = RECIPE.read_text(encoding="utf-8")
    context = yaml.safe_load(text)["context"]
    return yaml.safe_load(re.sub(r"\$\{\{ (\w+) \}\}", lambda match: context[match[1]], text))


def requirements(items: list[str]) -> set[Requirement]:
    return {Requirement(item) for item in items}


def test_run_requirements_are_those_of_the_package(recipe, metadata):
    required = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    required.append(f"python{metadata['Requires-Python']}")
    assert requirements(recipe["requirements"]["run"]) == requirements(required)


def test_run_constraints_are_what_the_extras_require(recipe, metadata):
    required = [line.partition(";")[0].lower() for line in metadata.get_all("Requires-Dist") if "extra ==" in line]
    assert requirements(recipe["requirements"]["run_constraints"]) == requirements(required)


def test_host_has_the_build_requirements(recipe):
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    required = re.findall(r'"(.+?)"', re.search(r"^requires = \[(.*)\]$", lines, re.MULTILINE)[1])
    host = [item for item in recipe["requirements"]["host"] if not re.match(r"(python|pip)\b", item)]
    assert requirements(host) == requirements(required)


def test_entry_points_and_texts_are_those_of_the_package(recipe, metadata, entry_points):
    (section,) = re.findall(r"^\[console_scripts\]\n((?:.+\n)+)", entry_points, re.MULTILINE)
    assert recipe["build"]["python"]["entry_points"] == section.splitlines()
    about = recipe["about"]
    assert (about["summary"], about["license"]) == (metadata["Summary"], metadata["License"])
    assert (RECIPE.parent / recipe["source"]["path"] / about["license_file"]).is_file()


def test_recipe_is_valid():
    rattler_build = pytest.importorskip("rattler_build")
    (rendered,) = rattler_build.Stage0Recipe.from_file(RECIPE).render()
    assert rendered.recipe.package.name == "tracking-client"


@pytest.mark.slow
def test_package_is_built_and_its_tests_pass(recipe, tmp_path):
    rattler_build = pytest.importorskip("rattler_build")
    from conda_channel import make_channel

    (tmp_path / "temporary").mkdir()
    needed = [line for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines() if line]
    make_channel(tmp_path / "channel", tmp_path / "temporary", [*needed, "pip", "setuptools", "werkzeug"])
    path = sources_for_this_python(tmp_path / "sources", recipe["context"]["python_min"])
    channels = [(tmp_path / name).as_uri() for name in ("channel", "output")]
    (built,) = rattler_build.Stage0Recipe.from_file(path).run_build(
        output_dir=tmp_path / "output", channels=channels[:1]
    )
    package = rattler_build.Package.from_file(built.packages[0])
    results = package.run_tests(channel=channels)
    assert [result.output for result in results if not result.success] == []
    assert len(results) == len(recipe["tests"])


def sources_for_this_python(target: Path, oldest: str) -> Path:
    """Copy the sources and the recipe, for this Python in place of the oldest one. Return the recipe's path."""
    target.mkdir()
    copy_sources(target)
    path = target / RECIPE.relative_to(ROOT)
    path.parent.mkdir(parents=True)
    text = RECIPE.read_text(encoding="utf-8")
    path.write_text(text.replace(f'"{oldest}"', '"{}.{}"'.format(*sys.version_info)), encoding="utf-8")
    return path
