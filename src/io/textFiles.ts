import { readFile, writeFile } from 'node:fs/promises';
import { messageOf, PipelineError } from '../errors.js';
import { atomicFile, writeFailure } from './atomic.js';
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

/**
 * Writes a text file, complete or not at all; an earlier one is replaced.
 * @returns its size in bytes
 * @throws PipelineError `badOption` if no file can be made there, `outputFailed` if writing fails
 */
export async function writeText(path: string, text: string): Promise<number> {
  const bytes = Buffer.from(text, 'utf8');
  const output = await atomicFile(path);
  try {
    await writeFile(output.partial, bytes);
    await output.commit();
    return bytes.length;
  } catch (error) {
    throw writeFailure(path, error);
  } finally {
    await output.abort();
  }
}
