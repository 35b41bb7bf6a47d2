"""Build the model archives: `python -m local.archives [STAGE ...] [--out build/model_store]`.

Those of another release, to serve beside the present one: `python -m local.archives --release next --store FOLDER`,
with the stages that differ in FOLDER as they are in model_store; they go to build/releases/next.

An archive is a stage's weights, its handler and the exact shared code that makes them right, the package cxr, so that
rolling a model back rolls its pre-processing back too. The network is converted for OpenVINO here, once, so that no
worker has to when it starts.

Every archive is signed, with all files that are in it: `--sign FILE` names the private key. Without it, a key of this
machine signs, which is made in build/run/signing at the first build, and whose public half in build/run/trusted is what
`make up` trusts (docs/operations.md, "Signed archives").
"""

import argparse
import hashlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from model_archiver import ModelArchiver, ModelArchiverConfig

from certificates.signatures import SignatureError
from client.places import CHECKOUT, SERVICES, model_store
from cxr import runtime
from cxr import stage as stages
from local.places import DEFAULT_ARCHIVES, HOME
from local.seals import machine_key, outdated, sign
from vocabulary.problems.known import SERVED
from vocabulary.stages import STAGES

HANDLERS = (CHECKOUT or SERVICES) / "handlers"
RELEASES = HOME / "releases"
WORKERS = ("minWorkers:", "maxWorkers:")
"""How many workers a machine runs is not the model's affair. In an archive, TorchServe would take them before its own
configuration's, and they would make the archive another one, whose results are not those of the same with one more.

Source:
    org.pytorch.serve.ModelServer.initModelStore of TorchServe 0.12; observed with TS_DEFAULT_WORKERS_PER_MODEL.
"""
WORKER_START = SERVICES / "local" / "worker_start.py"
LEFT_OUT = ("__pycache__", "*.pyi")


def main() -> None:
    """Build the archives whose sources changed since they were built."""
    parser = argparse.ArgumentParser(description="Build the model archives.")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=f"of {', '.join(SERVED)}; or all in the store")
    parser.add_argument("--store", type=Path, default=model_store(), help="folder with a folder for each stage")
    parser.add_argument("--release", help="its name: the archives are those of this release, not of the present one")
    parser.add_argument("--out", type=Path, help="folder of the archives")
    parser.add_argument("--sign", type=Path, metavar="FILE", help="private key (Ed25519, PEM) that signs them")
    arguments = parser.parse_args()
    if arguments.release and arguments.store == model_store():
        parser.error("a release needs a --store with what differs (make models RELEASE=next STORE=path/to/model_store)")
    there = [name for name in SERVED if (arguments.store / name / "weights.safetensors").exists()]
    chosen = arguments.stages or there
    if not chosen:
        parser.error(f"there is no weights.safetensors of any of {', '.join(STAGES)} in {arguments.store}/STAGE")
    out = arguments.out or (RELEASES / arguments.release if arguments.release else DEFAULT_ARCHIVES)
    try:
        for stage in chosen:
            why = build(stage, out, arguments.store, arguments.sign)
            print(f"{stage}: built, because {why}" if why else f"{stage}: up to date, {out / f'{stage}.mar'}")
    except (SignatureError, OSError) as error:
        sys.exit(f"Not signed: {error}")


def build(stage: str, out: Path, source: Path | None = None, key: Path | None = None) -> str:
    """Build and sign one archive; why, and nothing where it was up to date.

    One that was changed since it was built is not up to date, nor one that another key signed.

    Args:
        stage: its name; source / stage holds its weights and model-config.yaml.
        out: folder of the archives, made where it is missing.
        source: where the weights are; by default the model store.
        key: file of the private key that signs it; by default this machine's own.

    Raises:
        SignatureError: the key is none.
        OSError: a file cannot be read or written.
    """
    model, handler = (source or model_store()) / stage, HANDLERS / f"{stage.replace('-', '_')}.py"
    key = key or machine_key()
    config, made_by = model / "model-config.yaml", (Path(__file__), WORKER_START, *_shared())
    current = _digest([*model.glob("*.safetensors"), *_quantised(model), config, handler, *made_by])
    if not (why := outdated(out / f"{stage}.mar", current, key)):
        return ""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{stage}-", dir=out) as folder:
        archive = _archive(stage, model, handler, Path(folder))
        sign(archive, current, key)
        archive.replace(out / f"{stage}.mar")  # at once: it may be read meanwhile
    return why


def _archive(stage: str, model: Path, handler: Path, folder: Path) -> Path:
    """The archive, built in a folder of its own, so that two builds at once do not harm each other."""
    staged = folder / "content"
    shutil.copytree(SERVICES / "cxr", staged / "cxr", ignore=shutil.ignore_patterns(*LEFT_OUT))
    for each in (model / "weights.safetensors", *_quantised(model)):
        shutil.copy(each, staged)
    shutil.copy(WORKER_START, staged / "sitecustomize.py")
    packed = _without_workers(model / "model-config.yaml", folder)
    config = yaml.safe_load(packed.read_text())
    if not _quantised(model):
        runtime.convert(stages.source(stage, staged, config["stage"]))
    wanted = ModelArchiverConfig(
        model_name=stage,
        version=config["stage"]["version"],
        handler=str(handler),
        config_file=str(packed),
        extra_files=str(staged),
        export_path=str(folder),
    )
    with _temporary(folder / "temporary"):
        ModelArchiver.generate_model_archive(wanted)
    return folder / f"{stage}.mar"


@contextmanager
def _temporary(folder: Path) -> Iterator[None]:
    """The archiver gathers its files in one named after the model, and so with every other build on the machine."""
    folder.mkdir()
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before


def _without_workers(config: Path, folder: Path) -> Path:
    """A copy of model-config.yaml for the archive."""
    lines = config.read_text().splitlines(keepends=True)
    packed = folder / config.name
    packed.write_text("".join(line for line in lines if not line.startswith(WORKERS)))
    return packed


def _quantised(model: Path) -> list[Path]:
    """The network's 8-bit form, where it has one: that is run, and nothing has to be converted."""
    return sorted(model.glob(f"{Path(runtime.QUANTISED).stem}.*"))


def _shared() -> list[Path]:
    return sorted(path for path in (SERVICES / "cxr").rglob("*.py"))


def _digest(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(path.name.encode() + path.read_bytes())
    return total.hexdigest()


if __name__ == "__main__":
    main()
