"""A PostgreSQL server of our own, for the tests of what is kept in databases."""

import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy

from local.ports import any_free
from tests import peers


@contextmanager
def server() -> Iterator[str]:
    """The URL of a running server. Its folder is its own: it does not run as root, and pytest closes its to others."""
    programs = Path(peers.program("initdb")).parent
    if os.geteuid():
        pytest.skip("a server of another user's, which PostgreSQL wants to be, is started by root alone")
    with tempfile.TemporaryDirectory(prefix="cxr-postgresql-") as data:
        shutil.chown(data, "postgres")
        (port,) = any_free(1)
        as_postgres = ["runuser", "-u", "postgres", "--"]
        subprocess.run(
            [*as_postgres, programs / "initdb", "-D", data, "-A", "trust", "-U", "cxr"], check=True, stdout=-3
        )
        command = [*as_postgres, programs / "postgres", "-D", data, "-p", str(port), "-k", data, "-h", "127.0.0.1"]
        command += ["-c", "fsync=off", "-c", "full_page_writes=off"]  # it need not outlive this machine's power
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        url = f"postgresql+psycopg://cxr@127.0.0.1:{port}/postgres"
        try:
            _wait(url)
            yield url
        finally:
            process.terminate()
            process.wait(30)


def _wait(url: str) -> None:
    end = time.monotonic() + 90
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    while True:
        try:
            with engine.connect():
                return
        except sqlalchemy.exc.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def new_database(url: str, template: str = "template1") -> str:
    """The URL of a new database on the same server: a copy of another one, empty by default."""
    name = f"test_{uuid.uuid4().hex}"
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    return f"{url.rpartition('/')[0]}/{name}"
