"""Who changed what the releases are for, when and why: rows of the gateway's audit."""

import getpass
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from auditing.journal import Journal
from auditing.row import Row
from auditing.trail import open_journal
from gateway.trail import SERVICE, AuditSettings

FOLDER = ".audit"
"""Ends the name of the audit beside a file of releases, for whoever changes one where no gateway's audit is."""


def append(releases: Path, verb: str, told: Mapping[str, object]) -> None:
    """Add what is done to a file of releases, and have it on disk before this returns.

    Raises:
        KeyLostError: the audit's key is lost, or damaged.
        OSError: it cannot be written.
    """
    settings = AuditSettings()
    journal = open_journal(settings, SERVICE)
    if journal is None:
        journal = Journal.open(releases.with_name(releases.name + FOLDER), settings.audit_key, "CXR_AUDIT_KEY")
    journal.append([Row(datetime.now(UTC), _login(), f"release.{verb}", None, {"uid": os.getuid(), **told})])


def _login() -> str:
    """The environment's or the system's name of the user; in a container there may be none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
