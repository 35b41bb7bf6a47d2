import asyncio
import contextlib
import socket
import threading

import pytest
from pydicom import uid
from pynetdicom import AE

from scp.connections import MAX_SILENT, Connections
from scp.settings import Settings
from tests.trials.traffic.exposures import exposures
from tests.unit.conftest import free_port
from tests.unit.scp.conftest import SHORT, admitted, concluded, eventually, send, still_open

TEN_LOOKS_S = 10 * SHORT.look_s


def film(number: int = 0):
    return list(exposures(number + 1))[number]


async def test_echo_is_answered(listen):
    assert await send(listen()) == [0x0000]


async def test_a_film_is_on_the_disk_when_its_sender_hears_success(listen):
    service = listen()

    assert await send(service, film()) == [0x0000]

    (waiting,) = service.spool.waiting()
    assert service.spool.path(waiting.film).read_bytes()[128:132] == b"DICM"
    assert service.ledger.state(waiting.film) == "received"


async def test_a_film_goes_through_the_gateway_and_its_results_to_the_pacs(listen, client, pacs):
    service = listen(gateway=str(client.base_url))
    sent = film()

    await send(service, sent)

    assert await concluded(service, "assessed")
    assert sorted(kept.Modality for kept in pacs.kept.values()) == ["OT", "SEG", "SR"]
    assert {kept.StudyInstanceUID for kept in pacs.kept.values()} == {sent.StudyInstanceUID}
    assert {kept.PatientID for kept in pacs.kept.values()} == {sent.PatientID}
    assert service.spool.count_waiting() == 0


async def test_results_of_the_same_film_sent_again_are_not_delivered_again(listen, client, pacs):
    service = listen(gateway=str(client.base_url))
    for _ in range(3):
        assert await send(service, film()) == [0x0000]
        assert await concluded(service, "assessed")

    assert len(pacs.arrivals) == 3  # SR, SEG and SC, once each
    assert len(service.ledger.films()) == 1
    assert len(service.ledger.made()) == 3


async def test_the_same_film_under_new_models_gets_new_results_that_name_the_old(listen, client, pacs, torchserve):
    service = listen(gateway=str(client.base_url))
    await send(service, film())
    assert await concluded(service, "assessed")
    (old,) = pacs.of("SR")
    torchserve.digests["classifier"] = "second"
    while (await client.get("/readyz")).json()["stages"]["classifier"]["digest"] != "second":
        await asyncio.sleep(0.05)

    await send(service, film())

    assert await eventually(lambda: len(pacs.of("SR")) == 2)
    assert await concluded(service, "assessed")
    (new,) = [each for each in pacs.of("SR") if each.SOPInstanceUID != old.SOPInstanceUID]
    series = new.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0]
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == old.SOPInstanceUID


async def test_a_refused_film_is_reported_and_has_no_lungs(listen, client, pacs, torchserve):
    torchserve.refuse("lateral_view")
    service = listen(gateway=str(client.base_url))

    await send(service, film())

    assert await concluded(service, "refused")
    assert sorted(kept.Modality for kept in pacs.kept.values()) == ["OT", "SR"]


async def test_films_wait_while_the_gateway_is_away_and_go_on_when_it_is_back(listen, start, pacs):
    port = free_port()
    service = listen(gateway=f"http://127.0.0.1:{port}")
    sent = list(exposures(3))
    assert await send(service, *sent) == [0, 0, 0]
    await asyncio.sleep(TEN_LOOKS_S)
    assert service.spool.count_waiting() == 3

    await start(port=port)

    assert await concluded(service, "assessed", 3)
    assert len(pacs.of("SR")) == 3


async def test_a_film_that_cannot_be_read_goes_to_the_dead_letters_and_is_reported(listen, client, pacs):
    poison = film()
    poison.PixelData = poison.PixelData[:100]
    service = listen(gateway=str(client.base_url))

    assert await send(service, poison) == [0x0000]

    assert await concluded(service, "failed")
    (reason,) = service.spool.dead().values()
    assert reason == "malformed"
    (notice,) = pacs.of("SR")
    assert "not available" in str(notice).lower()


async def test_one_kind_of_notice_that_cannot_be_written_takes_no_other_with_it(listen, client, pacs, monkeypatch):
    monkeypatch.setattr("scp.postroom.write_oru_problem", lambda *_: 1 / 0)
    poison = film()
    poison.PixelData = poison.PixelData[:100]
    service = listen(gateway=str(client.base_url))

    await send(service, poison)

    assert await concluded(service, "failed")
    assert len(pacs.of("SR")) == 1


async def test_poison_does_not_hold_up_the_films_behind_it(listen, client, pacs):
    poison, *others = exposures(4)
    poison.PixelData = poison.PixelData[:100]
    service = listen(gateway=str(client.base_url))

    await send(service, poison, *others)

    assert await concluded(service, "assessed", 3)


async def test_a_film_that_waits_too_long_is_told_once_and_assessed_later(listen, start, pacs):
    port = free_port()
    service = listen(gateway=f"http://127.0.0.1:{port}", answer_within_s=0.1)
    await send(service, film())
    assert await eventually(lambda: len(pacs.of("SR")) == 1)
    (notice,) = pacs.of("SR")
    assert service.ledger.counts()["failed"] == 1
    assert service.spool.count_waiting() == 1

    await start(port=port)

    assert await concluded(service, "assessed")
    reports = pacs.of("SR")
    assert len(reports) == 2
    (report,) = [each for each in reports if each.SOPInstanceUID != notice.SOPInstanceUID]
    (study,) = report.PredecessorDocumentsSequence
    assert study.ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID == notice.SOPInstanceUID


