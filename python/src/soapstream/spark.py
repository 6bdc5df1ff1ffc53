"""Pipelines on Spark: whole ones as tasks (`run`), or steps on rows that stay in Spark (`segment`). For these, pyspark, pandas and this package are needed on the driver and on the executors."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Optional

import pyarrow as pa

from soapstream import _segment
from soapstream._compiled import FILE, OUT, CompiledSegment, compile_segment
from soapstream._errors import NodeNotFound, SegmentError
from soapstream._find import PathLike
from soapstream._spark_archive import make_archive
from soapstream._spark_run import run
from soapstream._portable import cast_batch, from_text, portable_schema, to_text

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

ARROW = "soapstream"
"""Where the metadata of a column keep its Arrow field, so that types and provenance come back in a later segment."""


def segment(
    df: DataFrame,
    file: PathLike,
    pipeline: str,
    *,
    from_step: Optional[str] = None,
    to_step: Optional[str] = None,
    settings: Optional[Mapping[str, object]] = None,
    profile: Optional[str] = None,
    out: Optional[PathLike] = None,
    schema: Optional[pa.Schema] = None,
    silence: float = 600,
    node: Optional[PathLike] = None,
    cli: Optional[PathLike] = None,
) -> DataFrame:
    """Runs consecutive steps of a pipeline on the rows of a DataFrame: what comes out of them, as a DataFrame.

    The driver reads the pipeline file, compiles the steps and asks for the schema. So mistakes in it are told at once, and executors
    need neither the file nor its folder. Each task runs one process of Node on the rows of its partition, in their order. What Spark
    does not have (unsigned integers, fixed-size lists, dictionaries) is cast without loss, or refused by the column's name. Columns
    remember what they were, and are that again in a later segment.

    A process that dies or hangs fails its task, which Spark runs again. A row that fails does so too, whatever `onError` says: Spark
    tries it `spark.task.maxFailures` times, since nothing tells it that another attempt ends alike.

    :param df: with the columns that the first step reads
    :param schema: of those columns whose types Spark's do not tell, e.g. `pixels` as fixed-size lists
    :param silence: seconds without a word of a process after which it is taken for hung: more than any batch takes
    :param node: the interpreter on the executors; by default they look for it as the driver does for its own
    :param cli: the program on the executors, likewise
    :returns: a plan: nothing is computed yet. Other arguments are those of `soapstream.segment`
    :raises SegmentError: if something is wrong with the pipeline file, or the steps do not take these columns
    :raises NodeNotFound: if the driver has no Node or no program
    :raises TypeError: naming a column that comes out with a type that Spark does not have; ValueError for a column of `schema` that is none
    """
    from pyspark.sql.pandas.types import from_arrow_schema

    compiled = compile_segment(file, pipeline, from_step, to_step, settings, profile, out)
    arriving = _arrow_schema(df.schema, schema)
    leaving = compiled.output_schema(arriving)
    portable = portable_schema(leaving)
    task = _Task(compiled, arriving, portable, silence, node, cli)

    def rows_of(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return task.run(batches)

    return df.mapInArrow(rows_of, _remembering(from_arrow_schema(portable, True), leaving))


@dataclass(frozen=True)
class _Task:
    """What the executors are sent."""

    compiled: CompiledSegment
    arriving: pa.Schema
    leaving: pa.Schema
    silence: float
    node: Optional[PathLike]
    cli: Optional[PathLike]

    def run(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = iter(batches)
        first = next(rows, None)
        if first is None:
            return
        try:
            # Spark removes that folder, also after a worker that was killed.
            with self.compiled.unpacked(os.environ.get("SPARK_LOCAL_DIRS", "").split(",")[0] or None) as folder:
                described = _segment.segment(
                    folder / FILE,
                    self.compiled.pipeline,
                    self._arriving(first, rows),
                    out=folder / OUT,
                    schema=self.arriving,
                    silence=self.silence,
                    node=self.node,
                    cli=self.cli,
                )
                with closing(described):  # type: ignore[type-var]
                    for batch in described:
                        yield cast_batch(batch, self.leaving)
        except (SegmentError, NodeNotFound) as error:
            error.args = (f"{_here()}: {error}",)
            raise error from None

    def _arriving(self, first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield cast_batch(first, self.arriving)
        for batch in rest:
            yield cast_batch(batch, self.arriving)


def _here() -> str:
    from pyspark import TaskContext

    context = TaskContext.get()
    return f"partition {context.partitionId() if context else '?'} on {socket.gethostname()}"


def _arrow_schema(schema: StructType, told: Optional[pa.Schema]) -> pa.Schema:
    """What Spark's rows are for the steps: as they were told, as they left an earlier segment, or as they are."""
    from pyspark.sql.pandas.types import to_arrow_type

    for name in told.names if told is not None else []:
        if name not in schema.names:
            raise ValueError(f"schema: expected columns of the DataFrame, {', '.join(schema.names)}, got {name}")
    fields = []
    for column in schema.fields:
        field = from_text((column.metadata or {}).get(ARROW))
        if told is not None and column.name in told.names:
            field = told.field(column.name)
        if field is None:
            field = pa.field(column.name, to_arrow_type(column.dataType))
        fields.append(field.with_name(column.name).with_nullable(column.nullable))
    return pa.schema(fields)


def _remembering(schema: StructType, leaving: pa.Schema) -> StructType:
    for column, field in zip(schema.fields, leaving):
        column.metadata = {ARROW: to_text(field)}
    return schema


__all__ = ["make_archive", "run", "segment"]
