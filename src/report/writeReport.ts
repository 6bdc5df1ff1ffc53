import { basename, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { writeTextAtomically } from '../io/atomicText.js';
import { renderPage } from './page.js';
import { readRun } from './readRun.js';
import { definitionsSection, overviewSection, readContents, recordSection, type RunContents } from './sections.js';

/** What was written. */
export interface ReportSummary {
  readonly path: string;
  readonly bytes: number;
  /** Pipelines and sweeps on the page. */
  readonly runs: number;
}

/**
 * Turns the output folder of runs into one HTML page that needs nothing beside itself.
 *
 * The page depends on the files alone: the same folder gives the same bytes.
 *
 * @param directory the folder that runs wrote, with their records in `runs/`
 * @param output the page, by default `report.html` in that folder
 * @throws PipelineError `missingInput` if nothing has finished there; `badData` naming a damaged file; `badOption`, `outputFailed` if the page
 *   cannot be written
 */
export async function writeReport(directory: string, output = join(directory, 'report.html')): Promise<ReportSummary> {
  const { text, runs } = await renderReport(directory);
  await writeTextAtomically(output, text);
  return { path: output, bytes: Buffer.byteLength(text), runs };
}

/** The page as text. */
export async function renderReport(directory: string): Promise<{ readonly text: string; readonly runs: number }> {
  const records = await readRun(directory);
  const contents: RunContents[] = [];
  // One after the other: predictions may be large, and two at a time would be twice the memory.
  for (const record of records) contents.push(await readContents(directory, record));
  const names = [...new Set(records.map(({ file }) => basename(file)))];
  const text = renderPage({
    title: `Results of ${names.join(', ')}`,
    subtitle: `Report of the folder ${basename(resolve(directory))}, ${records[0]!.started.slice(0, 10)}`,
    sections: [
      overviewSection(contents),
      ...contents.map((each) => recordSection(each, contents)),
      definitionsSection(records, (value) => stringify(value, { lineWidth: 110 }).trimEnd()),
    ],
  });
  return { text, runs: records.length };
}
