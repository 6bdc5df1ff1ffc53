import { basename, join, relative } from 'node:path';
import { STANDARD_STREAM } from '../io/paths.js';
import { type RunRecord, writeRunRecord } from '../io/runRecord.js';
import { soapstreamVersion } from '../version.js';
import { withFolderNames } from './places.js';
import type { PipelinePlan, Plan, SweepPlan } from './plan.js';

/** What differs from one run to the next. */
type RunFacts = Pick<RunRecord, 'run' | 'started' | 'seconds' | 'outputs'> &
  Partial<Pick<RunRecord, 'steps' | 'artifacts' | 'inputs' | 'left' | 'trials'>>;

export function recordPath({ outDirectory }: Plan, name: string): string {
  return join(outDirectory, 'runs', `${name}.json`);
}

/** Leaves the record of a run. @throws PipelineError `outputFailed` */
export async function recordRun(
  plan: Plan,
  kind: RunRecord['kind'],
  { name, description, definition, dependsOn }: PipelinePlan | SweepPlan,
  { run, ...facts }: RunFacts,
): Promise<void> {
  const { file, origin, variables, outDirectory } = plan;
  await writeRunRecord(recordPath(plan, name), {
    format: 1,
    kind,
    name,
    ...(description !== undefined && { description }),
    run,
    soapstream: soapstreamVersion(),
    node: process.version,
    file: basename(file),
    ...(origin.profile !== undefined && { profile: origin.profile }),
    ...(origin.limit !== undefined && { limit: origin.limit }),
    settings: origin.settings,
    variables: withFolderNames(variables, [[outDirectory, '${out}']]) as Record<string, unknown>,
    definition,
    dependsOn,
    ...facts,
  });
}

/** The same with its path from the output folder on. */
export function fromOut<Output extends { readonly path: string }>({ outDirectory }: Plan, output: Output): Output {
  const { path } = output;
  return path === STANDARD_STREAM ? output : { ...output, path: relative(outDirectory, path).replaceAll('\\', '/') };
}
