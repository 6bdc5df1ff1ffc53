import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Field, Schema, vectorFromArray } from 'apache-arrow';
import { parseAllDocuments } from 'yaml';
import { recordBatch } from '#dist/arrow/columns.js';
import { plainValue } from '#dist/arrow/plainValue.js';
import {
  bytesSchema,
  centerField,
  centersField,
  featureField,
  imageField,
  labelField,
  nCentersField,
  pixelsField,
  pointsField,
  positionField,
  predictedField,
  probabilitiesField,
  speciesField,
} from '#dist/arrow/schemas.js';
import { arrowSink } from '#dist/io/arrowSink.js';
import { arrowSource } from '#dist/io/arrowSource.js';
import { openSource, writeBatches } from '#dist/io/open.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { runPlan } from '#dist/pipelines/runPlan.js';

const FOLDER = new URL('../../examples/operators/', import.meta.url);
/** Enough to check a number by hand, few enough to be the same on every processor. */
const DIGITS = 4;

/** Columns of the data model that have one type. */
const FIELDS = new Map(
  [
    ...bytesSchema.fields,
    imageField,
    labelField,
    centerField,
    positionField,
    nCentersField,
    pointsField,
    speciesField,
    centersField,
    predictedField,
  ].map((field) => [field.name, field]),
);

/**
 * Runs examples/operators/*.yaml as pipelines: each document of a file after the one before it, so that what is fitted can be applied.
 *
 * @returns by the operator's name, its examples as Markdown: what to look at, the rows that go in, the steps, the rows that come out
 */
export async function workedExamples() {
  const examples = new Map();
  for (const file of readdirSync(FOLDER).toSorted()) {
    const outDirectory = mkdtempSync(join(tmpdir(), 'soapstream-examples-'));
    try {
      const shown = [];
      const documents = parseAllDocuments(readFileSync(new URL(file, FOLDER), 'utf8'));
      for (const document of documents) shown.push(await shownExample(document.toJS(), outDirectory));
      examples.set(file.replace(/\.yaml$/, ''), `#### Worked example\n\n${shown.join('\n\n')}`);
    } catch (error) {
      throw new Error(`examples/operators/${file}: ${error.message}`, { cause: error });
    } finally {
      rmSync(outDirectory, { recursive: true, force: true });
    }
  }
  return examples;
}

async function shownExample({ says, input, steps, metrics: wanted = [] }, outDirectory) {
  const { rows, metrics } = await runSteps(steps, batchOf(input), outDirectory);
  return [
    says.trim(),
    fenced('', table(input)),
    fenced('yaml', steps.trimEnd()),
    fenced(
      '',
      [table(rows), ...(wanted.length > 0 ? [''] : []), ...wanted.map((name) => metricText(name, metrics))].join('\n'),
    ),
  ].join('\n\n');
}

async function runSteps(steps, batch, outDirectory) {
  const [input, output] = ['input', 'output'].map((name) => join(outDirectory, `${name}.arrow`));
  await writeBatches(arrowSink, { path: input }, [batch]);
  const text = `pipelines:
  example:
    source: { arrow: { path: ${JSON.stringify(input)} } }
    steps:
${steps.replaceAll(/^/gm, '      ')}
    sinks: [{ arrow: { path: ${JSON.stringify(output)} } }]
`;
  const { plan, diagnostics } = await planOf(text, join(outDirectory, 'example.yaml'), { outDirectory });
  if (!plan) throw new Error(diagnostics.sorted()[0].message);
  const [{ metrics }] = await runPlan(plan, { workers: 0 });
  return { rows: await rowsOf(output), metrics };
}

/** Rows of YAML as a batch, with the types of the data model. */
function batchOf(rows) {
  const names = Object.keys(rows[0]);
  const schema = new Schema(names.map((name) => fieldOf(name, rows[0][name])));
  const columns = schema.fields.map(({ name, type }) => {
    const values = rows.map((row) => (name === 'data' ? bytesOf(row.data) : row[name]));
    return vectorFromArray(values, type).data[0];
  });
  return recordBatch(schema, rows.length, columns);
}

function fieldOf(name, value) {
  if (name === 'pixels') return pixelsField(value.length, value[0].length);
  if (name === 'probabilities') return probabilitiesField(value.length);
  if (name === 'soap' || name === 'code') return featureField(name, 'float32', value.length);
  const field = FIELDS.get(name);
  if (!field) throw new Error(`no column ${name} in the data model`);
  return new Field(name, field.type, false);
}

/** Bytes are written in hexadecimal, a space between two. */
function bytesOf(text) {
  return Uint8Array.from(text.split(' '), (byte) => Number.parseInt(byte, 16));
}

async function rowsOf(path) {
  const source = await openSource(arrowSource, { path });
  const rows = [];
  for await (const batch of source.batches(new AbortController().signal)) {
    const columns = batch.schema.fields.map(({ name }, i) => [name, batch.data.children[i]]);
    for (let row = 0; row < batch.numRows; row++) {
      rows.push(Object.fromEntries(columns.map(([name, data]) => [name, plainValue(data, row)])));
    }
  }
  return rows;
}

/** Rows as lines of text, columns one below the other. */
function table(rows) {
  const names = Object.keys(rows[0]);
  const lines = [names, ...rows.map((row) => names.map((name) => cell(row[name])))];
  const widths = names.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  return lines
    .map((line) =>
      line
        .map((text, i) => text.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cell(value) {
  if (Array.isArray(value)) return `[${value.map(cell).join(', ')}]`;
  if (typeof value !== 'number') return String(value);
  // What is left of a sum that is 0 is another number on every processor.
  return Math.abs(value) < 1e-12 ? '0' : String(Number(value.toPrecision(DIGITS)));
}

/** The last value of a metric; of the confusion matrix every cell. */
function metricText(name, metrics) {
  const values = metrics.filter(({ metric }) => metric === name);
  if (values.length === 0) throw new Error(`no metric ${name}`);
  if (name !== 'confusion') return `${name} ${cell(values.at(-1).value)}`;
  return values.map(({ actual, predicted, value }) => `${name} of ${actual} with ${predicted}: ${value}`).join('\n');
}

function fenced(language, text) {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
