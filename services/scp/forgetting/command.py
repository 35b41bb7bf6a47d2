"""`python -m scp forget` and `merge`."""

import argparse
import sys
from datetime import UTC, datetime
from functools import partial

from erasure import asked as words
from erasure.asked import Asked
from erasure.at_gateway import forget_at_gateway
from erasure.names import Keyed
from scp.forgetting.forget import forget_again, opened
from scp.forgetting.seal import seal_all
from scp.merged import Merge, Merges
from scp.settings import Settings
from scp.stores import stores
from scp.trail import record_now


def forget(settings: Settings, given: argparse.Namespace) -> int:
    """Do what the options say."""
    if given.again:
        print(f"forgotten again: {forget_again(settings, given.tombstones)}")
        print(forget_at_gateway(settings), file=sys.stderr)
        return 0
    asked = Asked.of(given)
    with opened(settings) as forgetter:
        words.carry_out(forgetter, asked, given.yes, partial(forget_at_gateway, settings))
    return 0


def rekey(settings: Settings) -> int:
    """Change what films are encrypted by."""
    spool, ledger, _, _ = stores(settings)
    ledger.close()
    keys = spool.vault.rekey()
    files = seal_all(settings.folder, spool)
    record_now(settings, "disk.rekey", words.login(), keys=keys, files=files)
    print(words.rekeyed(keys, files))
    return 0


def merge(settings: Settings, given: argparse.Namespace) -> int:
    """Do what the options say."""
    gone, into, reason = words.check_merge(given)
    if not given.yes:
        print("Nothing was changed. Add --yes, and results that are made from then on say the ID that survives.")
        return 0
    now, keyed = datetime.now(UTC).isoformat(), Keyed.kept(settings.folder)
    names = [keyed.patient(each, given.issuer) for each in (gone, into)]
    record_now(settings, "patient.merge", words.login(), reason=reason, names=names)
    Merges(settings.folder).add(Merge(gone, into, given.issuer, now, words.login(), reason))
    print("merged: results that are made from now on say the ID that survives")
    print("What was sent under the old ID, to a PACS or a record, cannot be changed from here.", file=sys.stderr)
    return 0
