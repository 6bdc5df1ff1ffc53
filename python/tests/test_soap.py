from __future__ import annotations

import json
import os
import pickle
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import soapstream
from conftest import children, is_alive, soapstream as program, write_stream
from soapstream import SOAP, SegmentError

ase = pytest.importorskip("ase")
from ase.build import bulk, molecule  # noqa: E402

OPTIONS: dict[str, Any] = {"species": ["H", "C", "O"], "r_cut": 4, "n_max": 3, "l_max": 2, "sigma": 0.5}
STEP = {"species": ["H", "C", "O"], "rCut": 4, "nMax": 3, "lMax": 2, "sigma": 0.5, "precision": "float64"}
MOLECULES = [molecule(name) for name in ("H2O", "CH3OH", "CO2", "CH4")]


def rows_of_command(folder: Path, systems: list[Any], **options: Any) -> list[np.ndarray[Any, Any]]:
    """What `soapstream segment` gives for these systems: an array each."""
    columns = {
        "image": pa.array(range(len(systems)), pa.uint32()),
        "points": pa.array([each.positions.tolist() for each in systems], pa.list_(pa.list_(pa.float64(), 3))),
        "species": pa.array([each.get_chemical_symbols() for each in systems]),
    }
    if options.get("periodic"):
        columns["cell"] = pa.array([each.cell.array.ravel() for each in systems], pa.list_(pa.float64(), 9))
        columns["pbc"] = pa.array([each.pbc.astype(np.uint8) for each in systems], pa.list_(pa.uint8(), 3))
    write_stream(folder / "systems.arrows", [pa.record_batch(columns)])
    soap = {"source": {"arrow": {"path": "systems.arrows"}}, "steps": [{"soap": {**STEP, **options}}]}
    (folder / "soap.json").write_text(json.dumps({"pipelines": {"soap": {**soap, "sinks": [{"arrow": {"path": "-"}}]}}}))
    with open(folder / "systems.arrows", "rb") as file:
        output = program(folder, "segment", "soap.json", "soap", stdin=file).stdout
    found = pa.ipc.open_stream(output).read_all().combine_chunks()
    images = found.column("image").to_numpy()
    rows = found.column("soap").chunk(0).flatten().to_numpy().reshape(len(images), -1)
    return [rows[images == i] for i in range(len(systems))]


