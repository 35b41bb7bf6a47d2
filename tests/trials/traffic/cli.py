"""`make trial ARGS="traffic"`: films from modalities to the PACS and back; how many a minute."""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from local import archives
from local.places import ROOT
from tests.trials.traffic.traffic import Hospital, Traffic, hospital, kill, run
from vocabulary.stages import STAGES

VICTIMS = ("scp", "gateway", "classifier")


def main(words: Sequence[str]) -> int:
    """Run it, print the figures; 1 where a film was lost or doubled."""
    parser = argparse.ArgumentParser(prog='make trial ARGS="traffic"', description=__doc__)
    parser.add_argument("--films", type=int, default=200, help="how many (200)")
    parser.add_argument("--associations", type=int, default=8, help="modalities at once (8)")
    parser.add_argument("--kill", action="store_true", help=f"kill -9 {', '.join(VICTIMS)} in turn meanwhile")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "traffic.json", help="the figures, as JSON")
    given = parser.parse_args(words)
    for stage in STAGES:
        archives.build(stage, ROOT / "build" / "model_store")
    with tempfile.TemporaryDirectory(prefix="cxr-traffic-") as folder:
        (films := Path(folder) / "films").mkdir()
        with hospital(Path(folder), ROOT / "build" / "model_store") as place:
            print(f"{given.films} films in {given.associations} associations{', killing' * given.kill} ...", flush=True)
            traffic = run(place, films, given.films, given.associations, lambda: breaking(place, given.kill))
    print(told(traffic))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(vars(traffic) | {"films_per_minute": traffic.films_per_minute}, indent=1))
    return int(bool(traffic.lost or traffic.doubled))


def breaking(place: Hospital, wanted: bool) -> None:
    """Kill each victim once, a few seconds apart."""
    for victim in VICTIMS if wanted else ():
        time.sleep(4)
        kill(place.stack, victim)


def told(traffic: Traffic) -> str:
    """The figures, in words."""
    states = ", ".join(f"{count} {state}" for state, count in traffic.states.items() if count)
    results = ", ".join(f"{count} {kind}" for kind, count in traffic.results.items())
    return (
        f"{traffic.films} films in {traffic.seconds:.1f} s: {traffic.films_per_minute:.0f} films a minute\n"
        f"ledger: {states}\nin the PACS: {results}\nlost: {traffic.lost}, doubled: {traffic.doubled}"
    )
