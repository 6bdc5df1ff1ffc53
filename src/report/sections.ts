import { formatCount } from '../format.js';
import { joined, type Markup, markup } from './markup.js';
import { correlationFigure } from './figures/correlationFigure.js';
import { confusionMatrix } from './figures/confusionMatrix.js';
import { type Companion, digitFigures } from './figures/digitFigures.js';
import { learningCurves } from './figures/learningCurves.js';
import { facts, type Measured, runTable, scoreTable, sectionId } from './figures/overview.js';
import { lineageTable } from './figures/lineage.js';
import { pipelineGraph } from './figures/pipelineGraph.js';
import { sweepFigures } from './figures/sweepFigures.js';
import type { Section } from './figure.js';
import { type CorrelationMatrix, readCorrelation } from './readCorrelation.js';
import { type DigitReport, FEWEST_PIXELS, readDigits } from './readDigits.js';
import { readMetrics } from './readMetrics.js';
import { readSweep } from './readSweep.js';
import { findOutputs, type Output } from './outputs.js';
import type { RunRecord } from '../io/runRecord.js';

/** A record and all that its outputs have to show. */
export interface RunContents extends Measured {
  readonly missing: readonly string[];
  readonly digits: readonly DigitReport[];
  /** Predictions that do not make images. */
  readonly scattered: readonly Output[];
  readonly correlations: readonly CorrelationMatrix[];
}

/** Reads the outputs of a record, one after the other. @throws PipelineError `badData` naming a damaged file */
export async function readContents(directory: string, record: RunRecord): Promise<RunContents> {
  const { found, missing } = await findOutputs(directory, record);
  const contents = {
    metrics: [] as Measured['metrics'][number][],
    sweeps: [] as Measured['sweeps'][number][],
    digits: [] as DigitReport[],
    scattered: [] as Output[],
    correlations: [] as CorrelationMatrix[],
  };
  for (const output of found) {
    switch (output.holds) {
      case 'metrics':
        contents.metrics.push(...(await readMetrics(output)));
        break;
      case 'results':
        contents.sweeps.push(await readSweep(output));
        break;
      case 'correlations':
        contents.correlations.push(await readCorrelation(output));
        break;
      case 'predictions': {
        const digits = await readDigits(output);
        if (digits) contents.digits.push(digits);
        else contents.scattered.push(output);
        break;
      }
      default: // shown in the overview alone
    }
  }
  return { record, missing, ...contents };
}

/** The page's first section. */
export function overviewSection(contents: readonly RunContents[]): Section {
  const records = contents.map(({ record }) => record);
  const [scores, lineage] = [scoreTable(contents), lineageTable(records)];
  return {
    id: 'overview',
    heading: 'Overview',
    notes: [],
    blocks: [
      facts(records),
      runTable(contents),
      ...(scores ? [scores] : []),
      pipelineGraph(records),
      ...(lineage ? [lineage] : []),
    ],
  };
}

/** What a pipeline or sweep has to show; `all` are looked through for the same images. */
export function recordSection(contents: RunContents, all: readonly RunContents[]): Section {
  const { record, metrics, sweeps, digits, correlations } = contents;
  const companions = all.filter((other) => other !== contents).flatMap(companionsOf);
  return {
    id: sectionId(record),
    heading: record.name,
    kicker: record.kind,
    description: record.description,
    notes: notesOf(contents),
    blocks: [
      ...metrics.flatMap((each) => [learningCurves(each), confusionMatrix(each)]).filter((each) => each !== undefined),
      ...sweeps.flatMap(sweepFigures),
      ...correlations.map(correlationFigure),
      ...digits.flatMap((report) => digitFigures(report, companions)),
    ],
  };
}

function companionsOf({ record, digits }: RunContents): Companion[] {
  return digits.flatMap(({ all, from }) => (all ? [{ pipeline: record.name, from, digits: all }] : []));
}

function notesOf({ record, missing, scattered }: RunContents): string[] {
  const notes: string[] = [];
  const { trials } = record;
  if (trials) {
    const { total, done, abandoned, diverged } = trials;
    const ended = done + abandoned + diverged;
    if (ended < total) {
      notes.push(
        `Unfinished: ${formatCount(ended)} of ${formatCount(total)} trials have ended. Figures show these; run the sweep again to go on.`,
      );
    }
  }
  const failed = record.steps.filter(({ deadLetters = 0 }) => deadLetters > 0);
  if (failed.length > 0) {
    const steps = failed.map(({ id, deadLetters = 0 }) => `${id} ${formatCount(deadLetters)}`).join(', ');
    const total = failed.reduce((sum, { deadLetters = 0 }) => sum + deadLetters, 0);
    const path = record.outputs.find(({ role }) => role === 'deadLetters')?.path;
    notes.push(`${formatCount(total)} rows failed (${steps}) and are in ${path} with the reasons.`);
  }
  for (const path of missing) notes.push(`${path} is no longer there: what it held is not shown.`);
  for (const { path, rows } of scattered) {
    notes.push(
      `${path} (${formatCount(rows)} rows) holds predictions of single pixels rather than of whole images, at least ${FEWEST_PIXELS} pixels each and one after the other: no digits are drawn from it.`,
    );
  }
  return notes;
}

/** Each definition as the pipeline file has it, with its variables replaced. */
export function definitionsSection(records: readonly RunRecord[], yamlOf: (value: unknown) => string): Section {
  const definition = ({ name, kind, definition: value }: RunRecord): Markup =>
    markup`<details class="definition"><summary><code>${name}</code> <span class="quiet">${kind}</span></summary><pre><code>${yamlOf({ [name]: value })}</code></pre></details>`;
  return {
    id: 'definitions',
    heading: 'Definitions',
    description: 'What ran, as the pipeline file says it, with variables replaced.',
    notes: [],
    blocks: [joined(records.map(definition))],
  };
}
