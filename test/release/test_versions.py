"""The version, which the metadata, the changelog, the recipe and the tag repeat; and the form of the changelog."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml
from archives import ROOT
from packaging.version import Version

import tracking_client

GROUPS = ["Added", "Changed", "Fixed", "Removed"]
HEADING = re.compile(r"^## (\S+) \((\d{4}-\d\d-\d\d|unreleased)\)$", re.MULTILINE)

pytestmark = pytest.mark.once


def changelog() -> str:
    return (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def tags(*arguments: str) -> set[str]:
    """Return the tags of versions that `git tag` prints. Skip the test in an unpacked source archive."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: it has no tags")
    command = ["git", "-C", str(ROOT), "tag", "--list", "v*", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def tag_problem(version: str, date: str, tags_here: set[str], all_tags: set[str]) -> str | None:
    """Return what is wrong with the tags of versions.

    Args:
        version: The version in `version.py`.
        date: What the newest heading of the changelog has in parentheses.
        tags_here: The tags of this commit.
        all_tags: The tags of all commits.
    """
    tag = f"v{version}"
    if tags_here - {tag}:
        return f"the tag of this commit should be {tag}"
    if tag in tags_here:
        return "the changelog has no date for the version that is tagged" if date == "unreleased" else None
    return f"another commit is {tag}: raise the version in version.py" if tag in all_tags else None


def test_metadata_has_the_version(metadata):
    assert metadata["Version"] == tracking_client.__version__


def test_newest_version_of_the_changelog_is_the_version():
    assert HEADING.findall(changelog())[0][0] == tracking_client.__version__


def test_recipe_has_the_version():
    recipe = yaml.safe_load((ROOT / ".ci" / "conda" / "recipe.yaml").read_text(encoding="utf-8"))
    assert recipe["context"]["version"] == tracking_client.__version__


def test_tag_is_the_version():
    _, date = HEADING.findall(changelog())[0]
    problem = tag_problem(tracking_client.__version__, date, tags("--points-at", "HEAD"), tags())
    assert problem is None


@pytest.mark.parametrize(
    ("date", "tags_here", "all_tags", "problem"),
    [
        ("unreleased", set(), set(), None),
        ("unreleased", set(), {"v0.1.0"}, None),
        ("2026-12-01", {"v0.2.0"}, {"v0.1.0", "v0.2.0"}, None),
        ("unreleased", {"v0.2.0"}, {"v0.2.0"}, "no date"),
        ("2026-12-01", {"v0.3.0"}, {"v0.3.0"}, "should be v0.2.0"),
        ("2026-12-01", set(), {"v0.2.0"}, "raise the version"),
    ],
)
def test_tag_that_does_not_agree_is_a_problem(date, tags_here, all_tags, problem):
    found = tag_problem("0.2.0", date, tags_here, all_tags)
    assert found is None if problem is None else problem in found


def test_sections_of_the_changelog_are_versions_the_newest_first():
    headings = HEADING.findall(changelog())
    assert len(headings) == len(re.findall("^## ", changelog(), re.MULTILINE)), f"a heading is not {HEADING.pattern}"
    versions = [Version(version) for version, _ in headings]
    assert versions == sorted(set(versions), reverse=True)
    dates = [date for _, date in headings]
    assert "unreleased" not in dates[1:]
    assert dates[1:] == sorted(dates[1:], reverse=True)


def test_entries_of_the_changelog_are_grouped():
    for section in re.split("^## ", changelog(), flags=re.MULTILINE)[1:]:
        before, *groups = re.split("^### ", section, flags=re.MULTILINE)
        names = [group.partition("\n")[0] for group in groups]
        assert names
        assert names == [name for name in GROUPS if name in names]
        assert "\n- " not in before, "an entry is in no group"
