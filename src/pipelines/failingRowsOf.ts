import type { Diagnostics } from '../config/diagnostics.js';
import type { PipelineDocument } from '../config/document.js';
import type { PipelineEntry } from '../config/grammar.js';
import { type Path, subjectOf, valueAt } from '../config/paths.js';
import type { ResolvedPipeline } from './dependencies.js';
import type { DeadLettersPlan, UnplacedStep } from './plan.js';

/** What becomes of the rows of a pipeline that fail. */
interface FailingRows {
  readonly deadLetters?: DeadLettersPlan;
  /** Of each step, whether its rows that fail become dead letters. */
  readonly ofSteps: readonly boolean[];
}

/**
 * Who sends dead letters. A step must go on without some of its rows as if they had never been there: that is so where batches are
 * independent. What a pipeline says is meant for its source and for all steps of which that is true; a step that says it must be one.
 */
export function failingRowsOf(
  { path, steps, onError, deadLetters, maxErrors }: PipelineEntry,
  resolved: ResolvedPipeline,
  document: PipelineDocument,
  diagnostics: Diagnostics,
): FailingRows {
  /** @param of the pipeline or step whose key it is */
  const refuse = (of: Path, key: string, part: 'key' | 'value', problem: string): void => {
    const at = of === path ? [...path, key] : [...of.slice(0, -1), key];
    diagnostics.error(document.locate(at, part), `${subjectOf(of)}.${key}: ${problem}`);
  };
  const isFaulty = resolved.steps.length < steps.length || resolved.steps.some(({ plan }) => !plan) || !resolved.source;
  const ofSource = onError === 'deadLetter' && resolved.source?.definition.leavingOut !== undefined;
  const ofSteps = steps.map((entry, i) => {
    const plan = resolved.steps[i]?.plan;
    const says = entry.onError ?? onError;
    if (!plan || says !== 'deadLetter') return false;
    const why = whyDependent(plan);
    if (why !== undefined && entry.onError) {
      const problem = `the step ${why}, so that it cannot go on without some rows; leave it at stop`;
      refuse(entry.path, 'onError', 'value', problem);
    }
    return why === undefined;
  });
  // Also where it says stop, so that a variable may be there; what is no such word was reported before.
  const isSaid = [path, ...steps.map((step) => step.path.slice(0, -1))].some(
    (of) => valueAt(document.value, [...of, 'onError']) !== undefined,
  );
  if (!isSaid) {
    const idle = deadLetters ? 'deadLetters' : maxErrors === undefined ? undefined : 'maxErrors';
    if (idle) refuse(path, idle, 'key', 'expected onError: deadLetter, on the pipeline or a step');
    return { ofSteps };
  }
  if (onError === 'deadLetter' && !isFaulty && !ofSource && !ofSteps.includes(true)) {
    const problem = 'neither the source nor any step can go on without some rows; leave it at stop';
    refuse(path, 'onError', 'value', problem);
  }
  const isAsked = onError === 'deadLetter' || steps.some((step) => step.onError === 'deadLetter');
  if (isAsked && !deadLetters) {
    const problem = `${subjectOf(path)}: expected deadLetters, a sink for the rows that fail, since onError is deadLetter`;
    diagnostics.error(document.locate(path, 'key'), problem);
  }
  const sink = resolved.deadLetters?.plan;
  return { ofSteps, ...(sink && { deadLetters: { sink, ofSource, ...(maxErrors !== undefined && { maxErrors }) } }) };
}

/** Why the batches of a step depend on each other; undefined if they do not. */
export function whyDependent({ kind, definition }: Pick<UnplacedStep, 'kind' | 'definition'>): string | undefined {
  if (kind === 'fit') return 'fits on the whole stream';
  return definition.independent === true ? undefined : 'needs the batches before it';
}
