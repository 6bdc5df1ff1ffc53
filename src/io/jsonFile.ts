import { messageOf, PipelineError } from '../errors.js';
import { readFile } from './disk.js';
import { inputBytes } from './paths.js';

/** More than any record or manifest takes; reading one costs some ten times its size in memory. */
const MAX_BYTES = 32 * 2 ** 20;
/** Lists and objects within each other; whoever walks through deeper ones runs out of stack. */
const MAX_DEPTH = 500;

/**
 * The value of a JSON file.
 * @throws PipelineError `missingInput`; `badData` naming the file if it is not JSON, larger than 32 MiB or nested more than 500 deep
 */
export async function readJson(path: string): Promise<unknown> {
  const bytes = await inputBytes(path, 'a JSON file');
  if (bytes > MAX_BYTES)
    throw new PipelineError('badData', `${path}: expected at most ${MAX_BYTES} bytes, found ${bytes}`);
  let text: string;
  let value: unknown;
  try {
    text = await readFile(path, 'utf8');
    value = JSON.parse(text) as unknown;
  } catch (error) {
    throw new PipelineError('badData', `${path}: expected JSON: ${messageOf(error)}`, { cause: error });
  }
  if (depthOf(text) > MAX_DEPTH) throw new PipelineError('badData', `${path}: nested more than ${MAX_DEPTH} deep`);
  return value;
}

/** How deep the brackets of a JSON text go. */
function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, ++depth);
    else if (token === ']' || token === '}') depth--;
  }
  return deepest;
}
