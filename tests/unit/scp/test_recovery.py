"""What a crash leaves, at each of its moments, made by hand: nothing is lost, and nothing doubled."""

import os
from datetime import UTC, datetime

import pytest

from scp.films import Film
from scp.outbox import Outbox, Parcel
from scp.spool import Spool
from tests.trials.traffic.exposures import exposures, part10
from tests.unit.scp.conftest import concluded, eventually, left, send, write_routes


def waiting(folder, film: bytes) -> Film:
    """A film in the spool, of which nobody knows."""
    spool = Spool(folder, 10**9, 0, 100)
    received = spool.incoming / "film.dcm"
    received.write_bytes(film)
    known = Film.of(film)
    spool.keep(received, known.id)
    return known


async def test_a_film_on_the_disk_that_the_ledger_does_not_know_is_taken_up(listen, client, tmp_path):
    (sent,) = exposures(1)
    known = waiting(tmp_path / "films", part10(sent))

    service = listen(gateway=str(client.base_url))

    assert await concluded(service, "assessed")
    assert service.ledger.films() == [(known.id, sent.SOPInstanceUID, "assessed")]


async def test_results_of_a_film_that_was_concluded_and_still_lies_in_the_spool_go_out_once(
    listen, client, tmp_path, pacs
):
    (sent,) = exposures(1)
    service = listen(gateway=str(client.base_url))
    await send(service, sent)
    assert await concluded(service, "assessed")

    waiting(tmp_path / "films", part10(sent))

    assert await eventually(lambda: not left(service))
    assert len(pacs.arrivals) == 3


async def test_what_was_queued_before_a_restart_is_delivered_after_it(listen, pacs, tmp_path):
    (sent,) = exposures(1)
    sent.SOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    sent.file_meta.MediaStorageSOPClassUID = sent.SOPClassUID
    known = Film.of(part10(sent))
    outbox = Outbox(tmp_path / "films", ["pacs"])
    outbox.keep(known.id, {"overlay": part10(sent)})
    outbox.enqueue([Parcel("pacs", known.id, "overlay")])

    service = listen()

    assert await eventually(lambda: sent.SOPInstanceUID in pacs.kept)
    assert await eventually(lambda: not service.outbox.due("pacs"))


async def test_what_was_being_received_is_gone_after_a_restart(listen, tmp_path):
    Spool(tmp_path / "films", 1, 0, 1)
    (tmp_path / "films" / "incoming" / "half.dcm").write_bytes(b"half")

    service = listen()

    assert list(service.spool.incoming.iterdir()) == []
    assert service.ledger.films() == []


def test_results_that_wait_for_a_peer_are_kept_however_old(tmp_path):
    outbox = Outbox(tmp_path, ["pacs"])
    for film in ("waits", "delivered"):
        outbox.keep(film, {"sr": b"report"})
        os.utime(tmp_path / "objects" / film, (0, 0))
    outbox.enqueue([Parcel("pacs", "waits", "sr")])

    assert outbox.prune(keep_s=1) == 1
    assert outbox.open(Parcel("pacs", "waits", "sr")) == b"report"
    assert outbox.open(Parcel("pacs", "delivered", "sr")) is None


async def test_a_dead_letter_can_be_assessed_again(listen, client, tmp_path, pacs):
    (sent,) = exposures(1)
    known = waiting(tmp_path / "films", part10(sent))
    service = listen(gateway=str(client.base_url))
    assert await concluded(service, "assessed")
    other = waiting(tmp_path / "films2", part10(sent))
    assert other.id == known.id
    spool = Spool(tmp_path / "films2", 10**9, 0, 100)
    spool.bury(known.id, "gateway-lost")
    assert spool.dead() == {known.id: "gateway-lost"}

    assert spool.revive(known.id)

    assert [each.film for each in spool.waiting()] == [known.id]
    assert spool.dead() == {}
    assert not spool.revive(known.id)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pynetdicom leaves its socket to chance
async def test_a_peer_that_is_away_gets_everything_when_it_is_back(listen, client, pacs):
    pacs.stop()
    service = listen(gateway=str(client.base_url))
    await send(service, *exposures(2))
    assert await eventually(lambda: service.ledger.counts()["assessed"] == 2)
    assert await eventually(lambda: service.status()["routes"]["pacs"]["error"] == "cannot be reached")
    assert service.status()["routes"]["pacs"]["queued"] == 6

    pacs.start()

    assert await concluded(service, "assessed", 2)
    assert len(pacs.kept) == 6
    assert service.status()["routes"]["pacs"]["error"] == ""


async def test_what_a_peer_refuses_is_put_aside_and_can_be_sent_again(listen, client, pacs):
    from scp.peers.opened import session
    from scp.reconcile import missing

    pacs.status = 0xC123
    service = listen(gateway=str(client.base_url))
    await send(service, *exposures(1))
    assert await eventually(lambda: len(service.outbox.undelivered("pacs")) == 3)
    assert service.status()["routes"]["pacs"]["error"] == "C-STORE status 0xC123"

    def lacking() -> list[str]:
        with session(service.carriers[0].route, "CXRCASCADE") as peer:
            return [made.kind for made in missing(service.carriers[0].route, service.ledger, peer)]

    assert sorted(lacking()) == ["lungs", "overlay", "sr"]
    pacs.status = 0
    service.outbox.enqueue(service.outbox.undelivered("pacs"))

    assert await eventually(lambda: len(pacs.kept) == 3)
    assert await eventually(lambda: lacking() == [])


async def test_a_peer_that_is_full_is_tried_again(listen, client, pacs):
    pacs.status = 0xA700
    service = listen(gateway=str(client.base_url))
    await send(service, *exposures(1))
    assert await eventually(lambda: service.status()["routes"]["pacs"]["error"] == "out of resources")

    pacs.status = 0

    assert await concluded(service, "assessed")
    assert len(pacs.kept) == 3


async def test_a_route_gets_only_the_outcomes_and_results_that_it_asks_for(listen, client, pacs, tmp_path, torchserve):
    torchserve.refuse("rotated")
    path = write_routes(tmp_path / "only.yaml", pacs.port, results=["overlay"], outcomes=["assessed"])
    service = listen(gateway=str(client.base_url), routes=path)
    await send(service, *exposures(1))

    assert await concluded(service, "refused")
    assert pacs.arrivals == []
    assert datetime.now(UTC) > service.ledger.history(service.ledger.films()[0][0])[0][0].replace(tzinfo=UTC)
