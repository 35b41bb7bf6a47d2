"""The ledger's database: its migrations."""

from pathlib import Path

from databases.schema import Schema

SCHEMA = Schema(
    "the ledger",
    Path(__file__).parent / "migrations",
    version_table="ledger_version",
    unversioned=frozenset({"instance", "event", "object"}),
)
