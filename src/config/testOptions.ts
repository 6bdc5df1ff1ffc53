import { z } from 'zod';
import type { StreamComponent } from './catalogue.js';

const row = z.record(z.string(), z.unknown());

/** Rows of a test, for the editor's schema. */
export const rowsOptions = z.array(row).min(1).describe('Rows by column, with the types of the data model.');

/** Rows, or a source, which is checked by itself. */
const given = z.union([rowsOptions, row]);

const range = z
  .strictObject({
    min: z.number().optional().describe('The least value that is right.'),
    max: z.number().optional().describe('The greatest value that is right.'),
  })
  .refine(({ min, max }) => min !== undefined || max !== undefined, { error: 'expected min or max' });

/** A test. */
export const testOptions = z.strictObject({
  description: z.string().optional().describe('What the test shows.'),
  pipeline: z.string().describe('The pipeline whose steps are run.'),
  from: z.string().optional().describe('The first step; that of the pipeline by default.'),
  to: z.string().optional().describe('The last step, included; that of the pipeline by default.'),
  input: given.describe('What arrives at the first step: a list of rows, or a source of a small file.'),
  fit: z
    .record(z.string(), given)
    .optional()
    .describe('Pipelines that are run before, each on rows given here, so that what they fit can be applied.'),
  set: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Values for this test, as --set has them: of variables, or pipeline.step.option.'),
  expect: z
    .strictObject({
      rows: z.array(row).optional().describe('All rows that leave, in order, with the columns that are compared.'),
      count: z.int().min(0).optional().describe('How many rows leave.'),
      columns: z
        .record(z.string(), range)
        .optional()
        .describe('Bounds of all numbers of a column, those within lists too.'),
      checksum: z.string().optional().describe('Of all columns and rows, to the last bit.'),
      metrics: z
        .record(z.string(), z.union([z.number(), range]))
        .optional()
        .describe('Last values of metrics, as step.metric: a number, or its bounds.'),
      deadLetters: z
        .union([z.int().min(0), z.array(row)])
        .optional()
        .describe(
          'Rows that fail, of steps with onError: deadLetter: how many, or each with the columns that are compared; none by default.',
        ),
    })
    .optional()
    .describe('What must come out.'),
  tolerance: z
    .number()
    .min(0)
    .default(1e-6)
    .describe('How far real numbers may be off; of those beyond 1 relative to the expected one.'),
});
export type TestOptions = z.output<typeof testOptions>;

/** As the reference tells of it. */
export const testPart: StreamComponent = {
  name: 'tests',
  summary: 'What pipelines, or some of their steps, must make of a few rows.',
  description: `\`soapstream test\` runs them and says what differs. Sources, sinks and outputs of the pipeline are left alone: rows are given, and nothing is written.

A column has the type that arrives there in the pipeline, if that is known and the first value fits, else that of the data model. Bytes are
hexadecimal, \`00 ff\`. Columns that the expected rows do not name are not compared. Integers and texts are compared exactly.

A fit runs on the rows that arrive. An \`apply\` takes what pipelines under \`fit\` have left in this test, else the artifact in \`\${out}\`.

\`soapstream test --update\` writes what came out over the rows, counts, checksums and metrics that differ; bounds stay. Where nothing is
expected yet, it writes the rows.`,
  example: `tests:
  nearAndFar:
    pipeline: describe
    from: soap
    set: { rCut: 4, nMax: 2, lMax: 1 }
    input:
      - { image: 0, label: 7, points: [[0, 0, 0], [1, 0, 0], [0, 1, 0]] }
    expect:
      count: 3
      columns: { soap: { min: 0 } }`,
  options: testOptions,
};
