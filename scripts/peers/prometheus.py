"""Reads a JSON list of texts from standard input, each what Prometheus was given at one time, and checks them."""
import json
import sys

from prometheus_client.parser import text_string_to_metric_families

looks = json.load(sys.stdin)
assert len(looks) > 2, f"expected several looks at a run, got {len(looks)}"
last, families, files, samples = {}, set(), set(), 0
for text in looks:
    seen = set()
    for family in text_string_to_metric_families(text):
        assert family.name not in seen, f"{family.name} twice"
        seen.add(family.name)
        families.add((family.name, family.type))
        assert family.type in ("counter", "gauge", "histogram"), family
        series, buckets = set(), {}
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in series, f"{key} twice"
            series.add(key)
            samples += 1
            files.add(sample.labels.get("file"))
            if family.type != "gauge":
                assert sample.value >= last.get(key, 0) - 1e-9, f"{key} fell from {last[key]} to {sample.value}"
                last[key] = sample.value
            if family.type == "histogram":
                group = tuple(sorted((k, v) for k, v in sample.labels.items() if k != "le"))
                buckets.setdefault(group, {})[sample.labels.get("le", sample.name)] = sample.value
        for group, counts in buckets.items():
            ranges = [v for k, v in counts.items() if not k.startswith("soapstream")]
            assert ranges == sorted(ranges), f"{group}: {ranges}"
            assert counts["+Inf"] == counts[f"{family.name}_count"], group
names = {name for name, _ in families}
assert {"soapstream_step_rows_in", "soapstream_step_batch_seconds", "process_resident_memory_bytes"} <= names, names
assert 'with "quotes" and a back\\slash.yaml' in files, files
rows = max(value for (name, labels), value in last.items() if name == "soapstream_step_rows_in_total")
print(f"{len(looks)} looks, {len(families)} metrics, {samples} samples: all read, none falls; {rows:,.0f} rows at the last")
