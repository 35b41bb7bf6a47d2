"""What listener and reading room have written, row by row, and what of it is there no more."""

import json
from collections.abc import Mapping
from typing import Any

from tests.trials.containers.compose import Compose

Rows = list[dict[str, Any]]
Records = dict[str, Rows]
"""Table to its rows, each by column."""

READING = """\
import json, sqlite3, sys
database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
database.row_factory = sqlite3.Row
found = {table: database.execute(f"SELECT * FROM {table} ORDER BY rowid") for table in sys.argv[2:]}
print(json.dumps({table: [dict(row) for row in rows] for table, rows in found.items()}, default=repr))
"""
DATABASES = {
    "scp": ("/srv/films/ledger.sqlite", ("instance", "event", "object")),
    "review": ("/srv/readings/review.sqlite", ("reader", "film", "opinion", "audit")),
}
VERSIONS = {"scp": "ledger_version", "review": "alembic_version"}
"""The tables that say which revision the others have."""


def records(compose: Compose) -> Records:
    """Of both databases, while they are used."""
    found: Records = {}
    for service, (file, tables) in DATABASES.items():
        found |= json.loads(compose("exec", "-T", service, "python", "-c", READING, file, *tables))
    return found


def schemas(compose: Compose) -> dict[str, str]:
    """Service to the revision of its tables."""
    found = {}
    for service, (file, _) in DATABASES.items():
        table = VERSIONS[service]
        rows = json.loads(compose("exec", "-T", service, "python", "-c", READING, file, table))
        found[service] = str(rows[table][0]["version_num"])
    return found


def missing(before: Mapping[str, Rows], after: Mapping[str, Rows]) -> list[str]:
    """What there was and is not there as it was; columns that only one version has do not count."""
    return [told for table, rows in before.items() for told in _missing(table, rows, after.get(table, []))]


def counted(found: Mapping[str, Rows]) -> str:
    """How many there are of each, in words."""
    names = {"instance": "films in the ledger", "film": "in the reading room", "opinion": "opinions"}
    names |= {"reader": "readers", "audit": "rows of its audit"}
    return ", ".join(f"{len(found[table])} {name}" for table, name in names.items())


def _missing(table: str, before: Rows, after: Rows) -> list[str]:
    if not before:
        return []
    columns = set(before[0]).intersection(*after[:1])
    now = {_row(row, columns) for row in after}
    gone = [row for row in before if _row(row, columns) not in now]
    return [f"{table}: {len(gone)} of {len(before)} rows are not as they were, such as {gone[0]}"] if gone else []


def _row(row: dict[str, Any], columns: set[str]) -> str:
    return json.dumps({name: row[name] for name in sorted(columns)})
