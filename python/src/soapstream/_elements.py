"""Chemical elements by name and by number."""

from __future__ import annotations

from typing import Union

import numpy as np

SYMBOLS = (
    "X H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh "
    "Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr "
    "Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og"
).split()
"""The symbol of each atomic number; 0 is ase's X."""

_NUMBERS = {symbol: number for number, symbol in enumerate(SYMBOLS)}


def atomic_number(species: Union[str, int]) -> int:
    """@raises ValueError"""
    if isinstance(species, str):
        if species not in _NUMBERS:
            raise ValueError(f"species: expected symbols of elements, got {species!r}")
        return _NUMBERS[species]
    if isinstance(species, (int, np.integer)) and 0 <= species < len(SYMBOLS):
        return int(species)
    raise ValueError(f"species: expected symbols of elements or atomic numbers to {len(SYMBOLS) - 1}, got {species!r}")
