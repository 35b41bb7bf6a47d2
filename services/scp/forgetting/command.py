"""`python -m scp forget`."""

import argparse
import sys

from erasure import asked as words
from erasure.asked import Asked
from scp.forgetting.forget import forget_again, opened
from scp.settings import Settings


def forget(settings: Settings, given: argparse.Namespace) -> int:
    """Do what the options say."""
    if given.again:
        print(f"forgotten again: {forget_again(settings, given.tombstones)}")
        return 0
    asked = Asked.of(given)
    with opened(settings) as forgetter:
        if not given.yes:
            print(f"would be forgotten: {forgetter.look(asked)}\n{words.LEFT}")
            return 0
        print(f"forgotten: {forgetter.forget(asked)}")
    print(words.ELSEWHERE, file=sys.stderr)
    return 0