async def test_our_own_results_that_come_back_are_left_alone(listen, client, pacs):
    service = listen(gateway=str(client.base_url))
    await send(service, film())
    assert await concluded(service, "assessed")
    (overlay,) = pacs.of("OT")
    overlay.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    arrived = len(pacs.arrivals)

    assert await send(service, overlay, title="PACS") == [0x0000]
    await asyncio.sleep(TEN_LOOKS_S)

    assert len(service.ledger.films()) == 1
    assert len(pacs.arrivals) == arrived


async def test_a_stranger_is_rejected_and_a_peer_on_the_list_is_not(listen):
    service = listen(peers="CR1@127.0.0.1, CR2@10.0.0.1")

    assert await send(service, title="CR1") == [0x0000]
    assert await send(service, title="CR2") == []  # from another address
    assert await send(service, title="CR3") == []


async def test_who_calls_another_ae_title_is_rejected(listen):
    assert await send(listen(), called="SOMEONE") == []


async def test_a_disk_that_has_no_room_for_a_film_is_told_before_one_begins_to_come(listen):
    service = listen(max_film_bytes=10**18)  # more than any disk has

    assert await send(service) == []
    service.spool.max_film_bytes = 10**6
    assert await send(service) == [0x0000]


async def test_a_full_disk_is_told_and_the_film_is_still_the_senders(listen):
    service = listen(max_waiting=1)
    first, second = exposures(2)

    assert await send(service, first, second) == [0x0000, 0xA700]
    assert service.spool.count_waiting() == 1
    assert list(service.spool.incoming.iterdir()) == []


async def test_a_film_that_is_too_large_is_refused(listen):
    service = listen(max_film_bytes=1000)

    assert await send(service, film()) == [0xC000]
    assert service.ledger.films() == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # pynetdicom's, when it stops
async def test_a_silent_peer_holds_up_nobody(listen):
    service = listen()
    with socket.create_connection(("127.0.0.1", service.dicom_port)) as silent:
        assert await send(service, film()) == [0x0000]
        assert still_open(silent)


async def test_a_peer_that_has_gone_without_a_word_takes_nobodys_place(listen):
    service = listen(max_associations=1)
    for _ in range(3):
        socket.create_connection(("127.0.0.1", service.dicom_port)).close()

    # The listener may not have accepted them yet, and each takes a place until it is seen to have gone.
    assert await admitted(service, service.settings.network_timeout_s / 2)


async def test_more_associations_than_allowed_are_told_to_come_back(listen):
    service = listen(max_associations=1)
    opened, done = threading.Event(), threading.Event()
    slow = asyncio.create_task(asyncio.to_thread(hold, service.dicom_port, opened, done))
    assert await eventually(opened.is_set)

    assert await send(service) == []
    done.set()
    await slow
    assert await eventually(lambda: not acceptors())
    assert await send(service) == [0x0000]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # pynetdicom's, when it stops
async def test_hundreds_of_silent_connections_keep_nobody_out_and_take_few_threads(listen):
    service = listen(max_associations=2)
    with contextlib.ExitStack() as stack:
        for _ in range(5):
            for _ in range(60):
                stack.enter_context(socket.create_connection(("127.0.0.1", service.dicom_port)))
            assert await send(service) == [0x0000]
        assert await eventually(lambda: len(acceptors()) <= MAX_SILENT + 2)


class Alive:
    """An association that goes on."""

    def is_alive(self) -> bool:
        return True


def test_one_address_takes_three_quarters_of_the_associations_at_most():
    connections = Connections(8)
    alive = [Alive() for _ in range(11)]

    admitted = [connections.admit(each, "10.0.0.1") for each in alive[:8]]
    others = [connections.admit(each, "10.0.0.2") for each in alive[8:]]
    connections.closed(alive[0])

    assert admitted == [True] * 6 + [False] * 2
    assert others == [True] * 2 + [False]
    assert connections.admit(alive[10], "10.0.0.2")


def acceptors() -> list[str]:
    """Names of the threads that serve an association."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("AcceptorThread")]


def hold(port: int, opened: threading.Event, done: threading.Event) -> None:
    """Keep an association open until it is done."""
    entity = AE("SLOW")
    entity.add_requested_context("1.2.840.10008.1.1")
    association = entity.associate("127.0.0.1", port, ae_title="CXRCASCADE")
    assert association.is_established
    opened.set()
    done.wait()
    association.release()


async def test_an_interrupted_film_is_not_kept(listen):
    service = listen()
    (service.spool.incoming / "half.dcm").write_bytes(b"half a film")

    service.spool.clear_incoming()

    assert service.spool.count_waiting() == 0


HOSTS = pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2"])  # noqa: S104 - that it is refused is the point


@HOSTS
@pytest.mark.parametrize(
    ("peers", "told"),
    [("", "must name who may send"), ("CR1@10.0.0.7, CR2", "from where CR2 calls"), ("CR1@ris", "'ris'")],
)
def test_nobody_but_this_machine_may_send_without_a_list_of_who_calls_from_where(host, peers, told):
    with pytest.raises(ValueError, match=told):
        Settings(host=host, peers=peers, plain=True)


@HOSTS
def test_films_cross_the_network_by_tls_unless_the_exception_is_written_down(host, tmp_path):
    with pytest.raises(ValueError, match="films must come by TLS"):
        Settings(host=host, peers="CR1@10.0.0.7")

    known = {"host": host, "peers": "CR1@10.0.0.7", "disk_key": "none"}
    Settings(**known, plain=True)
    Settings(**known, tls_certificate=tmp_path / "chain.pem", tls_key=tmp_path / "key.pem")
