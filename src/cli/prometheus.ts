import { type Latency, LATENCY_BOUNDS } from '../pipelines/latency.js';
import type { Labels, Metric, RunMetrics } from './runMetrics.js';

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Metrics in the text format 0.0.4. @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function prometheusText(metrics: RunMetrics): string {
  return metrics.metrics().map(family).join('');
}
function family(metric: Metric): string {
  const { name, type, help } = metric;
  const lines =
    metric.type === 'histogram'
      ? metric.samples.flatMap(({ labels, value }) => histogram(name, labels, value))
      : metric.samples.map(({ labels, value }) => line(name, labels, value));
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`;
}

function histogram(name: string, labels: Labels, { counts, sum, count }: Latency): string[] {
  let below = 0;
  const buckets = counts.map((each, i) => {
    below += each;
    return line(`${name}_bucket`, { ...labels, le: numberText(LATENCY_BOUNDS[i] ?? Infinity) }, below);
  });
  return [...buckets, line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, count)];
}

function line(name: string, labels: Labels, value: number): string {
  return `${name}${labelText(labels)} ${numberText(value)}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN';
}
