"""docs/settings.md: every variable that a service reads, from the classes that read them.

What they say of each is read here and not by pydantic (use_attribute_docstrings), which does so whenever a service
starts, and takes a tenth of that.
"""

import ast
import inspect
from itertools import pairwise
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

import gateway.settings
import review.settings
import scp.settings
from local.places import ROOT

PAGE = ROOT / "docs" / "settings.md"

SERVICES: dict[str, type[BaseSettings]] = {
    "Gateway": gateway.settings.Settings,
    "Listener": scp.settings.Settings,
    "Reading room": review.settings.Settings,
}

HEAD = """# Settings

Every variable that the services read at start. An invalid value stops the service with a message. `make up` reads
[more](deployment.md). `make generated` writes this page from the classes in `services/*/settings.py`.
"""

MEBIBYTE = 1024 * 1024


def contents() -> dict[Path, str]:
    """The page."""
    return {PAGE: "\n".join([HEAD, *(_section(name, kind) for name, kind in SERVICES.items())])}


def _section(name: str, kind: type[BaseSettings]) -> str:
    prefix = kind.model_config.get("env_prefix", "")
    shared_last = sorted(kind.model_fields.items(), key=lambda each: _is_shared(each[0], kind))
    said = _said(kind)
    rows = [_row(f"{prefix}{field.upper()}", about, said.get(field, "")) for field, about in shared_last]
    return "\n".join([f"## {name}", "", "| Variable | Default | |", "|---|---|---|", *rows, ""])


def _is_shared(field: str, kind: type[BaseSettings]) -> bool:
    """Whether it is of a class that is no part of the service."""
    owner = next(each for each in kind.__mro__ if field in inspect.get_annotations(each))
    return owner.__module__.partition(".")[0] != kind.__module__.partition(".")[0]


def _said(kind: type[BaseSettings]) -> dict[str, str]:
    """The string after each field, in a class and in those that it comes from."""
    found = {}
    for each in reversed(kind.__mro__[: kind.__mro__.index(BaseSettings)]):
        body = ast.parse(inspect.getsource(each)).body[0]
        for field, then in pairwise(body.body if isinstance(body, ast.ClassDef) else ()):
            match field, then:
                case ast.AnnAssign(target=ast.Name(name)), ast.Expr(value=ast.Constant(value=str(text))):
                    found[name] = " ".join(text.split())
    return found


def _row(variable: str, about: FieldInfo, said: str) -> str:
    return f"| `{variable}` | {_default(variable, about)} | {said} |"


def _default(variable: str, about: FieldInfo) -> str:
    """As one would write it into the environment; bytes in the unit that people use."""
    value = None if about.is_required() else about.get_default(call_default_factory=True)
    if value is None or value == "":
        return ""
    if variable.endswith("_BYTES") and value and value % MEBIBYTE == 0:
        return f"{value} ({value // MEBIBYTE} MiB)"
    return str(value).lower() if isinstance(value, bool) else str(value)
