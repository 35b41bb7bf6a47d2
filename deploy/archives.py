"""Build the model archives: `python deploy/archives.py [STAGE ...] [--out build/model_store]`.

An archive is a stage's weights, its handler and the exact shared code that makes them right, so that rolling a model
back rolls its pre-processing back too. The gateway's modules stay out: no stage ever sees a DICOM file. The network is
converted for OpenVINO here, once, so that no worker has to when it starts.
"""

import argparse
import hashlib
import shutil
import tempfile
from pathlib import Path

import yaml
from model_archiver import ModelArchiver, ModelArchiverConfig

from cxr import runtime
from cxr import stage as stages

ROOT = Path(__file__).resolve().parent.parent
STAGES = ("discriminator", "segmenter", "classifier")
GATEWAY_ONLY = (
    *("dicom.py", "part10.py", "codec.py", "display.py", "aspect.py", "picture.py"),
    *("torchserve_pb2*", "__pycache__", "*.pyi"),
)


def main() -> None:
    """Build the archives whose sources changed since they were built."""
    parser = argparse.ArgumentParser(description="Build the model archives.")
    parser.add_argument("stages", nargs="*", default=STAGES, metavar="STAGE", help=f"of {', '.join(STAGES)}")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "model_store", help="folder of the archives")
    arguments = parser.parse_args()
    for stage in arguments.stages:
        built = build(stage, arguments.out)
        print(f"{stage}: {'built' if built else 'up to date'}, {arguments.out / f'{stage}.mar'}")


def build(stage: str, out: Path, source: Path = ROOT / "model_store") -> bool:
    """Build one archive; False where it was up to date.

    Args:
        stage: its name; source / stage holds its weights and model-config.yaml.
        out: folder of the archives, made where it is missing.
        source: where the weights are.
    """
    model, handler = source / stage, ROOT / "handlers" / f"{stage}.py"
    stamp = out / f"{stage}.sha256"
    current = _digest([*model.glob("*.safetensors"), model / "model-config.yaml", handler, Path(__file__), *_shared()])
    if (out / f"{stage}.mar").exists() and stamp.exists() and stamp.read_text() == current:
        return False
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{stage}-", dir=out) as folder:
        _archive(stage, model, handler, Path(folder)).replace(out / f"{stage}.mar")  # at once: it may be read meanwhile
    stamp.write_text(current)
    return True


def _archive(stage: str, model: Path, handler: Path, folder: Path) -> Path:
    """The archive, built in a folder of its own, so that two builds at once do not harm each other."""
    staged = folder / "content"
    shutil.copytree(ROOT / "services" / "cxr", staged / "cxr", ignore=shutil.ignore_patterns(*GATEWAY_ONLY))
    shutil.copy(model / "weights.safetensors", staged)
    config = yaml.safe_load((model / "model-config.yaml").read_text())
    runtime.convert(stages.source(stage, staged, config["stage"]))
    ModelArchiver.generate_model_archive(
        ModelArchiverConfig(
            model_name=stage,
            version=config["stage"]["version"],
            handler=str(handler),
            config_file=str(model / "model-config.yaml"),
            extra_files=str(staged),
            export_path=str(folder),
        )
    )
    return folder / f"{stage}.mar"


def _shared() -> list[Path]:
    return sorted(path for path in (ROOT / "services" / "cxr").rglob("*.py"))


def _digest(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


if __name__ == "__main__":
    main()