class TestCreate:
    @pytest.mark.parametrize("n_jobs", [1, 2])
    def test_gives_the_bytes_of_the_command(self, tmp_path: Path, n_jobs: int) -> None:
        expected = rows_of_command(tmp_path, MOLECULES * 10)
        with SOAP(**OPTIONS) as soap:
            found = soap.create(MOLECULES * 10, n_jobs=n_jobs)
        assert [each.tobytes() for each in found] == [each.tobytes() for each in expected]

    def test_of_crystals_too(self, tmp_path: Path) -> None:
        crystal = bulk("C", "diamond", a=3.57)
        slab = molecule("CH4", cell=[3, 4, 5], pbc=[True, False, True])
        (expected, of_slab) = rows_of_command(tmp_path, [crystal, slab], periodic=True)
        with SOAP(**OPTIONS, periodic=True) as soap:
            assert soap.create(crystal).tobytes() == expected.tobytes()
            assert soap.create(slab).tobytes() == of_slab.tobytes()

    @pytest.mark.parametrize(
        ("arguments", "options"),
        [
            ({"rbf": "polynomial"}, {"radialBasis": "polynomial"}),
            ({"average": "inner"}, {"average": "inner"}),
            ({"average": "outer", "dtype": "float32"}, {"average": "outer", "precision": "float32"}),
            ({"compression": {"mode": "mu1nu1"}}, {"compression": "mu1nu1"}),
            (
                {"compression": {"mode": "mu2", "species_weighting": {"H": 1, "C": 2, "O": 3}}},
                {"compression": "mu2", "speciesWeighting": {"H": 1, "C": 2, "O": 3}},
            ),
            (
                {"r_cut": None, "weighting": {"function": "poly", "r0": 3, "c": 1, "m": 1, "w0": 0}},
                {"rCut": 3, "weighting": {"function": "poly", "r0": 3, "c": 1, "m": 1, "w0": 0}},
            ),
            ({"species": [8, 1, 6]}, {}),
        ],
    )
    def test_takes_options_by_their_names_in_dscribe(
        self, tmp_path: Path, arguments: dict[str, Any], options: dict[str, Any]
    ) -> None:
        expected = rows_of_command(tmp_path, MOLECULES, **options)
        with SOAP(**{**OPTIONS, **arguments}) as soap:
            found = soap.create(MOLECULES)
            assert soap.get_number_of_features() == expected[0].shape[1]
        for mine, other in zip(found, expected):
            assert mine.dtype == other.dtype and mine.tobytes() == other.tobytes()

    def test_has_dscribes_shapes(self) -> None:
        water, methane = molecule("H2O"), molecule("CH4")
        with SOAP(**OPTIONS) as soap, SOAP(**OPTIONS, average="outer") as averaged:
            size = soap.get_number_of_features()
            assert soap.create(water).shape == (3, size)
            assert soap.create([water]).shape == (3, size)
            assert soap.create([water, water]).shape == (2, 3, size)
            assert [each.shape for each in soap.create([water, methane])] == [(3, size), (5, size)]
            assert soap.create([water, methane], centers=[[0], [(1, 2, 3)]]).shape == (2, 1, size)
            assert averaged.create(water).shape == (size,)
            assert averaged.create([water, methane]).shape == (2, size)

    def test_takes_centres_by_index_and_by_place(self) -> None:
        water = molecule("H2O")
        with SOAP(**OPTIONS) as soap:
            every = soap.create(water)
            assert np.array_equal(soap.create(water, centers=[2, 0, -1]), every[[2, 0, 2]])
            assert np.array_equal(soap.create(water, centers=[list(water.positions[1]), 0]), every[[1, 0]])
            assert np.array_equal(soap.create(water, centers=np.array([1])), every[[1]])

    def test_takes_anything_with_positions_and_numbers(self) -> None:
        water = molecule("H2O")
        system = SimpleNamespace(positions=water.positions.tolist(), numbers=[8, 1, 1])
        with SOAP(**OPTIONS) as soap:
            assert np.array_equal(soap.create(system), soap.create(water))

    def test_gives_sparse_arrays(self) -> None:
        pytest.importorskip("sparse")
        with SOAP(**OPTIONS, sparse=True) as sparse, SOAP(**OPTIONS) as dense:
            assert np.array_equal(sparse.create(MOLECULES[0]).todense(), dense.create(MOLECULES[0]))

    def test_cuts_long_lists_into_many_batches(self) -> None:
        systems = MOLECULES * 2000  # 44,000 rows of 126 numbers, 42 MiB
        with SOAP(**OPTIONS) as soap:
            found = soap.create(systems, n_jobs=2)
            expected = soap.create(MOLECULES)
        assert all(np.array_equal(each, expected[i % 4]) for i, each in enumerate(found))

    def test_tells_how_far_it_is(self, capsys: pytest.CaptureFixture[str]) -> None:
        with SOAP(**OPTIONS) as soap:
            soap.create(MOLECULES, verbose=True)
        assert capsys.readouterr().out == "4 of 4 systems\n"


class TestDerivatives:
    @pytest.mark.parametrize("attach", [False, True])
    @pytest.mark.parametrize("average", ["off", "outer"])
    def test_are_those_of_finite_differences(self, attach: bool, average: str) -> None:
        system, step = molecule("CH3OH"), 1e-4
        with SOAP(**OPTIONS, average=average) as soap:
            derivatives, rows = soap.derivatives(system, attach=attach)
            assert np.array_equal(rows.reshape(-1), soap.create(system).reshape(-1))
            assert derivatives.shape == (6 if average == "off" else 1, 6, 3, soap.get_number_of_features())
            places = system.positions.copy()
            for atom, axis in ((0, 0), (3, 2)):
                found = []
                for sign in (1, -1):
                    moved = system.copy()
                    moved.positions[atom, axis] += sign * step
                    found.append(soap.create(moved, centers=None if attach else places.tolist()))
                expected = (found[0] - found[1]) / (2 * step)
                # Central differences err by step² times the third derivative.
                assert np.abs(derivatives[:, atom, axis] - expected).max() < 1e-5

    def test_of_some_atoms_and_of_lists(self) -> None:
        water, methane = molecule("H2O"), molecule("CH4")
        with SOAP(**OPTIONS) as soap:
            every = soap.derivatives(water, return_descriptor=False)
            assert np.array_equal(soap.derivatives(water, include=[2, 0], return_descriptor=False), every[:, [2, 0]])
            assert np.array_equal(soap.derivatives(water, exclude=[1], return_descriptor=False), every[:, [0, 2]])
            derivatives, rows = soap.derivatives([water, methane], include=[[0], [4]])
            assert [each.shape[:3] for each in derivatives] == [(3, 1, 3), (5, 1, 3)]
            assert np.array_equal(derivatives[0], every[:, [0]])
            assert np.array_equal(rows[1], soap.create(methane))
            derivatives, _ = soap.derivatives([water, water], centers=[[0], [1]], attach=True)
            assert derivatives.shape[:4] == (2, 1, 3, 3)


