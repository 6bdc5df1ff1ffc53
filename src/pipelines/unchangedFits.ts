import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { plainRows } from '../arrow/plainValue.js';
import type { MetricRow } from '../arrow/schemas.js';
import { changedPath, fileStates } from '../io/fileState.js';
import { ioContext } from '../io/paths.js';
import { readRunRecord } from '../io/runRecord.js';
import { sources } from '../io/sources.js';
import { soapstreamVersion } from '../version.js';
import { asJson, inputStates } from './changes.js';
import type { PipelinePlan, Plan, StepPlan } from './plan.js';
import { fromOut, recordPath } from './runRecord.js';

/**
 * The steps of a pipeline, where fits are only applied whose artifacts are those that a fit would leave now: the record of the latest run
 * tells the same version, the same input, and the same steps up to the fit. What was measured in the fit comes out of the metrics of that run.
 */
export async function withUnchangedFits(plan: Plan, pipeline: PipelinePlan): Promise<readonly StepPlan[]> {
  const { steps } = pipeline;
  if (!steps.some(({ kind }) => kind === 'fit')) return steps;
  const record = await readRunRecord(recordPath(plan, pipeline.name)).catch(() => undefined);
  if (!record?.inputs || !record.left || record.soapstream !== soapstreamVersion()) return steps;
  if (record.limit !== plan.origin.limit || changedPath(record.inputs, await inputStates(plan, pipeline))) return steps;
  const { left } = record;
  const isAsLeft = async (path: string): Promise<boolean> => {
    const now = (await fileStates(path)).map((state) => fromOut(plan, state));
    const before = left.filter((state) => now.some((each) => each.path === state.path));
    return now.length > 0 && changedPath(before, now) === undefined;
  };
  const metrics = record.outputs.find(({ role }) => role === 'metrics');
  const path = resolve(plan.outDirectory, metrics?.path ?? '');
  const measured =
    metrics && (await isAsLeft(path)) ? await measuredIn(path, metricsSinkOf(record.definition)) : undefined;
  if (pipeline.metrics && !measured) return steps;
  const isPrefixEqual = samePrefix(record.definition, asJson(pipeline.definition));
  const found: StepPlan[] = [];
  for (const [i, step] of steps.entries()) {
    const directory = join(plan.artifactDirectory, step.kind === 'fit' ? step.artifact : '');
    if (step.kind !== 'fit' || !isPrefixEqual(i) || !(await isAsLeft(directory))) found.push(step);
    else {
      const { id, operator, definition, artifact, onError, output } = step;
      const options = definition.applyOptions.parse({});
      const earlierMetrics = (measured ?? []).flatMap(({ step: of, ...metric }) => (of === id ? [metric] : []));
      const optional = { ...(onError && { onError }), ...(output && { output }) };
      found.push({
        kind: 'apply',
        id,
        operator,
        definition,
        artifact,
        options,
        directory,
        earlierMetrics,
        ...optional,
      });
    }
  }
  return found;
}

/** What of a pipeline's entry has no bearing on its rows. */
const ASIDE = new Set(['sinks', 'metrics', 'description', 'steps']);

/** Whether two entries of a pipeline file say the same of how rows come to a step, by its index, and of the step. */
function samePrefix(before: unknown, now: unknown): (step: number) => boolean {
  const [a, b] = [before, now].map((entry) => entry as { readonly [key: string]: unknown });
  const isSame = Object.keys({ ...a, ...b }).every((key) => ASIDE.has(key) || isDeepStrictEqual(a![key], b![key]));
  const stepsOf = (entry: unknown, end: number): unknown => (entry as { steps: unknown[] }).steps.slice(0, end);
  return (step) => isSame && isDeepStrictEqual(stepsOf(a, step + 1), stepsOf(b, step + 1));
}

/** The name of the sink that an entry of a pipeline file has for metrics. */
function metricsSinkOf(entry: unknown): string | undefined {
  return Object.keys((entry as { readonly metrics?: object }).metrics ?? {})[0];
}

/** What an earlier run has measured; undefined where no source reads what the sink has written. */
async function measuredIn(
  path: string,
  sink: string | undefined,
): Promise<(MetricRow & { readonly step: string })[] | undefined> {
  const definition = sources.find(({ name }) => name === sink);
  if (!definition) return undefined;
  const rows: (MetricRow & { readonly step: string })[] = [];
  const source = await definition.open(definition.options.parse({ path }), ioContext('.'));
  for await (const batch of source.batches(new AbortController().signal)) {
    for (const { run: _run, pipeline: _pipeline, ...row } of plainRows(batch)) {
      const known = Object.entries(row).filter(([, value]) => value !== null);
      // What is not finite comes as text.
      const metric = { ...Object.fromEntries(known), value: Number(row['value']) };
      rows.push(metric as unknown as MetricRow & { readonly step: string });
    }
  }
  return rows;
}
