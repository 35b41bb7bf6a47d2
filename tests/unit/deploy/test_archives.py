import subprocess
import sys
from pathlib import Path


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local.archives", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_release_of_the_present_models_is_no_other_one(tmp_path: Path) -> None:
    told = run("--release", "next", "--out", tmp_path)

    assert told.returncode == 2
    assert "make models RELEASE=next STORE=path/to/model_store" in told.stderr


def test_store_without_weights_is_told(tmp_path: Path) -> None:
    told = run("--release", "next", "--store", tmp_path, "--out", tmp_path)

    assert told.returncode == 2
    assert f"no weights.safetensors of any of discriminator, segmenter, classifier in {tmp_path}" in told.stderr
