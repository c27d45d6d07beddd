"""Search for the samples of md5sums, on the embedded service."""

from __future__ import annotations

import hashlib

import pytest
from clients import client_for
from scripted_server import refused_host

from tracking_client import ApiClient, ApiValueError, File, FileApi, SampleApi, ServiceException
from tracking_client.bulk import Entry, ServiceUnavailableError, owners
from tracking_client.testing.fixture import TrackingServiceFixture


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def add(client: ApiClient, sample_id: str, name: str) -> File:
    """Register a file whose content is its name."""
    return FileApi(client).samples_id_files_post(sample_id, File(md5(name), name, "vcf"))


def requests(service: TrackingServiceFixture, ending: str) -> int:
    return sum(str(request).endswith(ending) for request in service.requests)


def test_samples_of_md5sums(service, client):
    ids = [service.sample(f"isolate {number}", f"experiment {number}") for number in range(20)]
    files = [add(client, sample_id, f"{number}.vcf") for number, sample_id in enumerate(ids)]
    results = owners(client, [files[3].md5sum, md5("other"), files[17].md5sum.upper(), files[3]])
    assert [result.status for result in results] == ["tracked", "untracked", "tracked", "tracked"]
    assert [result.sample_id for result in results] == [ids[3], None, ids[17], ids[3]]
    assert results[0].tracked == files[3]
    assert results[0].entry == Entry(None, files[3].md5sum, None, None, "isolate 3", "experiment 3", ids[3])
    assert results[1].entry == Entry(md5sum=md5("other"))


def test_items_of_any_kind(service, client, tmp_path):
    """A file is read if its md5sum is not known, and only then."""
    sample_id = service.sample()
    for name in ("a.vcf", "b.vcf"):
        add(client, sample_id, name)
        (tmp_path / name).write_text(name)
    (tmp_path / "b.vcf").write_text("changed")
    items = [tmp_path, Entry(path=str(tmp_path / "b.vcf"), md5sum=md5("b.vcf")), tmp_path / "missing.vcf", "x"]
    results = owners(client, items)
    assert [result.status for result in results] == ["tracked", "untracked", "tracked", "failed", "failed"]


def test_file_of_a_deleted_sample_is_a_conflict(service, client):
    deleted = service.sample()
    file = add(client, deleted, "a.vcf")
    SampleApi(client).samples_id_delete(deleted)
    service.sample()
    (result,) = owners(client, file.md5sum)
    assert (result.status, result.sample_id, result.tracked) == ("conflict", None, file)
    assert result.message == "registered, but no sample has it"


def test_no_further_list_is_read_when_all_are_found(service, client):
    first = service.sample()
    file = add(client, first, "a.vcf")
    for _ in range(60):
        service.sample()
    owners(client, [file.md5sum], max_workers=1)
    assert requests(service, "/files") < 30
    assert requests(service, f"GET /files/{file.md5sum}") == 0


def test_without_a_usable_item_nothing_is_sent(service, client):
    assert owners(client, ["x"]).counts == {"failed": 1}
    assert len(owners(client, [])) == 0
    assert service.requests == []


def test_list_that_cannot_be_read_is_not_told_as_untracked(service, client):
    """An md5sum that another sample has, or that the service does not have, is known all the same."""
    first, second = service.sample(), service.sample()
    hidden, found = add(client, first, "a.vcf"), add(client, second, "b.vcf")
    service.fail(f"GET /samples/{first}/files", status=500, times=None)
    results = owners(client, [hidden.md5sum, found.md5sum, md5("other")])
    assert [result.status for result in results] == ["failed", "tracked", "untracked"]
    assert isinstance(results[0].error, ServiceException)
    assert results[0].tracked == hidden


def test_sample_that_is_deleted_while_lists_are_read_has_no_files(service, client):
    deleted, other = service.sample(), service.sample()
    orphan = add(client, deleted, "a.vcf")
    SampleApi(client).samples_id_delete(deleted)
    service.fail(f"GET /samples/{other}/files", status=404, times=None)
    results = owners(client, [orphan.md5sum, md5("other")])
    assert [result.status for result in results] == ["conflict", "untracked"]


def test_samples_that_cannot_be_listed(service, client):
    service.fail("GET /samples", status=500, times=None)
    with pytest.raises(ServiceException):
        owners(client, md5("a"))


def test_progress_counts_samples(service, client):
    for _ in range(5):
        service.sample()
    told: list[tuple[int, int | None]] = []
    owners(client, md5("a"), progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 1), *((number, 5) for number in range(1, 6)), (1, 1)]


def test_outage(service, client):
    """What was found before the outage is definite."""
    sample_id = service.sample()
    file = add(client, sample_id, "a.vcf")
    service.fail("GET /files/*", times=None)
    with pytest.raises(ServiceUnavailableError) as caught:
        owners(client, [md5("other"), file, "x"], patience=0)
    assert [result.status for result in caught.value.results] == ["tracked", "failed"]
    left = list(caught.value.left)
    service.recover()
    assert owners(client, left).counts == {"untracked": 1}


def test_service_that_has_never_responded_is_not_waited_for(caplog):
    with client_for(refused_host()) as client, pytest.raises(ServiceUnavailableError):
        owners(client, md5("a"))
    assert "waiting for it" not in caplog.text


def test_invalid_argument_is_rejected(client):
    with pytest.raises(ApiValueError):
        owners(client, md5("a"), max_workers=0)
