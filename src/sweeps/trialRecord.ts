import { join } from 'node:path';
import { z } from 'zod';
import { writeTextAtomically } from '../io/atomicText.js';
import { readFile, rm } from '../io/disk.js';
import { trialStatus } from '../io/runRecord.js';
import type { TrialMetric } from './abandon.js';
import type { EndedTrial } from './results.js';
import type { TrialOutcome } from './runTrial.js';
import { BASELINE } from './trials.js';

const FILE = 'trial.json';
const SPECIAL_NUMBERS = ['NaN', 'Infinity', '-Infinity'] as const;

/** JSON has no names for numbers that are none. */
const numberText = z.union([z.number(), z.enum(SPECIAL_NUMBERS).transform(Number)]);
const metricText = z.strictObject({
  pipeline: z.string(),
  step: z.string(),
  metric: z.string(),
  value: numberText,
  epoch: z.int().exactOptional(),
  actual: z.int().exactOptional(),
  predicted: z.int().exactOptional(),
});
const record = z.object({
  format: z.literal(1),
  trial: z.int(),
  baseline: z.boolean(),
  fingerprint: z.string(),
  status: trialStatus,
  reason: z.string().exactOptional(),
  values: z.record(z.string(), z.unknown()),
  /** When it ran. Nothing else in the record depends on the clock. */
  timing: z.object({ started: z.string(), seconds: z.number() }),
  metrics: z.array(metricText),
});

/** The outcome that an earlier run left in the trial's folder, if that run had the same fingerprint. */
export async function readOutcome(folder: string, fingerprint: string): Promise<TrialOutcome | undefined> {
  try {
    const found = record.safeParse(JSON.parse(await readFile(join(folder, FILE), 'utf8')));
    if (!found.success || found.data.fingerprint !== fingerprint) return undefined;
    const { status, reason, metrics } = found.data;
    return { status, ...(reason !== undefined && { reason }), metrics };
  } catch {
    return undefined;
  }
}

/** Takes away what says that the trial has ended, before it runs again. */
export async function forgetOutcome(folder: string): Promise<void> {
  await rm(join(folder, FILE), { force: true });
}

/** Leaves the outcome in the trial's folder. @throws PipelineError `outputFailed` */
export async function writeOutcome(
  folder: string,
  { trial: { number, values }, run, outcome: { status, reason, metrics } }: EndedTrial,
  timing: z.input<typeof record>['timing'],
): Promise<void> {
  const lines = metrics.map((metric) => `    ${metricLine(metric)}`).join(',\n');
  const head: Omit<z.input<typeof record>, 'metrics'> = {
    format: 1,
    trial: number,
    baseline: number === BASELINE,
    fingerprint: run,
    status,
    ...(reason !== undefined && { reason }),
    values: Object.fromEntries(values),
    timing,
  };
  // A metric a line: hundreds of epochs stay readable.
  const text = `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "metrics": [${lines && `\n${lines}\n  `}]\n}\n`;
  await writeTextAtomically(join(folder, FILE), text);
}

function metricLine({ pipeline, step, metric, value, ...rest }: TrialMetric): string {
  return JSON.stringify({ pipeline, step, metric, value: Number.isFinite(value) ? value : String(value), ...rest });
}
