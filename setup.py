"""What pyproject.toml cannot say: which files beside our packages a wheel has, so that it runs without the repository.

They are handlers, TorchServe's settings, and the sample films with where they are from; not the weights, which are a
wheel of their own, on their own terms. An image is built without these files, and its packages do without them.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

BESIDE = ("handlers/*.py",)
"""They come beside our packages: training answers with them, and archives have them in them."""

PACKED = (
    "deploy/observability/alerts.yml",
    "deploy/observability/local.yml",
    "deploy/observability/rules.yml",
    "deploy/torchserve/config.properties",
    "deploy/torchserve/log4j2.xml",
    "tests/data/SOURCES.md",
    "tests/data/*.dcm",
    "tests/data/*.jpg",
    "tests/data/*.png",
)
"""They come to local/packed, at the same paths. Source: services/local/places.py, ROOT."""


class BuildWithPacked(build_py):
    """Our packages, and those files."""

    def run(self) -> None:
        """Copy everything to the build folder."""
        super().run()
        if not self.editable_mode:
            self._pack(BESIDE, Path(self.build_lib))
            self._pack(PACKED, Path(self.build_lib, "local", "packed"))

    def _pack(self, patterns: tuple[str, ...], folder: Path) -> None:
        for source in (path for pattern in patterns for path in sorted(Path().glob(pattern))):
            self.mkpath(str(folder / source.parent))
            self.copy_file(str(source), str(folder / source), preserve_mode=False)


setup(cmdclass={"build_py": BuildWithPacked})
