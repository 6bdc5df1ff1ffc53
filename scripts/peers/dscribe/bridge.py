"""This library's SOAP from Python: `ask` hands a request to server.mjs, in a process of its own that ends with this one."""

import base64
import json
import os
import subprocess
from pathlib import Path

import numpy as np

_server = subprocess.Popen(
    [os.environ["SOAPSTREAM_NODE"], str(Path(__file__).with_name("server.mjs"))],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    text=True,
)


def ask(op, options, **request):
    """Arrays go there as float64, and come back as they are, flat. What the library refuses is a ValueError."""
    encoded = {name: _encode(value) if isinstance(value, np.ndarray) else value for name, value in request.items()}
    _server.stdin.write(json.dumps({"op": op, "options": options, **encoded}) + "\n")
    _server.stdin.flush()
    answer = json.loads(_server.stdout.readline())
    if "error" in answer:
        raise ValueError(answer["error"])
    return answer


def decode(text):
    return np.frombuffer(base64.b64decode(text))


def _encode(array):
    return base64.b64encode(np.ascontiguousarray(array, float).tobytes()).decode()
