"""What goes wrong, as exceptions."""

from __future__ import annotations

import json
import signal
from typing import Any, Optional

BLAMED = {2: "badConfiguration", 3: "badData"}
"""By the program's exit code."""


class NodeNotFound(RuntimeError):
    """Node or the npm package soapstream is missing, or too old. The message says what to do."""


class SegmentError(RuntimeError):
    """A segment has failed: what came out of it until then is not whole.

    The message names the place, which is here as data too; each part is None where it is not known.
    """

    code: str
    """`badData`, `badSchema`, `badOption`, `badConfiguration`…, as docs/segments.md has them; `incomplete` if the process ended
    without saying why, or other rows arrived than it says."""
    detail: str
    """The message without its place."""
    pipeline: Optional[str]
    step: Optional[str]
    batch: Optional[int]
    """Index of the batch that arrived at the step, from 0."""
    row: Optional[int]
    """Index of the row in that batch, from 0."""
    image: Any
    """The row's `image`."""
    option: Optional[str]
    is_retryable: bool
    """Whether another attempt may end otherwise: not if the data or the options are to blame."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        detail: Optional[str] = None,
        pipeline: Optional[str] = None,
        step: Optional[str] = None,
        batch: Optional[int] = None,
        row: Optional[int] = None,
        image: Any = None,
        option: Optional[str] = None,
        is_retryable: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.detail = message if detail is None else detail
        self.pipeline = pipeline
        self.step = step
        self.batch = batch
        self.row = row
        self.image = image
        self.option = option
        self.is_retryable = is_retryable

    def __reduce__(self) -> Any:
        return (_rebuilt, (str(self), dict(self.__dict__)))

    @classmethod
    def from_line(cls, line: dict[str, Any]) -> SegmentError:
        """@param line: `error` of the line on standard error"""
        names = ("detail", "pipeline", "step", "batch", "row", "image", "option")
        place = {name: line.get(name) for name in names}
        return cls(line["code"], line["message"], is_retryable=line["isRetryable"], **place)

    @classmethod
    def of_ended(cls, exit_code: Optional[int], stderr: bytes, noticed: Optional[BaseException] = None) -> SegmentError:
        """Why the program has ended: what it says itself, or else how.

        :param noticed: what whoever read its output noticed of it
        """
        text = stderr.decode(errors="replace").strip()
        try:
            return cls.from_line(json.loads(text.rsplit("\n", 1)[-1])["error"])
        except (ValueError, LookupError, TypeError):
            pass
        if exit_code in BLAMED:
            return cls(BLAMED[exit_code], text.replace("soapstream: ", "", 1))
        if exit_code == 0:
            how = "ended without the line `end` in its report"
        elif exit_code is not None and exit_code < 0:
            how = f"was killed by {signal.Signals(-exit_code).name}"
        else:
            how = f"ended with exit code {exit_code}"
        why = "".join(f": {each}" for each in (text, noticed) if each)
        return cls("incomplete", f"the process of Node {how}{why}", is_retryable=True)


def _rebuilt(message: str, state: dict[str, Any]) -> SegmentError:
    error = SegmentError("", message)
    error.__dict__.update(state)
    return error
