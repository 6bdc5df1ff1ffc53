import { isModulePath } from '../config/catalogue.js';
import type { Diagnostics } from '../config/diagnostics.js';
import type { PipelineDocument } from '../config/document.js';
import type { PipelineEntry } from '../config/grammar.js';
import { subjectOf } from '../config/paths.js';
import type { ResolvedPipeline } from './dependencies.js';
import { whyDependent } from './failingRowsOf.js';

/**
 * Of each step how long it may take for a batch (s), if anybody says so: the step itself, or the run for operators of one's own. Such a step
 * runs on a worker thread, which can be ended; one that must see the whole stream cannot.
 *
 * @param ofRun for operators of one's own that do not say it
 */
export function timeLimitsOf(
  { steps }: PipelineEntry,
  resolved: ResolvedPipeline,
  document: PipelineDocument,
  diagnostics: Diagnostics,
  ofRun: number | undefined,
): (number | undefined)[] {
  return steps.map(({ name, path, timeout }, i) => {
    const plan = resolved.steps[i]?.plan;
    const seconds = timeout ?? (isModulePath(name) ? ofRun : undefined);
    if (!plan || seconds === undefined) return undefined;
    const why = whyDependent(plan);
    if (why !== undefined) {
      const [at, said] =
        timeout === undefined
          ? [document.locate(path, 'key'), `${subjectOf(path)}: --batch-timeout cannot hold`]
          : [document.locate([...path.slice(0, -1), 'timeout'], 'value'), `${subjectOf(path)}.timeout: cannot hold`];
      diagnostics.error(at, `${said}, since the step ${why}: it runs on the main thread, where nothing can end it`);
    }
    return seconds;
  });
}
