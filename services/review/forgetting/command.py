"""`python -m review forget` and `merge`."""

import argparse
import sys

from erasure import asked as words
from erasure.asked import Asked
from erasure.tombstones import Tombstones
from review.beside import opened
from review.forgetting.again import forget_again
from review.forgetting.forget import Forgetter
from review.forgetting.merge import Merge
from review.settings import Settings


def add_forget(parser: argparse.ArgumentParser) -> None:
    """The options of forget."""
    who = words.add_arguments(parser)
    who.add_argument("--expired", action="store_true", help="films that were read REVIEW_KEEP_DAYS ago, now")


def add_merge(parser: argparse.ArgumentParser) -> None:
    """The options of merge."""
    parser.add_argument("--from", dest="gone", metavar="ID", required=True, help="the ID that is no longer one")
    parser.add_argument("--into", metavar="ID", required=True, help="the ID that survives")
    parser.add_argument("--issuer", help='who gave both (Issuer of Patient ID); "" is nobody')
    parser.add_argument("--reason", default="", help="why; it is kept, so it must not say of whom")
    parser.add_argument("--yes", action="store_true", help="do it; without this it is only told how much would change")


def forget(settings: Settings, given: argparse.Namespace) -> int:
    """Do what the options say."""
    if given.again:
        print(f"forgotten again: {forget_again(settings, given.tombstones)}")
        return 0
    if given.expired:
        if not settings.keep_days:
            raise ValueError("REVIEW_KEEP_DAYS is not set: nothing ever expires")
        with opened(settings) as sessions:
            print(f"expired: {Forgetter.of(settings, sessions).expire(settings.keep_days)}")
        return 0
    asked = Asked.of(given)
    with opened(settings) as sessions:
        forgetter = Forgetter.of(settings, sessions)
        if not given.yes:
            print(f"would be forgotten: {forgetter.look(asked)}\n{words.LEFT}")
            return 0
        print(f"forgotten: {forgetter.forget(asked)}")
    print(words.ELSEWHERE, file=sys.stderr)
    return 0


def merge(settings: Settings, given: argparse.Namespace) -> int:
    """Do what the options say."""
    with opened(settings) as sessions:
        merging = Merge(given.gone.strip(), given.into.strip(), given.issuer, words.check_reason(given.reason))
        films = merging.carry_out(sessions, Tombstones(settings.folder).keyed, do=given.yes)
    if given.yes:
        print(f"merged: {films} films")
        print("What was sent under the old ID, to a PACS or a record, cannot be changed from here.", file=sys.stderr)
    else:
        print(f"would be merged: {films} films\nNothing was changed. Add --yes to merge.")
    return 0
