"""The audit at the hospital's repository: every row, once it is there at all, over TLS and as DICOM has it."""

import base64
import contextlib
import time
from datetime import UTC, datetime

import pytest

from auditing.message import framed
from auditing.sender import Sender
from review.audit import record
from review.people import Audit, Person, Reader
from review.repository.message import EVENTS
from review.repository.message import message as told_of
from review.repository.unsent import Unsent, unsent
from review.settings import Settings
from review.tables import Film
from tests.audit_repository import WITHIN_S, Repository, parsed
from tests.integration.pki import Authority


@pytest.fixture
def repository(tmp_path):
    found = Repository(tmp_path)
    yield found
    found.stop()


@contextlib.contextmanager
def sending(settings, site):
    sender = Sender(settings, Unsent(site.sessions))
    sender.start()
    yield
    sender.stop()


def test_every_row_arrives_also_those_from_while_the_repository_was_away(site, repository):
    film = site.film(study_instance_uid="1.2.3", patient_name="Mustermann")
    site.keep()
    ada = Person(site.reader("ada", "Dr Ada"), "ada", "Dr Ada", "reader", "", "10.1.1.7")
    with sending(repository.settings(Settings), site):
        with site.sessions.begin() as session:
            record(session, ada, "film.view", film["id"], blind=True)
        repository.start()
        (first,) = repository.wait(1)
        with site.sessions.begin() as session:
            record(session, ada, "log_out")
            record(session, None, "log_in.failed", address="10.1.1.8")
        received = repository.wait(3)
    repository.stop()

    assert [line[:3] for line in received] == [["85", "cxr-review", "DICOM+RFC3881"]] * 3
    kinds = [parsed(line[3]).find("EventIdentification") for line in received]
    assert [(each.find("EventID").get("csd-code"), each.get("EventOutcomeIndicator")) for each in kinds] == [
        ("110103", "0"),
        ("110114", "0"),
        ("110114", "4"),
    ]
    assert "1.2.3" in first[3] and "10.1.1.7" in first[3] and "Mustermann" not in str(received)
    with site.session() as session:
        assert unsent(session) == 0


def test_nothing_is_sent_to_whom_another_authority_knows_and_nothing_is_lost(site, repository):
    repository.start()
    with site.sessions.begin() as session:
        record(session, None, "room.start")
    other = Authority(repository.folder / "other").certificate

    with pytest.raises(OSError, match="certificate verify failed"):
        _until_it_listens(Sender(repository.settings(Settings, authority=other), Unsent(site.sessions)))

    with site.session() as session:
        assert unsent(session) == 1
    assert Sender(repository.settings(Settings), Unsent(site.sessions)).send() == 1
    assert Sender(repository.settings(Settings), Unsent(site.sessions)).send() == 0
    assert len(repository.wait(1)) == 1


def _until_it_listens(sender):
    end = time.monotonic() + WITHIN_S
    while time.monotonic() < end:
        with contextlib.suppress(ConnectionRefusedError):
            sender.send()
        time.sleep(0.1)


def row(action, **columns):
    """Of the audit."""
    at = datetime(2026, 3, 2, 9, 0, 0, 5, tzinfo=UTC)
    return Audit(**{"number": 7, "at": at, "action": action, "detail": {}, "seal": "5" * 64} | columns)


def message(action, reader=None, film=None, **columns):
    """The XML."""
    return parsed(told_of(row(action, **columns), reader, film).xml())


def test_a_message_has_the_header_and_the_frame_of_the_standards():
    told = told_of(row("room.start"), None, None).syslog()

    assert told.startswith(b"<85>1 2026-03-02T09:00:00.000005Z ")
    assert b" cxr-review - DICOM+RFC3881 - \xef\xbb\xbf<AuditMessage>" in told
    assert framed("ä".encode()) == b"2 \xc3\xa4"


def test_a_film_that_was_looked_at_is_told_with_who_and_whose():
    film = Film(patient_id="P7", study_instance_uid="1.2.3")
    reader = Reader(login="ada", name='Dr "<Ada>"')
    told = message("film.view", reader, film, film_id="F1", detail={"address": "10.1.1.7", "blind": True})

    event = told.find("EventIdentification")
    assert (event.get("EventActionCode"), event.get("EventDateTime")) == ("R", "2026-03-02T09:00:00.000005+00:00")
    asked, ours = told.findall("ActiveParticipant")
    assert (asked.get("UserID"), asked.get("UserName")) == ("ada", 'Dr "<Ada>"')
    assert (asked.get("NetworkAccessPointID"), asked.get("NetworkAccessPointTypeCode")) == ("10.1.1.7", "2")
    assert (asked.get("UserIsRequestor"), ours.get("UserIsRequestor")) == ("true", "false")
    objects = told.findall("ParticipantObjectIdentification")
    codes = [
        (each.get("ParticipantObjectID"), each.find("ParticipantObjectIDTypeCode").get("csd-code")) for each in objects
    ]
    assert codes == [("1.2.3", "110180"), ("P7", "2"), ("urn:cxr:audit:7", "12")]
    details = {each.get("type"): each.get("value") for each in objects[2].findall("ParticipantObjectDetail")}
    assert base64.b64decode(details["HMAC-SHA-256"]) == b"5" * 64 and base64.b64decode(details["blind"]) == b"true"


def test_a_search_is_told_as_a_query_in_base64():
    query = base64.b64encode(b"search=Mustermann").decode()
    told = message("worklist.search", detail={"query": query, "films": ["F1"]})

    assert told.find("EventIdentification/EventID").get("csd-code") == "110112"
    assert told.findtext("ParticipantObjectIdentification/ParticipantObjectQuery") == query


@pytest.mark.parametrize(
    ("action", "code"), [("reader.invite", "110113"), ("reader.role", "110113"), ("lesson.approve", "110100")]
)
def test_changes_of_accounts_are_alerts_and_what_dicom_has_no_message_for_is_activity(action, code):
    assert message(action).find("EventIdentification/EventID").get("csd-code") == code


def test_event_types_and_actions_are_those_of_the_standard():
    assert {event.action for event in EVENTS.values()} <= set("CRUDE")
    assert {event.code for event in EVENTS.values()} <= {str(code) for code in range(110100, 110115)}
