"""`make trial ARGS="NAME ..."`: what is tried now and then, and takes longer than a test may.

Each is a package here with a `cli`, whose `main` takes the words that follow the name and gives the exit code.
"""

import importlib
import sys
from pathlib import Path

NAMES = sorted(path.parent.name for path in Path(__file__).parent.glob("*/cli.py"))


def main(words: list[str]) -> int:
    """Run the one that the first word names."""
    if not words or words[0] not in NAMES:
        print(f'Which trial? make trial ARGS="{" | ".join(NAMES)}"', file=sys.stderr)
        return 2
    code: int = importlib.import_module(f"tests.trials.{words[0]}.cli").main(words[1:])
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
