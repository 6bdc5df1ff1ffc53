import { atomicFile, writeFailure } from './atomic.js';
import { writeFile } from './disk.js';

/**
 * Writes a text file, whole or not at all; an earlier one is replaced.
 * @throws PipelineError `outputFailed`; `badOption` if no file can be made at that path
 */
export async function writeTextAtomically(path: string, text: string): Promise<void> {
  const output = await atomicFile(path);
  try {
    await writeFile(output.partial, text);
    await output.commit();
  } catch (error) {
    throw writeFailure(path, error);
  } finally {
    await output.abort();
  }
}