class TestLocation:
    @pytest.mark.parametrize("mode", ["off", "crossover", "mu1nu1", "mu2"])
    def test_parts_make_up_the_row(self, mode: str) -> None:
        soap = SOAP(**OPTIONS, compression={"mode": mode})
        pairs = [("H", "H"), ("H", "C"), ("H", "O"), ("C", "C"), ("O", "C"), (8, 8)]
        if mode == "mu2":
            assert soap.get_location(("H", "O")) == slice(0, soap.get_number_of_features())
            return
        if mode != "off":
            with pytest.raises(ValueError, match=f"with compression {mode} a row has no part of two species"):
                soap.get_location(("H", "C"))
            pairs = [("H", "H"), ("C", "C"), ("O", "O")]
        slices = [soap.get_location(pair) for pair in pairs]
        ends = [0, *(each.stop for each in slices)]
        assert [each.start for each in slices] == ends[:-1]
        assert ends[-1] == soap.get_number_of_features()

    def test_holds_what_the_species_make(self) -> None:
        with SOAP(**OPTIONS) as soap:
            row = soap.create(molecule("CO2"))[0]
            assert np.abs(row[soap.get_location(("C", "O"))]).max() > 0
            assert np.abs(row[soap.get_location(("H", "O"))]).max() == 0


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"r_cut": None}, "r_cut: expected a number"),
            ({"r_cut": 1}, "r_cut: expected a number > 1 with rbf gto, got 1"),
            ({"n_max": 0}, "n_max: expected an integer of at least 1, got 0"),
            ({"l_max": None}, "l_max: expected an integer of at least 0, got None"),
            ({"sigma": 0}, "sigma: expected a number > 0, got 0"),
            ({"rbf": "spline"}, "rbf: expected one of gto, polynomial, got 'spline'"),
            ({"average": "all"}, "average: expected one of"),
            ({"compression": {"mode": "zip"}}, "compression mode: expected one of"),
            ({"compression": {"mode": "mu2", "species_weighting": {"H": 1}}}, "species_weighting: expected the species"),
            ({"species": None}, "species: expected a list"),
            ({"species": []}, "species: expected at least one"),
            ({"species": ["H", 8]}, "species: expected symbols or atomic numbers, got both"),
            ({"species": ["Hydrogen"]}, "species: expected symbols of elements, got 'Hydrogen'"),
            ({"dtype": "float16"}, "dtype: expected one of float64, float32, got 'float16'"),
        ],
    )
    def test_of_options_are_in_words(self, arguments: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=f"^{message}"):
            SOAP(**{**OPTIONS, **arguments})

    def test_of_options_that_only_the_program_knows_come_with_the_first_call(self) -> None:
        with SOAP(**{**OPTIONS, "n_max": 21}) as soap:
            with pytest.raises(ValueError, match="^n_max: expected an integer from 1 to 20, got 21$"):
                soap.create(MOLECULES[0])

    @pytest.mark.parametrize(
        ("system", "options", "message"),
        [
            ([], {}, "system: expected at least one, got an empty list"),
            ([MOLECULES[0], molecule("NH3")], {}, "system 1: expected species of this descriptor, got N"),
            (MOLECULES[0], {"centers": []}, "centers: expected a list"),
            (MOLECULES[0], {"centers": [3]}, "centers: expected indices below 3, the number of atoms, got 3"),
            (MOLECULES[0], {"centers": [(1, 2)]}, "centers: expected an index or three coordinates"),
            (MOLECULES, {"centers": [[0]]}, "centers: expected 4, one for each system, got 1"),
            (MOLECULES, {"n_jobs": 0}, "n_jobs: expected a number that leaves at least one process, got 0"),
            (MOLECULES, {"only_physical_cores": True}, "only_physical_cores: not supported"),
            ([MOLECULES[0], "H2O"], {}, "system 1: expected a structure with positions and numbers, got str"),
        ],
    )
    def test_of_systems_are_in_words(self, system: Any, options: dict[str, Any], message: str) -> None:
        with SOAP(**OPTIONS) as soap, pytest.raises(ValueError, match=f"^{message}"):
            soap.create(system, **options)

    def test_name_the_system_and_leave_the_object_usable(self) -> None:
        faulty = molecule("H2O")
        faulty.positions[1, 2] = np.inf
        with SOAP(**OPTIONS) as soap:
            expected = soap.create(MOLECULES[0])
            with pytest.raises(ValueError, match="^system 2501: .*expected (a )?finite coordinate") as caught:
                soap.create([*(MOLECULES[:1] * 2501), faulty, *(MOLECULES[:1] * 5000)])
            assert isinstance(caught.value.__cause__, SegmentError)
            assert np.array_equal(soap.create(MOLECULES[0]), expected)


