"""For pytest: puts the package's SOAP in the place of DScribe's, and says which of DScribe's tests do not concern this library and why.

`test_exceptions` is a list of things that are to be refused, some of them because DScribe cannot compute them. Each becomes a test of
its own, so that those that anybody has to refuse count.

At the end outcomes are written to the file that OUTCOMES names, JSON: a list of [test, outcome, reason].
"""

import ast
import inspect
import json
import os
import textwrap

import dscribe.descriptors
import numpy as np
import pytest
from dscribe.descriptors.descriptorlocal import DescriptorLocal
from shim import SOAP

DescriptorLocal.register(SOAP)
dscribe.descriptors.SOAP = SOAP
if not hasattr(np, "trapezoid"):
    np.trapezoid = np.trapz  # its name before NumPy 2

# What a refusal in test_exceptions is about, by what stands in its source as `ast.unparse` writes it.
ONLY_DSCRIBE_REFUSES = {
    "l_max=21": "DScribe ends at l = 20, this library at l = 50",
    "n_max=15": "too dense a basis for DScribe's float64; this library's is computed in multiple precision",
    "n_max=20": "too dense a basis for DScribe's float64; this library's is computed in multiple precision",
    "method='analytical'": "DScribe has no analytical derivatives there, this library has",
}

_outcomes = []


def inapplicable(item):
    """Why a test does not concern this library; None if it does."""
    if item.name.startswith("test_exceptions"):
        for part, reason in ONLY_DSCRIBE_REFUSES.items():
            # n_max=0 is refused whatever l_max is.
            if part in item.obj.source and "n_max=0" not in item.obj.source:
                return reason
    return None


def pytest_collection_modifyitems(items):
    items[:] = [each for item in items for each in (_refusals(item) if item.name == "test_exceptions" else [item])]
    for item in items:
        reason = inapplicable(item)
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_runtest_logreport(report):
    if report.skipped:
        _outcomes.append([report.nodeid, "not applicable", report.longrepr[2].removeprefix("Skipped: ")])
    elif report.when == "call" or report.failed:
        reason = report.longrepr.reprcrash.message.splitlines()[0] if report.failed else ""
        _outcomes.append([report.nodeid, "failed" if report.failed else "passed", reason])


def pytest_sessionfinish():
    with open(os.environ["OUTCOMES"], "w", encoding="utf8") as file:
        json.dump(_outcomes, file)


def _refusals(item):
    """Each refusal (a `with`, or a loop of them, and what is asserted of it) after the statements that prepare it."""
    function = item.obj
    body = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0].body
    preparing, refusals = [], []
    for statement in body:
        if isinstance(statement, (ast.With, ast.For)):
            refusals.append([statement])
        elif isinstance(statement, ast.Assert):
            refusals[-1].append(statement)
        else:
            preparing.append(statement)
    for number, refusal in enumerate(refusals, 1):
        yield pytest.Function.from_parent(
            item.parent, name=f"test_exceptions[{number}]", callobj=_running(function, preparing, refusal)
        )


def _running(function, preparing, refusal):
    code = compile(ast.Module([*preparing, *refusal], type_ignores=[]), function.__code__.co_filename, "exec")

    def run():
        exec(code, {**function.__globals__})

    run.source = "\n".join(ast.unparse(statement) for statement in refusal)
    return run
