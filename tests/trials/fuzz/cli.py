"""`make trial ARGS="fuzz"`: damaged DICOM files to a gateway, which has to answer each of them."""

import argparse
import time
from collections import Counter
from collections.abc import Sequence

import httpx
import psutil

from client.token import of_environment
from tests.trials.fuzz.mutants import mutants

FINE = (200, 400, 413, 415, 422)
"""An assessment, a refusal, or a problem of the file's."""

MAX_ANSWER_S = 12.0
"""The gateway's deadline, and a little for the way."""

MAX_BYTES = 1_000_000_000
"""Resident, of the gateway and the process that decodes for it."""


def main(words: Sequence[str]) -> int:
    """Send them, print what came of it; 1 where something was not fine."""
    parser = argparse.ArgumentParser(prog='make trial ARGS="fuzz"', description=__doc__)
    parser.add_argument("--files", type=int, default=2000, help="how many (2000)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same files (1)")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="of the gateway (http://127.0.0.1:8000)")
    parser.add_argument("--pid", type=int, help="of the gateway: its memory is watched")
    given = parser.parse_args(words)
    answers, slowest, most = attack(given.url, given.files, given.seed, given.pid)
    for (damage, answer), count in sorted(answers.items()):
        print(f"{count:6}  {damage:<22}{answer}")
    print(f"slowest: {slowest:.2f} s; memory of the gateway at most {most / 1e6:.0f} MB")
    wrong = [answer for (_, answer) in answers if int(answer[:3]) not in FINE]
    return int(bool(wrong) or slowest > MAX_ANSWER_S or most > MAX_BYTES)


def attack(url: str, files: int, seed: int, pid: int | None) -> tuple[Counter[tuple[str, str]], float, int]:
    """Send mutants one after the other.

    Returns:
        Damage and answer, as "STATUS code or outcome", to how many; the longest answer in seconds; the most resident
        bytes that the gateway and its children had.
    """
    answers: Counter[tuple[str, str]] = Counter()
    slowest, most = 0.0, 0
    gateway = psutil.Process(pid) if pid else None
    kind = {"Content-Type": "application/dicom"}
    with httpx.Client(base_url=url, timeout=60, headers=kind, auth=of_environment()) as client:
        for damage, data in mutants(files, seed):
            started = time.perf_counter()
            answer = client.post("/v1/assessments", content=data)
            slowest = max(slowest, time.perf_counter() - started)
            body = answer.json()
            answers[damage, f"{answer.status_code} {body.get('code') or body['outcome']}"] += 1
            most = max(most, resident(gateway) if gateway else 0)
    return answers, slowest, most


def resident(process: psutil.Process) -> int:
    """Bytes of a process and its children."""
    total = 0
    for each in (process, *process.children(recursive=True)):
        try:
            total += each.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total