class TestProcesses:
    def test_one_serves_all_calls_until_it_is_closed(self) -> None:
        before = children()
        soap = SOAP(**OPTIONS)
        assert children() == before
        soap.create(MOLECULES[0])
        started = children() - before
        soap.create(MOLECULES)
        assert children() - before == started and len(started) == 1
        soap.close()
        assert children() == before
        soap.create(MOLECULES[0])
        del soap
        assert children() == before

    def test_a_killed_one_is_an_error_and_is_followed_by_another(self) -> None:
        before = children()
        with SOAP(**OPTIONS) as soap:
            expected = soap.create(MOLECULES)
            (node,) = children() - before
            os.kill(node, signal.SIGSTOP)
            with ThreadPoolExecutor(1) as pool:
                waiting = pool.submit(soap.create, MOLECULES)
                assert not waiting.done()
                os.kill(node, signal.SIGKILL)
                with pytest.raises(SegmentError, match="killed by SIGKILL"):
                    waiting.result(60)
            found = soap.create(MOLECULES)
            assert all(np.array_equal(*pair) for pair in zip(found, expected))

    def test_threads_may_share_an_object(self) -> None:
        with SOAP(**OPTIONS) as soap, ThreadPoolExecutor(4) as pool:
            expected = soap.create(MOLECULES)
            for found in pool.map(lambda _: soap.create(MOLECULES), range(20)):
                assert all(np.array_equal(*pair) for pair in zip(found, expected))

    def test_forked_and_pickled_copies_have_their_own(self) -> None:
        with SOAP(**OPTIONS) as soap:
            expected = soap.create(MOLECULES[0])
            (mine,) = [server._process.pid for server in soap._processes.values()]
            child = os.fork()
            if child == 0:
                is_same = np.array_equal(soap.create(MOLECULES[0]), expected)
                (other,) = [server._process.pid for server in soap._processes.values()]
                soap.close()
                os._exit(0 if is_same and other != mine else 1)
            assert os.waitpid(child, 0)[1] == 0
            assert is_alive(mine)
            with pickle.loads(pickle.dumps(soap)) as copy:
                assert np.array_equal(copy.create(MOLECULES[0]), expected)
            assert np.array_equal(soap.create(MOLECULES[0]), expected)


class TestDscribe:
    """Beside the class whose names these are, where it is installed."""

    def test_agrees(self) -> None:
        descriptors = pytest.importorskip("dscribe.descriptors")
        options = {**OPTIONS, "n_max": 4, "l_max": 4}
        for more in ({}, {"average": "inner"}, {"compression": {"mode": "mu1nu1"}}, {"periodic": True}):
            theirs = descriptors.SOAP(**options, **more)
            with SOAP(**options, **more) as ours:
                assert ours.get_number_of_features() == theirs.get_number_of_features()
                systems = [bulk("C", "diamond", a=3.57)] * 3 if "periodic" in more else MOLECULES
                for found, expected in zip(ours.create(systems), theirs.create(systems)):
                    assert found.shape == expected.shape
                    # Both compute in float64: what remains is the radial basis, which DScribe inverts in float64.
                    assert np.abs(found - expected).max() < 1e-8 * np.abs(expected).max()
