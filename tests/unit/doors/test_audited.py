"""Who is turned away at a door leaves a trace, and a flood of them few rows."""

from auditing.journal import Journal
from auditing.service import Service
from auditing.settings import KeptInFiles
from auditing.trail import keeping
from doors.access.guard import Guard, Proofs
from doors.access.tokens import FileToken
from doors.audited import Audited
from doors.problem import problem
from doors.problems import Problems

OWN = "0123456789abcdef" * 2


async def refused(app, address):
    """Ask with a wrong token; gives the status."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/x", "client": (address, 1), "state": {}, "query_string": b""}
    await app(scope | {"headers": [(b"authorization", b"Bearer wrong")]}, None, send)
    return sent[0]["status"]


async def test_ten_thousand_refused_requests_leave_few_rows_and_how_many_they_were(tmp_path):
    (tmp_path / "token").write_text(OWN)
    journal = Journal.open(tmp_path / "audit", None, "")
    with keeping(KeptInFiles(), Service("gateway", "CXR_", {}), journal) as trail:
        proofs = Proofs(FileToken(tmp_path / "token"))
        guard = Guard(None, proofs, (), Problems(problem, lambda code: None))
        app = Audited(guard, lambda scope: trail, lambda *_: None)
        for number in range(10_000):
            assert await refused(app, f"10.{number % 200}.1.7") == 401

    told = [each.row for each in journal.rows() if each.row.action == "caller.unknown"]
    assert len(told) < 1000
    assert sum(each.detail.get("more", 1) for each in told) == 10_000
