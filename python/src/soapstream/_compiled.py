"""Steps of a pipeline as data that can be sent to other machines."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Optional, cast

import pyarrow as pa

from soapstream._errors import SegmentError
from soapstream._find import PathLike, find_cli, find_node
from soapstream._segment import arguments_of

FILE = "segment.json"
OUT = "out"


@dataclass(frozen=True)
class CompiledSegment:
    """A pipeline file that concerns nothing else, and the fitted models that it applies."""

    pipeline: str
    files: Mapping[str, bytes]
    """By their paths below whatever folder they are put in."""

    @contextmanager
    def unpacked(self, within: Optional[str] = None) -> Iterator[Path]:
        """The folder of the files, as long as the context lasts: `FILE`, and the output folder `OUT`."""
        with tempfile.TemporaryDirectory(prefix="soapstream-", dir=within) as name:
            folder = Path(name)
            for path, content in self.files.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
            yield folder

    def output_schema(self, arriving: pa.Schema) -> pa.Schema:
        """What leaves, when that arrives. @raises SegmentError if the steps do not take it"""
        with self.unpacked() as folder:
            arguments = arguments_of(folder / FILE, self.pipeline, out=folder / OUT)
            answer = json.loads(answer_of([*arguments, "--schema"], _stream_without_batches(arriving)))
        return pa.ipc.open_stream(base64.b64decode(answer["output"]["arrow"])).schema


def compile_segment(
    file: PathLike,
    pipeline: str,
    from_step: Optional[str] = None,
    to_step: Optional[str] = None,
    settings: Optional[Mapping[str, object]] = None,
    profile: Optional[str] = None,
    out: Optional[PathLike] = None,
) -> CompiledSegment:
    """@raises SegmentError if something is wrong with the file, or the steps cannot run anywhere"""
    content = answer_of([*arguments_of(file, pipeline, from_step, to_step, settings, profile, out), "--compile"])
    files = {FILE: content}
    for step in json.loads(content)["pipelines"][pipeline]["steps"]:
        for options in step.values():
            if isinstance(options, dict) and "apply" in options:
                files.update(_artifact(Path("out" if out is None else out) / "artifacts" / options["apply"]))
    return CompiledSegment(pipeline, files)


def _artifact(folder: Path) -> dict[str, bytes]:
    """A fitted model. @raises SegmentError if there is none"""
    if not folder.is_dir():
        message = f"{folder}: no artifact there: run the pipeline that fits it, or name its output folder by out="
        raise SegmentError("missingInput", message)
    return {os.path.join(OUT, "artifacts", folder.name, each.name): each.read_bytes() for each in folder.iterdir()}


def answer_of(arguments: Sequence[str], given: bytes = b"") -> bytes:
    """What the program prints. @raises SegmentError with what it says is wrong"""
    ended = subprocess.run([find_node(), find_cli(), *arguments], input=given, capture_output=True, check=False)
    if ended.returncode != 0:
        raise SegmentError.of_ended(ended.returncode, ended.stderr)
    return ended.stdout


def _stream_without_batches(schema: pa.Schema) -> bytes:
    sink = pa.BufferOutputStream()
    pa.ipc.new_stream(sink, schema).close()
    return cast(bytes, sink.getvalue().to_pybytes())
