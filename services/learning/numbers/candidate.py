"""A candidate as something that can be served: the parent's weights, and a configuration with what was taught."""

import json
import shutil
from pathlib import Path

from learning.candidate import STORE, rewrite_config, version
from learning.looking import CONFIG
from learning.numbers.lesson import Lesson
from learning.numbers.served import Served
from training.export import WEIGHTS


def write_store(lesson: Lesson, parent: Served) -> Path:
    """The model store of a lesson."""
    name = parent.problem.name
    store: Path = lesson.folder / STORE
    folder = store / name
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(parent.folder / WEIGHTS, folder / WEIGHTS)
    correction = lesson.correction
    wider = {group: round(each * correction.widening, 4) for group, each in parent.config["interval"].items()}
    taught = correction.after(parent.config.get("correction"))
    changed = {
        "version": f'"{version(parent.config, lesson.number)}"',
        "interval": f"{json.dumps(wider)}   # half, in the film's spreads; by readers' numbers",
        "correction": f"{json.dumps(taught)}   # of the number, by readers: scale * number + shift",
    }
    rewrite_config(parent.folder / CONFIG, folder / CONFIG, changed)
    return store
