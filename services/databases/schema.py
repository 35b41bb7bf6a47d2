"""A database's tables, and the migrations (Alembic) by which they come to those of this version.

Alembic is imported where there is something to migrate: a service that starts on tables of its own version does not
wait for it.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy
from sqlalchemy import Connection, Engine, MetaData

if TYPE_CHECKING:
    from alembic.config import Config

LOCK = 0x4358_5253
"""Of PostgreSQL, for whoever migrates. Source: none, "CXRS" in ASCII; it has to be the same for all of ours."""


FILE = re.compile(r"v(\d{4})_\w+\.py")
"""Name of the file of a migration, which tells its revision."""


class SchemaError(Exception):
    """A database cannot come to the tables that are asked for."""


class NewerSchemaError(SchemaError):
    """A database was written by a version whose tables this one does not know."""


@dataclass(frozen=True)
class Schema:
    """The tables of one service's database."""

    name: str
    """What errors call the database."""
    migrations: Path
    """The folder of env.py, which calls run, and of versions/."""
    version_table: str = "alembic_version"
    """Where the database says which revision it has; two services may share a database."""
    unversioned: frozenset[str] = frozenset()
    """Tables of the first revision, where there are databases from before migrations: without a version, and with all
    of these, a database is of that revision."""

    @cached_property
    def revisions(self) -> tuple[str, ...]:
        """Of this version, the first one first."""
        files = (FILE.fullmatch(path.name) for path in (self.migrations / "versions").iterdir())
        return tuple(sorted(found[1] for found in files if found))

    @property
    def head(self) -> str:
        """The revision of this version's tables."""
        return self.revisions[-1]

    def revision(self, engine: Engine) -> str | None:
        """Which one a database has, whether this version knows it or not; None where it has no tables of ours."""
        with engine.connect() as connection:
            return self.revision_in(connection)

    def upgrade(self, engine: Engine) -> str | None:
        """Bring the tables to this version; all or nothing, and once if several processes do it.

        Returns:
            The revision that there was before; None where there was no table, or nothing to do.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database cannot be reached, or refuses.
            NewerSchemaError: it is of a newer version than this one.
        """
        with engine.connect() as connection:
            if self._stamped(connection) == self.head:
                return None
        from alembic import command

        with engine.begin() as connection:
            _lock(connection)
            found = self.revision_in(connection)
            self.check(found)
            if found and not self._stamped(connection):
                command.stamp(self.configuration(connection), found)
            command.upgrade(self.configuration(connection), "head")
            return None if found == self.head else found

    def go_back(self, engine: Engine, revision: str) -> None:
        """Bring the tables to those of an earlier version, before that is installed; what only later ones hold is lost.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database cannot be reached, or refuses.
            SchemaError: this version knows no such revision, or not the database's.
        """
        from alembic import command

        if revision not in self.revisions:
            raise SchemaError(f"{self.name} has no schema {revision}: there are {', '.join(self.revisions)}")
        self.upgrade(engine)
        with engine.begin() as connection:
            _lock(connection)
            command.downgrade(self.configuration(connection), revision)

    def check(self, revision: str | None) -> None:
        """Raises NewerSchemaError where this version does not know a revision."""
        if revision is not None and revision not in self.revisions:
            raise NewerSchemaError(
                f"{self.name} has the tables of schema {revision}, and this version knows those up to {self.head}: "
                "a newer version wrote it. Install that version, or restore a backup of this one"
            )

    def configuration(self, connection: Connection | None = None) -> "Config":
        """Alembic's, for a connection that is in a transaction already."""
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(self.migrations).replace("%", "%%"))
        config.attributes["connection"] = connection
        config.attributes["version_table"] = self.version_table
        return config

    def revision_in(self, connection: Connection) -> str | None:
        """As revision, of the database of a connection."""
        stamped = self._stamped(connection)
        if stamped or not self.unversioned:
            return stamped
        there = set(sqlalchemy.inspect(connection).get_table_names())
        return self.revisions[0] if self.unversioned <= there else None

    def _stamped(self, connection: Connection) -> str | None:
        """What Alembic wrote down in its table."""
        if not sqlalchemy.inspect(connection).has_table(self.version_table):
            return None
        table = sqlalchemy.table(self.version_table, sqlalchemy.column("version_num"))
        return connection.execute(sqlalchemy.select(table.c.version_num)).scalar_one_or_none()


def run(metadata: MetaData) -> None:
    """What a service's env.py does: the migrations, in the connection that it was given.

    Args:
        metadata: of all the service's tables.
    """
    from alembic import context

    attributes = context.config.attributes
    context.configure(
        connection=attributes["connection"],
        version_table=attributes["version_table"],
        target_metadata=metadata,
        render_as_batch=True,  # SQLite cannot alter a column in place
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def _lock(connection: Connection) -> None:
    """One migrates, and the others wait; on SQLite this also makes all of it one transaction."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.execute(sqlalchemy.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
