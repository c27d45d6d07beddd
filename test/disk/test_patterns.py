"""Patterns of paths."""

from __future__ import annotations

import pytest

from tracking_client._disk.patterns import matches


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.vcf", "run/a.vcf", True),
        ("*.vcf", "a.vcf.gz", False),
        ("run/*.vcf", "run/deep/a.vcf", False),
        ("run/**.vcf", "run/deep/a.vcf", True),
        ("run/**/a.vcf", "run/a.vcf", True),
        ("a_R[12].fastq", "a_R1.fastq", True),
        ("a_R[!1].fastq", "a_R1.fastq", False),
        ("?.vcf", "/.vcf", False),
        ("a.vcf", "axvcf", False),
        ("*", "a\nb", True),
        ("tmp/", "run/tmp/deep/a.vcf", True),
        ("tmp/", "run/tmp", False),
        ("tmp/", "run/xtmp/a.vcf", False),
        ("./a.vcf", "a.vcf", True),
        ("tmp", "run/tmp/deep/a.vcf", False),
        ("tmp*", "run/tmp/a.vcf", False),
        (".*/**", "./a.vcf", False),
        ("./run/*", "./run/a.vcf", True),
        ("[", "[", True),
        ("[ab", "[ab", True),
        ("[]", "[]", True),
    ],
)
def test_path_matches_pattern(pattern, path, expected):
    assert matches(path, ["nothing", pattern]) is expected


@pytest.mark.parametrize(
    ("pattern", "folder", "expected"),
    [
        ("tmp", "/tmp/run", True),
        ("deep/tmp", "/tmp/run", True),
        ("tmp*", "/tmp/run", False),
        ("tmp", "/tmp/run/deep/tmp", False),
        ("run", "/tmp/run", False),
        ("tmp", None, False),
    ],
)
def test_name_is_that_of_a_folder_below_the_one_that_is_searched(pattern, folder, expected):
    assert matches("/tmp/run/deep/tmp/a.vcf", [pattern], folder) is expected
