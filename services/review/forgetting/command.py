"""`python -m review forget` and `merge`."""

import argparse
import sys
from functools import partial

from erasure import asked as words
from erasure.asked import Asked
from erasure.at_gateway import forget_at_gateway
from erasure.sealed.vault import Vault
from erasure.tombstones import Tombstones
from review.arrivals.pictures import Pictures
from review.audit import record
from review.beside import opened
from review.forgetting.again import forget_again
from review.forgetting.forget import Forgetter
from review.forgetting.merge import Merge
from review.settings import Settings

add_merge = words.add_merge_arguments


def add_forget(parser: argparse.ArgumentParser) -> None:
    """The options of forget."""
    who = words.add_arguments(parser)
    who.add_argument("--expired", action="store_true", help="films that were read REVIEW_KEEP_DAYS ago, now")


def forget(settings: Settings, given: argparse.Namespace) -> int:
    """Do what the options say."""
    if given.again:
        print(f"forgotten again: {forget_again(settings, given.tombstones)}")
        print(forget_at_gateway(settings), file=sys.stderr)
        return 0
    if given.expired:
        if not settings.keep_days:
            raise ValueError("REVIEW_KEEP_DAYS is not set: nothing ever expires")
        with opened(settings) as sessions:
            print(f"expired: {Forgetter.of(settings, sessions).expire(settings.keep_days)}")
        return 0
    asked = Asked.of(given)
    with opened(settings) as sessions:
        words.carry_out(Forgetter.of(settings, sessions), asked, given.yes, partial(forget_at_gateway, settings))
    return 0


def rekey(settings: Settings) -> int:
    """Change what films are encrypted by."""
    vault = Vault.of(settings.folder, settings)
    with opened(settings) as sessions:
        keys, files = Pictures(settings.pictures, vault=vault).rekey()
        with sessions.begin() as session:
            record(session, None, "disk.rekey", by="command line", login=words.login(), keys=keys, files=files)
    print(words.rekeyed(keys, files))
    return 0


def merge(settings: Settings, given: argparse.Namespace) -> int:
    """Do what the options say."""
    gone, into, reason = words.check_merge(given)
    with opened(settings) as sessions:
        merging = Merge(gone, into, given.issuer, reason)
        films = merging.carry_out(sessions, Tombstones(settings.folder).keyed, do=given.yes)
    if given.yes:
        print(f"merged: {films} films")
        print("What was sent under the old ID, to a PACS or a record, cannot be changed from here.", file=sys.stderr)
    else:
        print(f"would be merged: {films} films\nNothing was changed. Add --yes to merge.")
    return 0
