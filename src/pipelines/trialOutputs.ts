import type { Diagnostics } from '../config/diagnostics.js';
import type { PipelineDocument } from '../config/document.js';
import { subjectOf } from '../config/paths.js';
import { STANDARD_STREAM } from '../io/paths.js';
import { outputsOf, type ResolvedPipeline } from './dependencies.js';
import { isBelow } from './places.js';

/** Reports the sinks of a trial that write outside its own folder: two trials would write the same path. */
export function expectOwnOutputs(
  pipelines: Iterable<ResolvedPipeline>,
  trialDirectory: string,
  document: PipelineDocument,
  diagnostics: Diagnostics,
): void {
  for (const pipeline of pipelines) {
    for (const { plan, path } of outputsOf(pipeline)) {
      if (!plan || (plan.writes !== STANDARD_STREAM && isBelow(plan.writes, trialDirectory))) continue;
      const message = `${subjectOf(path)}.path: expected a path below \${trialOut}, since every trial of a sweep writes it, got ${plan.writes}`;
      diagnostics.error(document.locate([...path, 'path'], 'value'), message);
    }
  }
}
