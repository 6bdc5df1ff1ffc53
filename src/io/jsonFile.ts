import { readFile } from 'node:fs/promises';
import { messageOf, PipelineError } from '../errors.js';
import { inputBytes } from './paths.js';

/**
 * The value of a JSON file.
 * @throws PipelineError `missingInput`; `badData` naming the file if it is not JSON
 */
export async function readJson(path: string): Promise<unknown> {
  await inputBytes(path, 'a JSON file');
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (error) {
    throw new PipelineError('badData', `${path}: expected JSON: ${messageOf(error)}`, { cause: error });
  }
}
