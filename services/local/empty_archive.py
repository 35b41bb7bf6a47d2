"""An archive whose handler does nothing: what is left is TorchServe itself."""

from pathlib import Path

from model_archiver import ModelArchiver, ModelArchiverConfig

from cxr import wire

NAME = "classifier"
"""Whose place it takes."""
PAYLOAD_BYTES = 224 * 224
"""Of a request. Source: the classifier's."""

HANDLER = '''\
class EmptyHandler:
    """Answers at once, and always the same."""

    def initialize(self, context):
        pass

    def handle(self, data, context):
        return [{reply!r} for _ in data]
'''
CONFIG = """\
{minWorkers: 1, maxWorkers: 1, batchSize: 1, maxBatchDelay: 1, responseTimeout: 30, stage: {version: "0", side: 224}}
"""


def empty_archive(folder: Path) -> Path:
    """Write it, unsigned, to a folder; its one reply is a description, so that a stack can tell when it is ready."""
    folder.mkdir(parents=True, exist_ok=True)
    handler, config = folder / "empty.py", folder / "model-config.yaml"
    reply = wire.encode_answer(wire.Description(NAME, "empty", "", 0), digest="")
    handler.write_text(HANDLER.format(reply=reply))
    config.write_text(CONFIG)
    ModelArchiver.generate_model_archive(
        ModelArchiverConfig(
            model_name=NAME,
            version="0",
            handler=str(handler),
            config_file=str(config),
            export_path=str(folder),
            force=True,
        )
    )
    return folder / f"{NAME}.mar"
