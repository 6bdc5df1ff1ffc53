from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from conftest import clouds, many_clouds
from soapstream import SegmentError, segment
from soapstream._compiled import FILE, OUT, compile_segment


def test_runs_anywhere_and_gives_the_same_rows(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = pa.Table.from_batches(list(segment("pipelines.yaml", "scale", many_clouds(3), out="out")))
    compiled = compile_segment("pipelines.yaml", "scale", out="out")
    monkeypatch.chdir(tmp_path)
    with compiled.unpacked() as place:
        found = pa.Table.from_batches(list(segment(place / FILE, "scale", many_clouds(3), out=place / OUT)))
    assert found.equals(expected, check_metadata=True)
    assert not place.exists()


def test_has_settings_profile_and_steps_put_in(folder: Path) -> None:
    compiled = compile_segment("pipelines.yaml", "describe", to_step="soap", profile="wide")
    wide = next(segment("pipelines.yaml", "describe", [clouds(4)], to_step="soap", settings={"sigma": 1}))
    with compiled.unpacked() as place:
        assert next(segment(place / FILE, "describe", [clouds(4)])).equals(wide)


def test_tells_the_schema_that_leaves_without_rows(folder: Path) -> None:
    expected = next(segment("pipelines.yaml", "describe", [clouds(4)])).schema
    found = compile_segment("pipelines.yaml", "describe").output_schema(clouds(4).schema)
    assert found.equals(expected, check_metadata=True)
    with pytest.raises(SegmentError, match="column points: expected") as caught:
        compile_segment("pipelines.yaml", "describe").output_schema(clouds(4).schema.remove(1))
    assert (caught.value.code, caught.value.is_retryable) == ("badData", False)


def test_wants_the_models_to_be_there(folder: Path) -> None:
    with pytest.raises(SegmentError, match="^elsewhere/artifacts/scaler: no artifact there: run the pipeline that fits it"):
        compile_segment("pipelines.yaml", "scale", out="elsewhere")
