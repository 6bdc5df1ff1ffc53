"""DScribe's SOAP, computed by this library."""

from __future__ import annotations

import json
import os
import queue
import re
import tempfile
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Optional, Union, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from soapstream._elements import SYMBOLS, atomic_number
from soapstream._errors import SegmentError
from soapstream._find import PathLike, find_cli, find_node
from soapstream._process import Line, NodeProcess
from soapstream._systems import Centers, System, is_system

Array = npt.NDArray[Any]
Species = Union[str, int]

CHUNK_BYTES = 2**23
"""Of the rows that come back for one batch of systems."""

CHUNK_POINTS = 2**16


class SOAP:
    """The SOAP power spectrum of atomic structures, with the names, defaults, arguments and shapes of DScribe 2.1's `SOAP`.

    A process of Node does the work. It starts at the first call and lives as long as this object: `close()` or `with` end it sooner.
    With `n_jobs` there are as many. Threads may share an object and take turns; a forked or pickled copy has processes of its own.

    Differences from DScribe: derivatives are analytic for all options, whatever `method` says. The radial functions are exact, so that
    `n_max` goes to 20 and `l_max` to 50, and rows in the polynomial basis differ where DScribe errs (docs/operators.md, `soap`).
    Derivatives of an averaged row have the length 1 in the place of centres also for lists of structures. Options are checked here as far
    as their names and signs go; others are refused at the first call. Attributes are read-only, but `sparse`.
    """

    def __init__(
        self,
        r_cut: Optional[float] = None,
        n_max: Optional[int] = None,
        l_max: Optional[int] = None,
        sigma: float = 1.0,
        rbf: str = "gto",
        weighting: Optional[Mapping[str, Any]] = None,
        average: str = "off",
        compression: Optional[Mapping[str, Any]] = None,
        species: Optional[Iterable[Species]] = None,
        periodic: bool = False,
        sparse: bool = False,
        dtype: str = "float64",
        *,
        node: Optional[PathLike] = None,
        cli: Optional[PathLike] = None,
    ) -> None:
        """
        :param r_cut: cutoff (Å, or whatever positions are in), with gto greater than 1; may be left out with a weighting function
        :param n_max: number of radial functions
        :param l_max: highest degree of the spherical harmonics
        :param sigma: standard deviation of the Gaussian on each atom (Å)
        :param rbf: `gto` or `polynomial`
        :param weighting: `function` (poly, pow, exp) with its parameters, and `w0`
        :param average: `off`, `inner` or `outer`
        :param compression: `mode` (off, mu2, mu1nu1, crossover) and `species_weighting`
        :param species: symbols or atomic numbers of all elements that may come
        :param periodic: whether systems repeat along their cells, as their `pbc` says
        :param sparse: whether to give arrays `sparse.COO`; needs the package sparse
        :param dtype: `float64` or `float32`
        :param node: the interpreter, as in `segment`
        :param cli: the program, as in `segment`
        :raises ValueError: naming the argument
        """
        arguments = dict(locals())
        self._arguments = {name: value for name, value in arguments.items() if name not in ("self", "__class__")}
        compression = {"mode": "off", "species_weighting": None} if compression is None else compression
        _expect_one_of("dtype", dtype, ("float64", "float32"))
        _expect_one_of("rbf", rbf, ("gto", "polynomial"))
        _expect_one_of("average", average, ("off", "inner", "outer"))
        mode = compression.get("mode", "off")
        _expect_one_of("compression mode", mode, ("off", "mu2", "mu1nu1", "crossover"))
        n_max, l_max = _expect_count("n_max", n_max, 1), _expect_count("l_max", l_max, 0)
        if not sigma > 0:
            raise ValueError(f"sigma: expected a number > 0, got {sigma}")
        if r_cut is None and not weighting:
            raise ValueError("r_cut: expected a number, or a weighting function that gives one")
        if r_cut is not None and rbf == "gto" and not r_cut > 1:
            raise ValueError(f"r_cut: expected a number > 1 with rbf gto, got {r_cut}")
        if species is None or isinstance(species, str):
            raise ValueError(f"species: expected a list of symbols or atomic numbers, got {species!r}")
        declared = list(species)
        if len({isinstance(each, str) for each in declared}) > 1:
            raise ValueError("species: expected symbols or atomic numbers, got both")
        numbers = sorted({atomic_number(each) for each in declared})
        if not numbers:
            raise ValueError("species: expected at least one")
        self.sparse = sparse
        self._n_max, self._l_max = n_max, l_max
        self._numbers = numbers
        self._options = {
            "rCut": r_cut,
            "nMax": n_max,
            "lMax": l_max,
            "sigma": sigma,
            "radialBasis": rbf,
            "weighting": dict(weighting) if weighting else None,
            "average": average,
            "compression": mode,
            "species": numbers,
            "speciesWeighting": _factors(compression.get("species_weighting"), numbers),
            "periodic": bool(periodic),
            "precision": dtype,
        }
        self._is_known = np.zeros(256, bool)
        self._is_known[numbers] = True
        self._reset()

    @property
    def species(self) -> Any:
        return self._arguments["species"]

    @property
    def periodic(self) -> bool:
        return cast(bool, self._options["periodic"])

    @property
    def average(self) -> str:
        return cast(str, self._options["average"])

    @property
    def compression(self) -> Mapping[str, Any]:
        given = self._arguments["compression"]
        return {"mode": "off", "species_weighting": None} if given is None else cast("Mapping[str, Any]", given)

    @property
    def dtype(self) -> str:
        return cast(str, self._options["precision"])

    def get_number_of_features(self) -> int:
        """Components of a row: F."""
        n, n_species = self._n_max, len(self._numbers)
        triangle = n * (n + 1) // 2
        pairs = {
            "off": n_species * triangle + n_species * (n_species - 1) // 2 * n * n,
            "crossover": n_species * triangle,
            "mu1nu1": n_species * n * n,
            "mu2": triangle,
        }
        return pairs[cast(str, self._options["compression"])] * (self._l_max + 1)

    def get_location(self, species: Sequence[Species]) -> slice:
        """Where a pair of species lies in a row. @raises ValueError if the row has no such part"""
        if len(species) != 2:
            raise ValueError(f"species: expected a pair, got {len(species)}")
        wanted = [atomic_number(each) for each in species]
        for number in wanted:
            if number not in self._numbers:
                raise ValueError(f"species: {SYMBOLS[number]} is none of those of this descriptor")
        first, second = sorted(self._numbers.index(number) for number in wanted)
        mode = self._options["compression"]
        if mode == "mu2":
            return slice(0, self.get_number_of_features())
        if mode != "off" and first != second:
            raise ValueError(f"species: with compression {mode} a row has no part of two species")
        square, triangle = self._n_max**2, self._n_max * (self._n_max + 1) // 2
        start = 0
        for i in range(len(self._numbers)):
            for j in range(i, len(self._numbers) if mode == "off" else i + 1):
                size = (square if i != j or mode == "mu1nu1" else triangle) * (self._l_max + 1)
                if (i, j) == (first, second):
                    return slice(start, start + size)
                start += size
        raise AssertionError("unreachable")

    def create(
        self,
        system: Any,
        centers: Optional[Sequence[Any]] = None,
        n_jobs: int = 1,
        only_physical_cores: bool = False,
        verbose: bool = False,
    ) -> Any:
        """The rows of one structure or of a list of them.

        :param system: `ase.Atoms`, or anything with `positions` and `numbers` (with `periodic`, `cell` and `pbc`), or a list of them
        :param centers: indices of atoms and positions; of a list of structures, a list of these or None for each
        :param n_jobs: processes that share the work; a negative number is added to that of the processors
        :param only_physical_cores: not supported: False
        :param verbose: whether to print how many systems are done
        :returns: array (n_centers, F); with `average` (F,); of a list one more axis in front, or a list where n_centers differ
        :raises ValueError: naming the system
        :raises SegmentError: if the process of Node fails; `NodeNotFound` if there is none
        """
        jobs, is_one = self._jobs(system, centers)
        work = _Work(self, "create", jobs, verbose)
        work.run(_processes(n_jobs, only_physical_cores))
        rows = work.rows_of_each
        if self.average != "off":
            rows = [each[0] for each in rows]
        if is_one:
            return self._finished(rows[0])
        if len({len(each) for each in rows}) == 1:
            return self._finished(work.rows.reshape(len(jobs), *rows[0].shape))
        return [self._finished(each) for each in rows]

    def derivatives(
        self,
        system: Any,
        centers: Optional[Sequence[Any]] = None,
        include: Optional[Sequence[Any]] = None,
        exclude: Optional[Sequence[Any]] = None,
        method: str = "auto",
        return_descriptor: bool = True,
        attach: bool = False,
        n_jobs: int = 1,
        only_physical_cores: bool = False,
        verbose: bool = False,
    ) -> Any:
        """How rows change with the positions of atoms (per Å). Those of all atoms are computed, whatever is included.

        :param include: indices of atoms; of a list of structures, for all of them or a list for each
        :param exclude: the same, of atoms to leave out
        :param method: `auto`, `analytical` or `numerical`: all are analytic here
        :param attach: whether a centre that an index gives moves along with its atom
        :returns: array (n_centers, n_atoms, 3, F), 1 in the place of n_centers with `average`; a tuple of it and the rows with
            `return_descriptor`; of a list as in `create`. Other arguments and errors are those of `create`
        """
        _expect_one_of("method", method, ("auto", "analytical", "numerical"))
        jobs, is_one = self._jobs(system, centers)
        n_systems = len(jobs)
        chosen = [
            _chosen(len(job.system), *each)
            for job, *each in zip(jobs, _of_each(include, is_one, n_systems), _of_each(exclude, is_one, n_systems))
        ]
        # A centre that is no atom stays where it is.
        is_attached = attach and any(job.centers.indices is not None for job in jobs)
        if is_attached and not all(job.centers.indices is not None for job in jobs):
            raise ValueError("centers: with attach expected indices of atoms everywhere, or positions everywhere")
        work = _Work(self, "attached" if is_attached else "fixed", jobs, verbose)
        work.run(_processes(n_jobs, only_physical_cores))
        found = [each[:, indices] for each, indices in zip(work.derivatives, chosen)]
        first = self._stacked(found, is_one)
        return (first, self._stacked(work.rows_of_each, is_one)) if return_descriptor else first

    def close(self) -> None:
        """Ends the processes. The next call starts new ones."""
        self._finalizer()
        self._reset()

    def __enter__(self) -> SOAP:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        return {**self._arguments, "sparse": self.sparse}

    def __setstate__(self, arguments: dict[str, Any]) -> None:
        self.__init__(**arguments)  # type: ignore[misc]

    def _reset(self) -> None:
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._processes: dict[tuple[str, int], _Server] = {}
        self._finalizer = weakref.finalize(self, _close_all, self._processes)

    def _jobs(self, system: Any, centers: Optional[Sequence[Any]]) -> tuple[list[_Job], bool]:
        """@returns one for each system, and whether it is a single one (of a list of one DScribe makes the same)"""
        if is_system(system):
            system, centers = [system], [centers]
        n_systems = len(system)
        if n_systems == 0:
            raise ValueError("system: expected at least one, got an empty list")
        if centers is not None and len(centers) != n_systems:
            raise ValueError(f"centers: expected {n_systems}, one for each system, got {len(centers)}")
        jobs = []
        for i, each in enumerate(system):
            try:
                jobs.append(self._job(each, None if centers is None else centers[i]))
            except ValueError as error:
                raise ValueError(f"system {i}: {error}" if n_systems > 1 else str(error)) from None
        return jobs, n_systems == 1

    def _job(self, given: Any, centers: Optional[Sequence[Any]]) -> _Job:
        system = System(given, self.periodic)
        if not self._is_known[system.numbers].all():
            unknown = sorted({int(number) for number in system.numbers if not self._is_known[number]})
            names = ", ".join(SYMBOLS[number] for number in unknown)
            raise ValueError(f"expected species of this descriptor, got {names}")
        found = Centers(centers, system)
        if self.average != "off" and len(found) == 0:
            raise ValueError("expected at least one centre to average over")
        return _Job(system, found, len(found) if self.average == "off" else 1)

    def _stacked(self, arrays: list[Array], is_one: bool) -> Any:
        if is_one:
            return self._finished(arrays[0])
        if len({each.shape for each in arrays}) == 1:
            return self._finished(np.stack(arrays))
        return [self._finished(each) for each in arrays]

    def _finished(self, array: Array) -> Any:
        if not self.sparse:
            return array
        try:
            import sparse
        except ImportError:
            raise ValueError("sparse: expected the package sparse, which is not installed: `pip install sparse`") from None
        return sparse.COO.from_numpy(array)

    def _server(self, kind: str, number: int) -> _Server:
        """The process of that number, which is started if there is none."""
        server = self._processes.get((kind, number))
        if server is None or not server.is_usable:
            if server is not None:
                server.close()
            derivatives = "off" if kind == "create" else kind
            options = {name: value for name, value in self._options.items() if value is not None}
            command = [find_node(self._arguments["node"]), find_cli(self._arguments["cli"])]
            server = self._processes[kind, number] = _Server(command, {**options, "derivatives": derivatives})
        return server


