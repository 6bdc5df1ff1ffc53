"""PyTorch on one thread, as a server: a request in JSON a line on standard input, an answer in JSON a line on standard output.

{"load": path}  -> {"version"}            the trainings that bench/support/torch.mjs has written
{"epoch": i}    -> {"seconds", "losses"}  one epoch of a training, from its first weights; the loss of each step
"""

import json
import sys
import time

import torch
from torch import nn

torch.set_num_threads(1)


def read(path, dtype):
    with open(path, "rb") as file:
        return torch.frombuffer(bytearray(file.read()), dtype=dtype)


class Training:
    def __init__(self, spec):
        self.spec = spec
        self.features = read(spec["features"], torch.float32).view(-1, spec["widths"][0])
        self.labels = read(spec["labels"], torch.uint8).long() if spec["labels"] else None
        self.weights = read(spec["weights"], torch.float32)

    def network(self):
        widths, rectified = self.spec["widths"], self.spec["rectified"]
        layers = []
        at = 0
        for inputs, units, is_rectified in zip(widths, widths[1:], rectified):
            layer = nn.Linear(inputs, units)
            with torch.no_grad():
                # The file has inputs x units, PyTorch units x inputs.
                layer.weight.copy_(self.weights[at : at + inputs * units].view(inputs, units).t())
                at += inputs * units
                layer.bias.copy_(self.weights[at : at + units])
                at += units
            layers.append(layer)
            if is_rectified:
                layers.append(nn.ReLU())
                if self.spec["dropout"] > 0:
                    layers.append(nn.Dropout(self.spec["dropout"]))
        return nn.Sequential(*layers)

    def epoch(self):
        network = self.network()
        optimizer = torch.optim.Adam(network.parameters(), lr=self.spec["learningRate"], eps=1e-7, fused=True)
        criterion = nn.MSELoss() if self.labels is None else nn.CrossEntropyLoss()
        size = self.spec["batchSize"]
        losses = []
        start = time.perf_counter()
        for begin in range(0, len(self.features), size):
            batch = self.features[begin : begin + size]
            optimizer.zero_grad()
            loss = criterion(network(batch), batch if self.labels is None else self.labels[begin : begin + size])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return {"seconds": time.perf_counter() - start, "losses": losses}


def main():
    trainings = []
    for line in sys.stdin:
        request = json.loads(line)
        if "load" in request:
            with open(request["load"], encoding="utf8") as file:
                trainings = [Training(spec) for spec in json.load(file)]
            answer = {"version": torch.__version__}
        else:
            answer = trainings[request["epoch"]].epoch()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
