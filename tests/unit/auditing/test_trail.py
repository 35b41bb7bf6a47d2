"""What a service leaves: written beside it, held while the disk takes nothing, sent when the repository is there."""

import contextlib
import time

import pytest
import structlog
from prometheus_client import CollectorRegistry, generate_latest
from pydantic import ValidationError

import gateway.trail
import scp.trail
from auditing import writer
from auditing.events import DOORS
from auditing.journal import Journal
from auditing.metrics import TrailMetrics
from auditing.sender import Sender
from auditing.service import Service
from auditing.settings import KeptInFiles
from auditing.tally import FLOOD
from auditing.trail import Trail, keeping
from auditing.unsent import Unsent
from auditing.whole import verify
from gateway.trail import AuditSettings
from tests.audit_repository import Repository, parsed
from tests.unit.auditing.conftest import fill

WITHIN_S = 30
SERVICE = Service("gateway", "CXR_", DOORS)


def until(true):
    end = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def actions(journal):
    return [each.row.action for each in journal.rows()]


def exported(trail):
    registry = CollectorRegistry()
    TrailMetrics("cxr", registry).observe(trail)
    return generate_latest(registry).decode().splitlines()


def test_start_end_and_what_was_counted_are_written_when_a_service_ends(journal):
    with keeping(KeptInFiles(), SERVICE, journal) as trail:
        for _ in range(10_000):
            trail.record("", "caller.unknown", window=FLOOD, address="10.1.1.7")

    assert actions(journal) == ["gateway.start", "caller.unknown", "caller.unknown", "gateway.stop"]
    assert list(journal.rows())[2].row.detail["more"] == 9_999
    assert verify(journal).last == 4


def test_what_is_not_kept_is_not_sent_and_that_is_told():
    with pytest.raises(ValidationError, match="CXR_SYSLOG_HOST needs CXR_AUDIT_FOLDER"):
        AuditSettings(syslog_host="repository.example")


def test_without_a_folder_there_is_no_audit():
    with keeping(KeptInFiles(), SERVICE, None) as trail:
        trail.record("ris", "film.assess", "A1")

    assert (trail.well, trail.digest("1.2.3")) == (None, None)


def test_on_a_full_disk_rows_are_held_and_told_and_written_when_there_is_room(small, monkeypatch):
    monkeypatch.setattr(writer, "AGAIN_S", 0.05)
    journal = Journal.open(small / "audit", None, "")
    with structlog.testing.capture_logs() as told, keeping(KeptInFiles(), SERVICE, journal) as trail:
        until(lambda: actions(journal))
        fill(small)
        for number in range(50):
            trail.record("ris", "film.assess", f"A{number}")
        until(lambda: trail.held == 50)
        assert trail.well is False and "cxr_audit_held 50.0" in exported(trail)
        assert [(each["event"], each["reason"]) for each in told] == [("audit held in memory", "ENOSPC")]

        (small / "ballast").unlink()
        until(lambda: trail.well)

    assert verify(journal).last == 52 and trail.lost == 0


def test_what_is_too_much_for_the_memory_is_lost_and_told(small, monkeypatch):
    monkeypatch.setattr(writer, "MOST", 10)
    trail = Trail(Journal.open(small / "audit", None, ""))
    with structlog.testing.capture_logs() as told:
        for number in range(15):
            trail.record("ris", "film.assess", f"A{number}")

    assert trail.lost == 5 and "cxr_audit_lost_total 5.0" in exported(trail)
    assert told[0]["event"] == "audit lost: the disk takes no rows"


def test_every_row_arrives_over_tls_also_those_from_while_the_repository_was_away(tmp_path, journal):
    repository = Repository(tmp_path)
    try:
        with keeping(repository.settings(KeptInFiles, audit_folder=journal.folder), SERVICE, journal) as trail:
            trail.record("ris", "caller.forbidden", address="10.1.1.7")
            until(lambda: len(actions(journal)) == 2)
            assert "cxr_audit_unsent 2.0" in exported(trail)
        repository.start()
        with keeping(repository.settings(KeptInFiles, audit_folder=journal.folder), SERVICE, journal) as trail:
            received = repository.wait(4)
            until(lambda: len(trail.unsent) == 0)
    finally:
        repository.stop()

    assert [line[:3] for line in received] == [["85", "cxr-gateway", "DICOM+RFC3881"]] * 4
    told = [parsed(line[3]) for line in received]
    numbers = [each.findall("ParticipantObjectIdentification")[-1].get("ParticipantObjectID") for each in told]
    assert numbers == [f"urn:cxr:audit:{number}" for number in (1, 2, 3, 4)]
    refused = told[1]
    assert refused.find("EventIdentification/EventID").get("csd-code") == "110113"
    assert refused.find("EventIdentification").get("EventOutcomeIndicator") == "4"
    assert refused.find("ActiveParticipant").get("NetworkAccessPointID") == "10.1.1.7"


def test_processes_on_one_folder_send_each_row_once(tmp_path, journal):
    repository = Repository(tmp_path)
    buffers = [Unsent(Journal.open(journal.folder, None, ""), SERVICE.syslog) for _ in range(2)]
    with keeping(KeptInFiles(), SERVICE, journal):
        pass
    with buffers[0].claim(1) as first, buffers[1].claim(1) as meanwhile:
        assert (len(first), meanwhile) == (1, [])
    try:
        repository.start()
        senders = [Sender(repository.settings(KeptInFiles, audit_folder=journal.folder), buffer) for buffer in buffers]
        until(lambda: _sent(senders[1]))
        assert [sender.send() for sender in senders] == [0, 0]
        (line,) = repository.wait(1)
    finally:
        repository.stop()
    assert "gateway.stop" in line[3]


def _sent(sender):
    with contextlib.suppress(ConnectionRefusedError):
        return sender.send()
    return 0


def test_a_row_that_xml_cannot_hold_is_told_all_the_same(journal):
    with keeping(KeptInFiles(), SERVICE, journal) as trail:
        trail.record("A\x00<b>", "caller.unknown", address="10.1.1.7")

    told = parsed(SERVICE.syslog(list(journal.rows())[1]).decode().partition("\ufeff")[2])
    assert told.find("ActiveParticipant").get("UserID") == "A?<b>"


@pytest.mark.parametrize("events", [gateway.trail.EVENTS, scp.trail.EVENTS])
def test_event_types_and_actions_are_those_of_the_standard(events):
    assert {event.action for event in events.values()} <= set("CRUDE")
    assert {event.code for event in events.values()} <= {str(code) for code in range(110100, 110115)}
    assert {event.kind[0] for event in events.values() if event.kind} <= {str(code) for code in range(110120, 110140)}


def test_a_row_that_cannot_be_written_does_not_end_the_writing(journal):
    with keeping(KeptInFiles(), SERVICE, journal) as trail:
        trail.record("ris", "film.assess", "A1", outcome=object())
        until(lambda: trail.well is False)
