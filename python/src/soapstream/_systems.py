"""Atomic structures as arrays: of ase, or of anything that has the same attributes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def is_system(given: Any) -> bool:
    return hasattr(given, "positions") or hasattr(given, "get_positions")


class System:
    """Positions (n, 3), atomic numbers (n,) and, of periodic ones, cell (3, 3) and pbc (3,)."""

    def __init__(self, given: Any, is_periodic: bool) -> None:
        """:raises ValueError: naming what is missing or has another shape"""
        if not is_system(given):
            raise ValueError(f"expected a structure with positions and numbers, got {type(given).__name__}")
        self.positions: Array = np.ascontiguousarray(_attribute(given, "positions", "get_positions"), np.float64)
        if self.positions.ndim != 2 or self.positions.shape[1] != 3:
            raise ValueError(f"positions: expected shape (n, 3), got {self.positions.shape}")
        numbers = np.asarray(_attribute(given, "numbers", "get_atomic_numbers"))
        if numbers.shape != (len(self.positions),):
            raise ValueError(f"numbers: expected {len(self.positions)}, one for each atom, got shape {numbers.shape}")
        if len(numbers) and not (numbers.dtype.kind in "iu" and 0 <= numbers.min() and numbers.max() < 119):
            raise ValueError("numbers: expected atomic numbers from 0 to 118")
        self.numbers: Array = numbers.astype(np.uint8)
        self.cell: Optional[Array] = None
        self.pbc: Optional[Array] = None
        if is_periodic:
            self.cell = np.ascontiguousarray(_attribute(given, "cell", "get_cell"), np.float64)
            self.pbc = np.asarray(_attribute(given, "pbc", "get_pbc")).astype(np.uint8)
            if self.cell.shape != (3, 3) or self.pbc.shape != (3,):
                raise ValueError(f"expected cell (3, 3) and pbc (3,), got {self.cell.shape} and {self.pbc.shape}")

    def __len__(self) -> int:
        return len(self.positions)


class Centers:
    """Where rows are wanted: positions (n, 3), and the indices of atoms if all are atoms."""

    def __init__(self, given: Optional[Sequence[Any]], system: System) -> None:
        """:raises ValueError: for indices of no atom, and positions that are none"""
        self.indices: Optional[Array] = None
        if given is None:
            self.indices = np.arange(len(system))
            self.positions: Array = system.positions
            return
        if isinstance(given, str) or not hasattr(given, "__len__") or len(given) == 0:
            raise ValueError("centers: expected a list of indices of atoms or of positions that is not empty")
        places = [_place(each, system) for each in given]
        if all(isinstance(each, (int, np.integer)) for each in given):
            self.indices = np.asarray(given, np.int64) % len(system)
        self.positions = np.array(places, np.float64)

    def __len__(self) -> int:
        return len(self.positions)


def _place(center: Any, system: System) -> Any:
    if isinstance(center, (int, np.integer)):
        if -len(system) <= center < len(system):  # from the end, as Python counts
            return system.positions[center]
        raise ValueError(f"centers: expected indices below {len(system)}, the number of atoms, got {center}")
    if isinstance(center, (list, tuple, np.ndarray)) and len(center) == 3:
        return center
    raise ValueError(f"centers: expected an index or three coordinates, got {center!r}")


def _attribute(given: Any, name: str, method: str) -> Any:
    value = getattr(given, name, None)
    if value is None and hasattr(given, method):
        value = getattr(given, method)()
    if value is None:
        raise ValueError(f"expected {name}, which {type(given).__name__} does not have")
    return value
