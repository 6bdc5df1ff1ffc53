import { readArtifact, writeArtifact } from '../../io/artifacts.js';
import type { z } from 'zod';
import type { Fitted, FittedDefinition } from './definition.js';
import { parseArtifact } from './parseArtifact.js';

/**
 * Keeps a fitted model in a folder, as `fit: name` does in `out/artifacts/name`. An earlier one is replaced, at once or not at all.
 *
 * ```ts
 * await saveFitted(robustRescaleStep, 'out/artifacts/scaler', scaler);
 * ```
 * @throws PipelineError `outputFailed`; `badOption` if the folder holds anything else
 */
export async function saveFitted<F extends z.ZodObject, P extends z.ZodObject, A extends z.ZodObject, Model>(
  definition: FittedDefinition<F, P, A, Model>,
  directory: string,
  { artifact, model }: Fitted<z.output<A>, Model>,
): Promise<void> {
  await writeArtifact(directory, { description: artifact, files: await definition.save(model) });
}

/**
 * A fitted model from its folder, also one that a pipeline file has fitted. What the model holds outside the heap is given back by
 * `definition.dispose`.
 *
 * @throws PipelineError `missingInput` if there is none, `badSchema` if another operator made it, `badData` if it is damaged
 */
export async function loadFitted<F extends z.ZodObject, P extends z.ZodObject, A extends z.ZodObject, Model>(
  definition: FittedDefinition<F, P, A, Model>,
  directory: string,
): Promise<Fitted<z.output<A>, Model>> {
  const { description, files } = await readArtifact(directory);
  const artifact = parseArtifact(definition, description, directory);
  return { artifact, model: await definition.load(files, artifact) };
}
