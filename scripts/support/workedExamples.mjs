import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { ioContext } from '#dist/io/paths.js';
import { planOf } from '#dist/pipelines/loadPlan.js';
import { runRows, sourceOfRows } from '#dist/testing/runRows.js';

const FOLDER = new URL('../../examples/operators/', import.meta.url);
/** Enough to check a number by hand, few enough to be the same on every processor. */
const DIGITS = 4;

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
  const { rows, metrics } = await runSteps(steps, input, outDirectory);
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

async function runSteps(steps, rows, outDirectory) {
  const text = `pipelines:
  example:
    source: { arrow: { path: input.arrow } }
    steps:
${steps.replaceAll(/^/gm, '      ')}
`;
  const { plan, diagnostics } = await planOf(text, join(outDirectory, 'example.yaml'), { outDirectory });
  if (!plan) throw new Error(diagnostics.sorted()[0].message);
  const source = sourceOfRows({ rows, path: [] });
  return runRows('example', plan.pipelines.get('example').steps, source, {
    io: ioContext('.'),
    signal: new AbortController().signal,
    directory: outDirectory,
  });
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
