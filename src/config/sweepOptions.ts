import { z } from 'zod';
import type { ComponentDoc } from './catalogue.js';

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** Numbers between two ends. */
export const rangeOptions = z
  .strictObject({
    from: z.number().describe('The least value.'),
    to: z.number().describe('The greatest value; both ends belong to the range.'),
    integer: z.boolean().default(false).describe('Whether only whole numbers count.'),
    scale: z
      .enum(['linear', 'log'])
      .default('linear')
      .describe('How values are spaced, or drawn: evenly, or evenly in their logarithm.'),
    count: z
      .int()
      .min(1)
      .optional()
      .describe('How many values of a grid; all whole numbers of the range by default, if integer.'),
  })
  .check(({ value: { from, to, integer, scale }, issues }) => {
    const refuse = (key: 'from' | 'to', input: number, expected: string): void => {
      issues.push({ code: 'custom', path: [key], input, message: `expected ${expected}, got ${input}` });
    };
    if (to <= from) refuse('to', to, `a number > from = ${from}`);
    if (scale === 'log' && from <= 0) refuse('from', from, 'a number > 0, since the scale is log');
    if (!integer) return;
    if (!Number.isSafeInteger(from)) refuse('from', from, 'a whole number, since integer is set');
    if (!Number.isSafeInteger(to)) refuse('to', to, 'a whole number, since integer is set');
  });
export type RangeOptions = z.output<typeof rangeOptions>;

/** Sets of values that go together. */
export const casesOptions = z.strictObject({
  cases: z
    .record(z.string(), z.record(z.string(), scalar.nullable()))
    .describe('Values for several variables, by the name of the case; null leaves one open.'),
});

/** A sweep; what stands under `over` is checked by itself, since it has three forms. */
export const sweepOptions = z.strictObject({
  description: z.string().optional().describe('What the sweep is for.'),
  pipelines: z.array(z.string()).min(1).describe('The pipelines that each trial runs, one after the other.'),
  over: z
    .record(z.string(), z.unknown())
    .describe(
      'What changes from trial to trial: a variable with a list of values or a range { from, to, … }, or any name with { cases }.',
    ),
  sample: z
    .strictObject({
      trials: z.int().min(1).describe('How many trials.'),
      seed: z.int().min(0).default(0).describe('Seed of the values.'),
    })
    .optional()
    .describe('Draws the values at random; without this, every combination of all values is a trial.'),
  objective: z
    .string()
    .optional()
    .describe('The metric that tells which trial is best, as pipeline.step.metric; its last value counts.'),
  minimize: z.boolean().default(false).describe('Whether the least value of the objective is the best.'),
  baseline: z
    .record(z.string(), scalar)
    .optional()
    .describe('One more trial, with these values, which the others are compared with.'),
  abandon: z
    .strictObject({
      startup: z.int().min(1).default(10).describe('Trials that always run to their end, and that others are held to.'),
      after: z.int().min(1).default(2).describe('The first epoch at whose end a trial may stop.'),
      quantile: z
        .number()
        .gt(0)
        .lt(1)
        .default(0.5)
        .describe('A trial stops where its objective is worse than that of this share of the first trials.'),
    })
    .optional()
    .describe('Stops trials early that do worse than others did at the same epoch.'),
});
export type SweepOptions = z.output<typeof sweepOptions>;

/** The forms that a key of `over` may have, for the editor's schema. */
export const listOptions = z.array(scalar).min(1).describe('Values of the variable.');

interface PartDoc extends ComponentDoc {
  readonly options: z.ZodObject;
}

/** Parts of a pipeline file beside its pipelines, as the reference tells of them. */
export const fileParts: readonly PartDoc[] = [
  {
    name: 'profiles',
    summary: 'Named sets of values for the variables of the file.',
    description: `\`--profile quick\` puts the values of one profile in the place of those under \`variables\`. \`--set\` wins over both.`,
    example: `variables: { trainingSize: 24000, epochs: 5 }
profiles:
  quick: { trainingSize: 6000, epochs: 2 }
  paper: { trainingSize: 120000, epochs: 300 }`,
    options: z.strictObject({}),
  },
  {
    name: 'sweeps',
    summary: 'Runs pipelines again and again with other values of variables, trial by trial.',
    description: `A sweep has a name and runs by it, as a pipeline does. Each trial is the file with its values for the variables; \`\${trialOut}\` is its own folder,
\`\${out}/<sweep>/trials/0001\` and so on, and outside a sweep the same as \`\${out}\`. Everything that a trial writes lies there, artifacts too; \`apply\` takes the
artifact that the trial fits, else the one in \`\${out}/artifacts\`. Trials run side by side on worker threads, as many as \`--workers\` says.

Values: a list, or a range \`{ from, to, integer, scale, count }\`, both ends included; \`scale: log\` for equal ratios. \`cases\` have names of their own and set several
variables each. With \`sample\` each trial draws a value of each, uniformly; without it the trials are the grid of all combinations, in which the last key changes
fastest.

Leaves \`\${out}/<sweep>/results.parquet\`, a row for each trial with its values, its \`status\` and the last value of each metric, and
\`\${out}/<sweep>/metrics.parquet\`, all metrics with the trial's number. Trials count from 1; 0 is the baseline. An interrupted sweep goes on where it was when it is run
again: trials are kept whose configuration is the same.`,
    example: `sweeps:
  search:
    pipelines: [trial]
    over:
      rCut: { from: 2, to: 100, integer: true }
      sigma: { from: 1, to: 10 }
    sample: { trials: 24, seed: 1 }
    objective: trial.classify.validationAccuracy
    abandon: { startup: 8 }
  noise:
    pipelines: [noisyTest]
    over:
      noise: { from: 0.1, to: 5, count: 20, scale: log }
    baseline: { noise: 0 }
  compression:
    pipelines: [compressed]
    over:
      method:
        cases: { pca: { hidden: 0 }, deep: { hidden: 616 } }
      components: [1, 2, 5, 10, 20, 50, 100]`,
    options: sweepOptions,
  },
];
