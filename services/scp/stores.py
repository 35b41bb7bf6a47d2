"""What is on the disk and in the database."""

from erasure.sealed.vault import Vault
from scp.kept import KeptFilms
from scp.ledger import Ledger
from scp.outbox import Outbox
from scp.routes import Routes, read_routes
from scp.settings import Settings
from scp.spool import Spool


def stores(settings: Settings) -> tuple[Spool, Ledger, Outbox, Routes]:
    """What is on the disk and in the database, for the service and for the command line beside it.

    Raises:
        ValueError: the file of the routes is wrong; or films are encrypted, and the key is not there.
    """
    routes = read_routes(settings.routes)
    limits = settings.max_film_bytes, settings.least_free_bytes, settings.max_waiting
    vault = Vault.of(settings.folder, settings)
    spool = Spool(settings.folder, *limits, KeptFilms(settings.folder, settings.keep_films).give_up, vault)
    ledger = Ledger(settings.ledger_url)
    return spool, ledger, Outbox(settings.folder, [route.name for route in routes.routes], vault), routes
