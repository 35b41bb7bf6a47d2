"""What Python runs first in a stage's worker: an archive has it as sitecustomize.py (local/archives.py).

TorchServe's worker imports torch to recognise replies that are tensors. Those of a stage are bytes, and its network
runs in OpenVINO: so torch is loaded when somebody first uses it, which here is never. Loading it takes seconds, and a
hundred megabytes in each worker. Other libraries do without what cxr.importing names; StageHandler ends that.

Source:
    ts/protocol/otf_message_handler.py of TorchServe 0.12.0 asks for torch.Tensor after bytes and str.
"""

import importlib
import importlib.util
import sys
from types import ModuleType

from cxr.importing import begin


class _Later(ModuleType):
    """Stands for a module until something of it is asked for. importlib's LazyLoader would load it at `import`."""

    def __getattr__(self, name: str) -> object:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


begin()
if spec := importlib.util.find_spec("torch"):
    later = _Later("torch")
    later.__spec__ = spec
    sys.modules["torch"] = later
