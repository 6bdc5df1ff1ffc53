import type { Schema } from 'apache-arrow';
import { describeSchema } from '../arrow/describeSchema.js';
import { type PlainValue, plainRows } from '../arrow/plainValue.js';
import { arrowSink } from '../io/arrowSink.js';
import type { Sink } from '../io/definition.js';
import { ioContext, STANDARD_STREAM } from '../io/paths.js';
import { tap as tapStep } from '../pipelines/tap.js';
import { exitCodes } from './exitCodes.js';
import { columnLines, headLines } from './inspect.js';
import { interruptible } from './interrupts.js';
import { tapRun } from './liveTap.js';
import { type PlanArguments, planOrReport } from './planArguments.js';
import { print } from './print.js';

export type TapFormat = 'table' | 'json' | 'arrow';

export interface TapArguments extends PlanArguments {
  readonly pipeline: string;
  readonly step: string;
  readonly rows: number;
  readonly format: TapFormat;
}

/** `soapstream tap`: the next rows that leave a step of a run that goes on, else the first of one of its own. @returns the exit code */
export async function tap({ pipeline, step, rows, format, ...args }: TapArguments): Promise<number> {
  const plan = await planOrReport(args);
  if (!plan) return exitCodes.configuration;
  const tell = (message: string): void => print(`soapstream: ${message}`, process.stderr);
  await interruptible(async (signal) => {
    const asked = { pipeline, step, rows, signal, open: PRINTERS[format] };
    if (!(await tapRun(plan, { ...asked, tell }))) await tapStep(plan, asked);
  });
  return exitCodes.success;
}

const PRINTERS: Readonly<Record<TapFormat, (schema: Schema) => Promise<Sink>>> = {
  arrow: (schema) =>
    arrowSink.open(arrowSink.options.parse({ path: STANDARD_STREAM, format: 'stream' }), ioContext('.'), schema),
  json: async () => printer((row) => print(JSON.stringify(row))),
  table: async (schema) => {
    const found: Row[] = [];
    return printer(
      (row) => found.push(row),
      () => {
        const rows = found.length > 0 ? headLines(found) : ['', 'no rows'];
        print([...columnLines(describeSchema(schema).columns), ...rows].join('\n'));
      },
    );
  },
};

type Row = Readonly<Record<string, PlainValue>>;

/** A sink that shows rows. */
function printer(show: (row: Row) => void, finish: () => void = () => {}): Sink {
  let rows = 0;
  return {
    async write(batch) {
      for (const row of plainRows(batch)) show(row);
      rows += batch.numRows;
    },
    async close() {
      finish();
      return { path: STANDARD_STREAM, rows, bytes: 0 };
    },
    async abort() {},
  };
}