@dataclass(frozen=True)
class _Job:
    """A system and its centres."""

    system: System
    centers: Centers
    n_rows: int


@dataclass(frozen=True)
class _Chunk:
    """Systems that go to a process as one batch."""

    first: int
    """Index of the first of them."""
    start: int
    """Of their rows among all."""
    jobs: Sequence[_Job]
    n_rows: int


class _Work:
    """Rows, and derivatives, of some systems."""

    def __init__(self, soap: SOAP, kind: str, jobs: Sequence[_Job], verbose: bool) -> None:
        self._soap = soap
        self._kind = kind
        self._jobs = jobs
        self._is_verbose = verbose
        self._size = soap.get_number_of_features()
        self._lock = threading.Lock()
        self._n_done = 0
        ends = np.cumsum([job.n_rows for job in jobs])
        self._bounds = list(zip((ends - [job.n_rows for job in jobs]).tolist(), ends.tolist()))
        self.rows: Array = np.empty((int(ends[-1]), self._size), soap.dtype)
        self.derivatives: list[Array] = []
        if kind != "create":
            shapes = [(job.n_rows, len(job.system), 3, self._size) for job in jobs]
            self.derivatives = [np.empty(shape, soap.dtype) for shape in shapes]

    @property
    def rows_of_each(self) -> list[Array]:
        return [self.rows[start:end] for start, end in self._bounds]

    def run(self, n_processes: int) -> None:
        soap = self._soap
        if soap._owner != os.getpid():
            soap._reset()  # forked off: the processes are the parent's
        with soap._lock:
            chunks = list(self._chunks(n_processes))
            shared = _Shared(chunks)
            servers = [soap._server(self._kind, number) for number in range(min(n_processes, len(chunks)))]
            try:
                if len(servers) == 1:
                    self._run_on(servers[0], shared)
                    return
                with ThreadPoolExecutor(len(servers)) as pool:
                    futures = [pool.submit(self._run_on, server, shared) for server in servers]
                    for future in futures:
                        future.result()
            except BaseException:
                shared.stop()
                for server in servers:
                    server.kill()
                raise

    def _chunks(self, n_processes: int) -> Iterator[_Chunk]:
        row_bytes = self._size * self.rows.itemsize
        most = CHUNK_BYTES
        if n_processes > 1:  # so that all end at about the same time
            most = min(most, max(1, self.rows.nbytes // (4 * n_processes)))
        first = n_bytes = n_points = 0
        for i, job in enumerate(self._jobs):
            vectors = job.n_rows * (1 if self._kind == "create" else 1 + 3 * len(job.system))
            size, points = vectors * row_bytes, len(job.system) + len(job.centers)
            if i > first and (n_bytes + size > most or n_points + points > CHUNK_POINTS):
                yield self._chunk(first, i)
                first, n_bytes, n_points = i, 0, 0
            n_bytes += size
            n_points += points
        yield self._chunk(first, len(self._jobs))

    def _chunk(self, first: int, end: int) -> _Chunk:
        start = self._bounds[first][0]
        return _Chunk(first, start, self._jobs[first:end], self._bounds[end - 1][1] - start)

    def _run_on(self, server: _Server, chunks: _Shared) -> None:
        try:
            for chunk, at, batch in server.exchange(chunks, self._request):
                self._take(chunk, at, batch)
                if at + batch.num_rows == chunk.n_rows and self._is_verbose:
                    with self._lock:
                        self._n_done += len(chunk.jobs)
                        print(f"{self._n_done} of {len(self._jobs)} systems")
        except _Refused as refused:
            error = refused.error
            if refused.chunk is None or error.row is None:
                raise ValueError(_in_own_names(error)) from error
            where = f"system {refused.chunk.first + error.row}: " if len(self._jobs) > 1 else ""
            raise ValueError(where + error.detail) from error

    def _take(self, chunk: _Chunk, at: int, batch: pa.RecordBatch) -> None:
        start = chunk.start + at
        self.rows[start : start + batch.num_rows] = _flat(batch.column("soap")).reshape(-1, self._size)
        if self._kind == "create":
            return
        lists = batch.column("derivatives")
        values = _flat(lists.flatten())  # all rows: points x 3 x F each
        row = taken = 0
        for i in range(chunk.first, chunk.first + len(chunk.jobs)):
            own_start, own_end = self._bounds[i]
            rows_from, rows_to = max(own_start, start), min(own_end, start + batch.num_rows)
            if rows_from < rows_to:
                target = self.derivatives[i][rows_from - own_start : rows_to - own_start]
                target[...] = values[taken : taken + target.size].reshape(target.shape)
                taken += target.size
                row += len(target)
        assert row == batch.num_rows and taken == len(values)

    def _request(self, chunk: _Chunk) -> pa.RecordBatch:
        systems = [job.system for job in chunk.jobs]
        columns = {
            "points": _lists([len(each) for each in systems], _vectors([each.positions for each in systems])),
            "species": _lists([len(each) for each in systems], pa.array(np.concatenate([each.numbers for each in systems]))),
        }
        counts = [len(job.centers) for job in chunk.jobs]
        if self._kind == "attached":
            indices = np.concatenate([cast(Array, job.centers.indices) for job in chunk.jobs])
            columns["centers"] = _lists(counts, pa.array(indices.astype(np.uint32)))
        else:
            columns["centerPositions"] = _lists(counts, _vectors([job.centers.positions for job in chunk.jobs]))
        if self._soap.periodic:
            cells = np.concatenate([cast(Array, each.cell).ravel() for each in systems])
            pbc = np.concatenate([cast(Array, each.pbc) for each in systems])
            columns["cell"] = pa.FixedSizeListArray.from_arrays(pa.array(cells), 9)
            columns["pbc"] = pa.FixedSizeListArray.from_arrays(pa.array(pbc), 3)
        return pa.record_batch(columns)


class _Refused(Exception):
    """The data or the options are to blame."""

    def __init__(self, error: SegmentError, chunk: Optional[_Chunk]) -> None:
        super().__init__(str(error))
        self.error = error
        self.chunk = chunk


class _Shared:
    """Chunks for all processes: each is given out once."""

    def __init__(self, chunks: Sequence[_Chunk]) -> None:
        self._chunks = deque(chunks)
        self.n_chunks = len(chunks)

    def next(self) -> Optional[_Chunk]:
        try:
            return self._chunks.popleft()
        except IndexError:
            return None

    def stop(self) -> None:
        self._chunks.clear()


class _Server:
    """A process that describes one batch after the other, and what is under way in it."""

    def __init__(self, command: Sequence[str], options: Mapping[str, Any]) -> None:
        soap = {"source": {"arrow": {"path": "-"}}, "steps": [{"soap": options}], "sinks": [{"arrow": {"path": "-"}}]}
        # Rows and systems of each batch under way. The thread that reads the report compares: who reads rows may wait for some in vain.
        self._expected: deque[tuple[int, int]] = deque()
        self._done: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._n_sent = 0
        self._folder = tempfile.TemporaryDirectory(prefix="soapstream-")
        try:
            path = os.path.join(self._folder.name, "soap.json")
            with open(path, "w", encoding="utf8") as file:
                json.dump({"pipelines": {"soap": soap}}, file)
            self._process = NodeProcess(
                [*command, "segment", path, "soap"],
                on_line=self._hear,
                reuses_memory=True,
            )
        except BaseException:
            self._folder.cleanup()
            raise

    @property
    def is_usable(self) -> bool:
        return self._process.is_mine and self._process.is_running

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        if self._process.is_mine:
            self._process.close()
            self._folder.cleanup()

    def _hear(self, line: Line) -> None:
        """In the thread that reads the report."""
        if line["type"] != "batch":
            return
        expected = self._expected.popleft()
        found = (line["rowsIn"], line["rowsOut"])
        if found != expected:
            message = f"expected {expected[1]} rows of {expected[0]} systems, got {found[1]} of {found[0]}"
            raise SegmentError("incomplete", message, is_retryable=True)
        self._done.put(None)

    def exchange(self, chunks: _Shared, request: Any) -> Iterator[tuple[_Chunk, int, pa.RecordBatch]]:
        """Sends chunks and gives the rows that come back, each with its place in its chunk."""
        sent: queue.SimpleQueue[Optional[_Chunk]] = queue.SimpleQueue()
        room = threading.Semaphore(2)
        failures: list[BaseException] = []
        given: list[_Chunk] = []
        base = self._n_sent

        def feed() -> None:
            try:
                while True:
                    room.acquire()
                    chunk = chunks.next()
                    if chunk is None:
                        return
                    batch = request(chunk)
                    self._expected.append((len(chunk.jobs), chunk.n_rows))
                    self._n_sent += 1
                    given.append(chunk)
                    sent.put(chunk)
                    self._process.write(batch, batch.schema)
            except OSError:
                pass  # it has ended, which the reader notices
            except BaseException as error:
                failures.append(error)
                self._process.kill()
            finally:
                sent.put(None)

        feeder = threading.Thread(target=feed, daemon=True)
        if chunks.n_chunks == 1:
            feed()  # it is read whole before anything comes back
        else:
            feeder.start()
        try:
            while True:
                chunk = sent.get()
                if chunk is None:
                    break
                at = 0
                while at < chunk.n_rows:
                    batch = self._process.read()
                    if batch is None:
                        raise self._process.failure()
                    yield chunk, at, batch
                    at += batch.num_rows
                if at > chunk.n_rows:
                    raise SegmentError("incomplete", f"expected {chunk.n_rows} rows, got {at}", is_retryable=True)
                self._await_done()
                room.release()
            if failures:
                raise failures[0]
        except SegmentError as error:
            if failures:
                raise failures[0] from None
            if error.is_retryable or error.code == "internal":
                raise
            number = -1 if error.batch is None else error.batch - base
            raise _Refused(error, given[number] if 0 <= number < len(given) else None) from error
        finally:
            if feeder.is_alive():  # something has failed, or the caller has
                chunks.stop()
                self._process.kill()
                room.release()
                feeder.join()

    def _await_done(self) -> None:
        while True:
            try:
                self._done.get(timeout=1)
                return
            except queue.Empty:
                if not self._process.is_running:
                    raise self._process.failure() from None


def _close_all(processes: dict[tuple[str, int], _Server]) -> None:
    for server in processes.values():
        server.close()
    processes.clear()


def _lists(counts: Sequence[int], values: pa.Array) -> pa.Array:
    offsets = np.zeros(len(counts) + 1, np.int32)
    np.cumsum(counts, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _vectors(arrays: Sequence[Array]) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(np.concatenate(arrays).ravel()), 3)


def _flat(column: pa.Array) -> Array:
    """The numbers of fixed-size lists in fixed-size lists."""
    while pa.types.is_fixed_size_list(column.type):
        column = column.flatten()
    return cast(Array, column.to_numpy())


def _factors(weighting: Optional[Mapping[Species, float]], numbers: Sequence[int]) -> Optional[dict[str, float]]:
    if weighting is None:
        return None
    if not isinstance(weighting, Mapping):
        raise ValueError(f"species_weighting: expected a dictionary, got {weighting!r}")
    factors = {atomic_number(species): float(factor) for species, factor in weighting.items()}
    if sorted(factors) != list(numbers):
        raise ValueError("species_weighting: expected the species of this descriptor, each once")
    return {str(number): factor for number, factor in factors.items()}


def _chosen(n_atoms: int, include: Optional[Sequence[int]], exclude: Optional[Sequence[int]]) -> Array:
    if include is not None and exclude is not None:
        raise ValueError("include, exclude: expected one of them")
    for name, indices in (("include", include), ("exclude", exclude)):
        if indices is not None and not all(0 <= each < n_atoms for each in indices):
            raise ValueError(f"{name}: expected atoms from 0 to {n_atoms - 1}, got {list(indices)}")
    if include is not None:
        chosen = np.asarray(include, dtype=np.int64)
    else:
        chosen = np.setdiff1d(np.arange(n_atoms), np.asarray(exclude or [], dtype=np.int64))
    if len(chosen) == 0:
        raise ValueError("include, exclude: expected at least one atom")
    return chosen


def _of_each(indices: Optional[Sequence[Any]], is_one: bool, n_systems: int) -> Sequence[Any]:
    if indices is None or all(isinstance(each, (int, np.integer)) for each in indices):
        return [indices] * n_systems
    if len(indices) != n_systems:
        raise ValueError(f"include, exclude: expected {n_systems} lists, one for each system, got {len(indices)}")
    return indices


def _processes(n_jobs: int, only_physical_cores: bool) -> int:
    if only_physical_cores:
        raise ValueError("only_physical_cores: not supported, expected False")
    wanted = n_jobs if n_jobs >= 0 else (os.cpu_count() or 1) + n_jobs
    if wanted <= 0:
        raise ValueError(f"n_jobs: expected a number that leaves at least one process, got {n_jobs}")
    return wanted


def _expect_one_of(name: str, value: object, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise ValueError(f"{name}: expected one of {', '.join(allowed)}, got {value!r}")


def _expect_count(name: str, value: Optional[int], least: int) -> int:
    if not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name}: expected an integer of at least {least}, got {value!r}")
    return int(value)


OWN_NAMES = {"rCut": "r_cut", "nMax": "n_max", "lMax": "l_max", "radialBasis": "rbf", "speciesWeighting": "species_weighting"}


def _in_own_names(error: SegmentError) -> str:
    """What the program finds wrong with options, in the names of the arguments and without the file that they went there in."""
    found = re.findall(r"^.*soap\.json:\d+:\d+ soap\.(.*)$", error.detail, re.MULTILINE)
    text = "; ".join(found) or error.detail
    for name, own in OWN_NAMES.items():
        text = text.replace(name, own)
    return text
