"""Entries and results that are passed on to another run: nothing that is known of them is lost."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from clients import client_for

import tracking_client
from tracking_client import File, SampleApi
from tracking_client.bulk import ServiceUnavailableError, compare, owners, read_manifest, register
from tracking_client.testing.fixture import TrackingServiceFixture, running_fixture

pytestmark = pytest.mark.once

A, B = (hashlib.md5(text.encode()).hexdigest() for text in "ab")


@pytest.fixture
def service() -> Iterator[TrackingServiceFixture]:
    """Yield a service of its own."""
    with running_fixture() as service:
        yield service


@pytest.fixture
def client(service: TrackingServiceFixture) -> Iterator[tracking_client.ApiClient]:
    """Yield a client of that service."""
    with client_for(service.host) as client:
        yield client


def write_study(folder: Path, *rows: str) -> Path:
    """Write a table, and a file that it may name."""
    (folder / "a.vcf").write_text("a")
    table = folder / "study.csv"
    table.write_text("\n".join(["isolate,experiment,path,md5", *rows]))
    return table


def names(client: tracking_client.ApiClient) -> list[tuple[str | None, str | None]]:
    return [(sample.isolate_id, sample.experiment_id) for sample in SampleApi(client).samples_get()]


def test_results_of_a_dry_run_keep_the_name_that_their_sample_lacks(service, client, tmp_path):
    service.sample("i")
    table = write_study(tmp_path, "i,e,a.vcf,")
    dry = register(client, read_manifest(table), create=True, dry_run=True)
    assert dry[0].entry.experiment_id == "e"
    assert register(client, dry.only("would-create"), create=True).counts == {"created": 1}
    assert names(client) == [("i", "e")]


def test_results_of_a_comparison_keep_the_name_that_their_sample_lacks(service, client, tmp_path):
    service.sample(experiment_id="e")
    table = write_study(tmp_path, "i,e,a.vcf,")
    compared = compare(client, read_manifest(table)).only("unregistered")
    assert compared[0].entry.isolate_id == "i"
    assert register(client, compared).counts == {"conflict": 1}  # as when the manifest itself is passed
    assert names(client) == [(None, "e")]


def test_what_an_outage_leaves_keeps_the_name_that_its_sample_lacks(service, client, tmp_path):
    service.sample("i")
    table = write_study(tmp_path, "i,e,a.vcf,")
    service.fail("PATCH /samples/*", status=401, times=None)  # which ends a run at once
    with pytest.raises(ServiceUnavailableError) as caught:
        register(client, read_manifest(table), create=True)
    service.recover()
    assert register(client, caught.value.left, create=True).counts == {"created": 1}
    assert names(client) == [("i", "e")]


def test_owner_of_a_file_has_its_own_names_only(service, client, tmp_path):
    register(client, File(A, "a.vcf", "vcf"), sample_id=service.sample("i"))
    (result,) = owners(client, read_manifest(write_study(tmp_path, f"j,e,a.vcf,{A}")))
    assert (result.entry.isolate_id, result.entry.experiment_id) == ("i", None)
