import { formatBytes } from '../format.js';
import { writeReport } from '../report/writeReport.js';
import { exitCodes } from './exitCodes.js';
import { print } from './print.js';

export interface ReportArguments {
  readonly directory: string;
  readonly output?: string | undefined;
}

/** `soapstream report`. @returns the exit code */
export async function report({ directory, output }: ReportArguments): Promise<number> {
  const { path, bytes, runs } = await writeReport(directory, output);
  print(`${path}: ${runs} ${runs === 1 ? 'run' : 'runs'}, ${formatBytes(bytes)}`);
  return exitCodes.success;
}
