"""/livez, /readyz, /metrics: for machines, without a log-in and without a word of any patient."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from review.amendments.queue import Amendment
from review.errors import NotFoundError
from review.repository.unsent import unsent
from review.state import ReadingRoom
from review.tables import STATES, Film

FOR_MACHINES = ("/livez", "/readyz", "/metrics")
"""Asked by whichever name or address a probe has; nothing there is of anybody."""

router = APIRouter()


PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
"""What a proxy adds to a request, whoever it is from. Source: RFC 7239; the others by custom."""


def _asked_directly(request: Request) -> ReadingRoom:
    """How the room is, and how much is done there, is for machines beside it, and not for who comes by the proxy.

    Raises:
        NotFoundError: it came through a proxy.
    """
    if any(name in request.headers for name in PROXIED):
        raise NotFoundError("nothing here")
    return ReadingRoom.of(request)


@router.get("/livez", response_class=PlainTextResponse)
async def livez() -> str:
    """The process is alive."""
    return "alive"


@router.get("/readyz")
def readyz(request: Request) -> Response:
    """Films and opinions can be kept: the database answers, and the disk is not short.

    Reading goes on without that, as it does without the gateway.
    """
    room = _asked_directly(request)
    try:
        with room.sessions() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return JSONResponse({"ready": False, "error": "the database does not answer"}, 503)
    room.owed.settle()
    if room.pictures.short or len(room.owed):
        return JSONResponse({"ready": False, "error": "the disk is short: no films are taken in"}, 503)
    place = {"read_to": room.feed.read_to} if room.settings.feed else {}
    return JSONResponse({"ready": True, "gateway": room.watch.ready, "feed": room.feed.following} | place)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """For Prometheus."""
    room = _asked_directly(request)
    kept = room.metrics
    with room.sessions() as session:
        gone = Film.forgotten.is_not(None)
        kept.forgotten.set(session.scalar(select(func.count()).select_from(Film).where(gone)) or 0)
        counted = dict(session.execute(select(Film.state, func.count()).where(~gone).group_by(Film.state)).all())
        sent = Amendment.sent.is_not(None).label("sent")
        told = session.execute(select(sent, Amendment.refused, func.count()).group_by(sent, Amendment.refused)).all()
        kept.unsent.set(unsent(session) if room.settings.syslog_host else 0)
    amendments = {("sent" if gone else "refused" if refused else "waiting"): count for gone, refused, count in told}
    for name in ("sent", "refused", "waiting"):
        kept.amendments.labels(name).set(amendments.get(name, 0))
    for state in STATES:
        kept.films.labels(state).set(counted.get(state, 0))
    kept.gateway.set(room.watch.ready)
    kept.disk_free.set(room.pictures.free_bytes)
    kept.disk_short.set(room.pictures.short)
    room.owed.settle()
    kept.owed.set(len(room.owed))
    return Response(generate_latest(kept.registry), media_type=CONTENT_TYPE_LATEST)
