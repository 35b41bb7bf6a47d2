"""Findings of one's own: from an index that names one to the gateway's answer, in which it stands."""

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from safetensors.torch import load_file

from cxr import wire
from cxr.radiograph import Radiograph
from gateway.cascade import Ask, assess
from gateway.deadline import Deadline
from handlers.classifier import ClassifierHandler
from tests.fakes import SIDES, default_answers
from tests.unit.training import trees
from tests.unit.training.conftest import drawn
from training import reported, stages
from training.__main__ import main
from training.export import about_of
from training.layouts import index as indexes
from training.layouts.listing import LayoutError
from training.sought import Sought
from vocabulary.conditions import CLASSES

NAMES = ("Rib_Fracture", "Effusion", "Scoliosis")
LABELS = ("Rib_Fracture|Effusion", "No Finding", "Scoliosis", "Effusion")
DECLARED = "name,words,scheme,code\nRib_Fracture,Fracture of a rib,SCT,33737001\nScoliosis,Crooked spine,,\n"


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of 18 films of one's own, a third of them of each class, and what its findings are called."""
    folder, random = tmp_path_factory.mktemp("ward"), np.random.default_rng(0)
    columns = ("image", "dataset", "kind", "three_class", "patient_id", "split", "label_raw", "view")
    with (folder / "index.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for at in range(18):
            cv2.imwrite(str(folder / f"{at}.png"), drawn(random, True)[0])
            split = ("train", "val", "test")[at // 6]
            name = CLASSES[at % 3].replace("_", " ")
            writer.writerow((f"{at}.png", "ward", "cxr", name, f"P{at}", split, LABELS[at % 4], "PA"))
    (folder / "findings.csv").write_text(DECLARED)
    return folder / "index.csv"


@pytest.fixture
def training(ward: Path, segmenter: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a verb for the classifier, in small: an epoch of one step."""
    tiny = replace(stages.SETTINGS["classifier"], samples=4, batch=4, coarse_side=64, fine_epochs=0)
    monkeypatch.setitem(stages.SETTINGS, "classifier", tiny)

    def run(verb: str, *words: object, stage: str = "classifier", data: Sequence[Path] = (ward,)) -> None:
        common = ["--data", *data, "--segmenter", segmenter, "--cache", cache]
        out = ["--out", tmp_path / "out", "--epochs", 1] if verb == "fit" else []
        monkeypatch.setattr("sys.argv", ["training", verb, stage, *map(str, (*common, *out, *words))])
        main()

    return run


class Served:
    """A stage in this process that answers as TorchServe's worker does."""

    def __init__(self, name: str, handler: ClassifierHandler | None = None) -> None:
        self.name, self._handler = name, handler

    def who(self) -> wire.Description:
        """What it says of itself."""
        if self._handler is None:
            return wire.Description(self.name, "1.0.0", "", SIDES[self.name])
        answer = self._replied(wire.encode_request(None, "")).answer
        assert isinstance(answer, wire.Description)
        return answer

    async def ask(self, pixels: np.ndarray, *_: object) -> wire.Reply:
        """Its answer."""
        if self._handler is None:
            return wire.Reply(default_answers()[self.name], "", 0.0)
        return self._replied(wire.encode_request(pixels, ""))

    def _replied(self, request: bytes) -> wire.Reply:
        assert self._handler is not None
        return wire.decode_reply(self.name, self._handler.handle([{"data": request}], None)[0])


def served(folder: Path) -> dict[str, Any]:
    """The exported classifier behind two stages that take any film."""
    handler = ClassifierHandler()
    config = yaml.safe_load((folder / "model-config.yaml").read_text())
    handler.initialize(SimpleNamespace(system_properties={"model_dir": str(folder)}, model_yaml_config=config))
    return {name: Served(name, handler if name == "classifier" else None) for name in SIDES}


async def test_a_finding_of_ones_own_goes_from_the_index_to_the_answer(
    training: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reported, "MIN_AUROC", -1.0)  # one step teaches nothing that would be worth reporting
    monkeypatch.setattr(reported, "MIN_PRESENT", 2)

    training("fit", "--findings", *NAMES)
    training("export", "--from", tmp_path / "out", "--store", tmp_path / "store")
    folder = tmp_path / "store" / "classifier"
    training("evaluate", "--weights", folder / "weights.safetensors", "--report", tmp_path / "report.html")

    about = about_of(folder / "weights.safetensors")
    assert Sought.of(about).names == NAMES and len(load_file(folder / "weights.safetensors")["maps.bias"]) == 6
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["fit"].endswith("--findings Rib_Fracture Effusion Scoliosis")
    told = {each["what"] for each in metrics["figures"]}
    assert {f"AUROC of the finding {name}" for name in NAMES} <= told

    stages_here = served(folder)
    described = {name: each.who() for name, each in stages_here.items()}
    film = Radiograph(drawn(np.random.default_rng(9), True)[0], "")
    said = (await assess(film, stages_here, Ask("", Deadline(60), described))).conclusion  # type: ignore[arg-type]
    assert said.findings is not None and set(said.findings) == set(NAMES)
    assert {name: (each.words, each.scheme, each.code) for name, each in said.declared.items()} == {
        "Rib_Fracture": ("Fracture of a rib", "SCT", "33737001"),
        "Scoliosis": ("Crooked spine", "", ""),
    }


def test_a_classifier_of_other_findings_begins_with_the_rows_of_those_that_it_shares() -> None:
    before, after = Sought(("Edema", "Effusion"), {}, True), Sought(NAMES, {}, True)

    assert after.shared(before) == {0: 0, 1: 1, 2: 2, 4: 4}
    assert after.shared(Sought()) == {0: 0, 1: 1, 2: 2, 4: 9}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--findings", ""], "'' is no name of a finding"),
        (["--findings", "Rib fracture"], "is no name of a finding"),
        (["--findings", "Effusion", "Effusion"], "the finding Effusion is named twice"),
        (
            ["--findings", "Rib_Fractures"],
            "no film of the index has the finding Rib_Fractures; labels that are",
        ),
        (["--findings", "Mass"], "no film of the index has the finding Mass"),
    ],
)
def test_names_that_cannot_be_are_told_in_one_line(
    training: Any, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        training("fit", *words)

    assert stopped.value.code == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("training:")]
    assert told in line


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name,meaning\nRib_Fracture,x\n", "there is no column words"),
        ("name,words\nRib_Fracture,\n", "needs words for people"),
        ("name,words\nEffusion,Water\n", "Effusion is known here"),
        ("name,words,scheme,code\nRib_Fracture,Rib,ICD,S22\n", "expected SCT or RADLEX"),
        ("name,words\nRib_Fracture,a\nRib_Fracture,b\n", "named twice"),
    ],
)
def test_a_declaration_that_cannot_be_is_told_with_its_file(
    training: Any, ward: Path, tmp_path: Path, text: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "index.csv"
    own.write_text(ward.read_text().replace("\n", f"\n{ward.parent}/").removesuffix(f"{ward.parent}/"))
    (tmp_path / "findings.csv").write_text(text)

    with pytest.raises(SystemExit):
        training("fit", "--findings", "Rib_Fracture", data=(own,))

    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith(f"training: {tmp_path / 'findings.csv'}: ") and told in line


def test_a_finding_that_no_film_of_the_train_split_shows_is_told(
    training: Any, ward: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ward.read_text().replace("\n", f"\n{ward.parent}/").removesuffix(f"{ward.parent}/")
    kept = [line.replace("Scoliosis", "") if ",train," in line else line for line in rows.splitlines()]
    (tmp_path / "index.csv").write_text("\n".join(kept))

    with pytest.raises(SystemExit):
        training("fit", "--findings", *NAMES, data=(tmp_path / "index.csv",))

    assert "in the train split is told to be with Scoliosis" in capsys.readouterr().err.splitlines()[-1]


def test_another_stage_learns_no_findings(training: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        training("fit", "--findings", "Effusion", stage="segmenter")

    assert "the stage segmenter learns none" in capsys.readouterr().err


def test_training_goes_on_with_the_same_findings_alone(training: Any, capsys: pytest.CaptureFixture[str]) -> None:
    training("fit", "--findings", *NAMES)
    with pytest.raises(SystemExit):
        training("fit", "--resume", "--findings", "Effusion")

    assert "learns Rib_Fracture, Effusion, Scoliosis: go on with the same" in capsys.readouterr().err.splitlines()[-1]


def test_a_list_of_films_names_findings_of_ones_own_beside_their_class(tmp_path: Path) -> None:
    trees.draw(tmp_path / "films/a.png")
    trees.draw(tmp_path / "films/b.png")
    path = tmp_path / "films/ward.csv"
    path.write_text("path,label,class\na.png,Rib_Fracture|Hernia?,other pathology\nb.png,Scoliosis,\n")
    out = tmp_path / "index/index.csv"

    with pytest.raises(LayoutError, match=r"'Rib_Fracture' is neither a class .*; --findings names others"):
        indexes.read({"csv": path}, out)
    rows = indexes.write(indexes.read({"csv": path}, out, ("Rib_Fracture", "Scoliosis")), out)

    assert [(row["label_raw"], row["three_class"]) for row in rows] == [
        ("Rib_Fracture|Hernia?", "other pathology"),
        ("Scoliosis", ""),
    ]
    path.write_text("path,label,class\na.png,Hernia,ill\n")
    with pytest.raises(LayoutError, match="'ill' is no class"):
        indexes.read({"csv": path}, out)
