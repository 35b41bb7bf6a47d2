"""contract.ts: the types of what the film page and the server say to each other, from the models that check it.

Our own fifty lines: the tools for this are packages of npm, and the test that compares must not need a network.
"""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from local.places import ROOT
from review.reading.contract import FilmState, Said
from review.schema import Given

MODULE = ROOT / "services" / "review" / "web" / "src" / "film" / "contract.ts"
HEAD = "/** What server and page say to each other. Written by `make generated` from review/reading/contract.py. */\n"
SIMPLE = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean", "null": "null"}


def contents() -> dict[Path, str]:
    """The module."""
    models = [(model, "serialization") for model in (FilmState, Said, Given)]
    _, schema = models_json_schema(models, by_alias=True)  # type: ignore[arg-type]  # the literals are not inferred
    parts = [_declared(name, about) for name, about in sorted(schema["$defs"].items())]
    return {MODULE: "\n".join([HEAD, *parts])}


def _declared(name: str, schema: dict[str, Any]) -> str:
    """An interface for an object with fields, else a type."""
    told = f"/** {' '.join(schema['description'].split())} */\n" if "description" in schema else ""
    if "properties" not in schema:
        return f"export type {name} = {_type(schema)};\n"
    fields = "".join(_field(field, about) for field, about in schema["properties"].items())
    return f"{told}export interface {name} {{\n{fields}}}\n"


def _field(name: str, schema: dict[str, Any]) -> str:
    told = f"  /** {schema['description']} */\n" if "description" in schema else ""
    return f"{told}  {name}: {_type(schema)};\n"


def _type(schema: dict[str, Any]) -> str:
    """As TypeScript writes it. KeyError where the models use what this does not know."""
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(map(json.dumps, schema["enum"]))
    if "anyOf" in schema:
        return " | ".join(map(_type, schema["anyOf"]))
    if schema["type"] == "array":
        if "prefixItems" in schema:
            return f"[{', '.join(map(_type, schema['prefixItems']))}]"
        items = _type(schema["items"])
        return f"({items})[]" if " | " in items else f"{items}[]"
    if schema["type"] == "object":
        return f"Record<string, {_type(schema['additionalProperties'])}>"
    return SIMPLE[schema["type"]]
