"""What the verbs of `python -m scp` do. All but serve work beside a running listener, on its folder and its ledger."""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta

from cxr import logs
from cxr.importing import importing
from scp.routes import Route, Routes
from scp.settings import Settings


def serve(settings: Settings, given: argparse.Namespace) -> int:
    """Listen for films until stopped."""
    with importing():
        from doors import server
        from doors.connections import Limits
        from scp.http.door import create_app
        from scp.service import running

    logs.configure("scp", settings.log_level)
    with running(settings) as service:
        header_s = settings.header_timeout_s
        limits = Limits(settings.max_connections, header_s, header_s + settings.upload_timeout_s)
        server.serve(
            create_app(service),
            limits,
            host=settings.http_host,
            port=settings.http_port,
            ssl_certfile=settings.http_tls_certificate,
            ssl_keyfile=settings.http_tls_key,
            timeout_graceful_shutdown=5,
        )
    return 0


def status(settings: Settings, given: argparse.Namespace) -> int:
    """What waits, how films ended, what is undelivered; as JSON."""
    from scp.stores import stores

    spool, ledger, outbox, routes = stores(settings)
    waiting = spool.waiting()
    told = {
        "waiting": len(waiting),
        "urgent": sum(each.urgent for each in waiting),
        "dead": spool.dead(),
        "films": ledger.counts(),
        "routes": {
            route.name: {
                "queued": len(outbox.due(route.name)),
                "undelivered": [parcel.name for parcel in outbox.undelivered(route.name)],
            }
            for route in routes.routes
        },
    }
    print(json.dumps(told, indent=2))
    return 0


def ledger(settings: Settings, given: argparse.Namespace) -> int:
    """Every film: its SOP Instance UID and how it ended; with --history, all that happened to it."""
    from scp.stores import stores

    book = stores(settings)[1]
    for film, sop_instance_uid, state in book.films(given.state):
        if given.film and given.film not in (film, sop_instance_uid):
            continue
        print(f"{film}  {state:<9} {sop_instance_uid}")
        for at, kind, detail in book.history(film) if given.history or given.film else ():
            print(f"    {at:%Y-%m-%d %H:%M:%S}  {kind:<12} {json.dumps(detail)}")
    return 0


def reconcile(settings: Settings, given: argparse.Namespace) -> int:
    """List the results that a route's peer should have and has not; with --films, its films that never came here."""
    from scp.peers.opened import session
    from scp.reconcile import missing, unknown
    from scp.stores import stores

    _, book, _, routes = stores(settings)
    found = 0
    for route in _asked(routes, given.route):
        with session(route, settings.aet) as peer:
            if given.films:
                day = (_since(given.days) or datetime.now(UTC)).date()
                lines = [f"film      {film}  study {study}" for film, study in unknown(book, peer, day)]
            else:
                lacking = missing(route, book, peer, _since(given.days))
                lines = [
                    f"{each.kind:<8}  {each.sop_instance_uid}  study {each.study_instance_uid}" for each in lacking
                ]
        found += len(lines)
        for line in lines:
            print(f"{route.name}  {line}")
    print(f"{found} missing" if found else "nothing is missing", file=sys.stderr)
    return 2 if found else 0


def resend(settings: Settings, given: argparse.Namespace) -> int:
    """Send again: what a peer is missing, what it refused, or films that failed."""
    from scp.peers.opened import session
    from scp.reconcile import missing, resend
    from scp.stores import stores

    spool, book, outbox, routes = stores(settings)
    if given.dead:
        with spool.standstill.at_work():
            revived = [film for film in spool.dead() if spool.revive(film)]
            for film in revived:
                book.append(film, "resent")
        print(f"{len(revived)} films wait again")
        return 0
    for route in _asked(routes, given.route, unasked=given.undelivered):
        if given.undelivered:
            parcels = outbox.undelivered(route.name)
            outbox.enqueue(parcels)
            print(f"{route.name}: {len(parcels)} queued again")
            continue
        with session(route, settings.aet) as peer:
            queued, gone = resend(route, missing(route, book, peer, _since(given.days)), book, outbox)
        print(f"{route.name}: {queued} queued again")
        for made in gone:
            again = "let its reader say it again" if made.kind.startswith("amendment") else "send its film again"
            print(f"{route.name}: kept no longer: {made.kind} {made.sop_instance_uid}; {again}")
    return 0


def migrate(settings: Settings, given: argparse.Namespace) -> int:
    """Bring the ledger to this version's tables, as each start does; its owner may, where the listener may not."""
    from databases.connection import connect
    from scp.database import SCHEMA

    engine = connect(settings.ledger_url)
    try:
        SCHEMA.go_back(engine, given.to) if given.to else SCHEMA.upgrade(engine)
        print(f"{SCHEMA.name}: schema {SCHEMA.revision(engine)}")
    finally:
        engine.dispose()
    return 0


def forget(settings: Settings, given: argparse.Namespace) -> int:
    """Forget a patient, studies or films: films, results, UIDs in the ledger; or first say how much that would be."""
    from scp.forgetting import command

    return command.forget(settings, given)


def rekey(settings: Settings, given: argparse.Namespace) -> int:
    """Encrypt films' keys by the first key of CXR_SCP_DISK_KEY, and films that are still in clear; also meanwhile."""
    from scp.forgetting import command

    return command.rekey(settings)


def merge(settings: Settings, given: argparse.Namespace) -> int:
    """Have results say the patient ID that survives, of films that come under another one, from now on."""
    from scp.forgetting import command

    return command.merge(settings, given)


def audit(settings: Settings, given: argparse.Namespace) -> int:
    """Say whether the audit is whole, or which row was the first to be changed, removed or added."""
    from auditing import whole
    from scp.trail import SERVICE

    return whole.audit(settings, SERVICE, given.begin)


def conformance(settings: Settings, given: argparse.Namespace) -> int:
    """Print the DICOM conformance statement."""
    from scp.conformance import statement

    print(statement(), end="")
    return 0


def _asked(routes: Routes, name: str | None, unasked: bool = False) -> list[Route]:
    """The route of that name, or all; those whose peer cannot be asked what it has only where wanted."""
    chosen = [routes.named(name)] if name else list(routes.routes)
    asked = [route for route in chosen if unasked or route.is_asked]
    if not asked:
        raise ValueError("there is no route whose peer could be asked: CXR_SCP_ROUTES names the file of the routes")
    return asked


def _since(days: float | None) -> datetime | None:
    return datetime.now(UTC) - timedelta(days=days) if days else None
