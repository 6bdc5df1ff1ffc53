import type { Schema } from 'apache-arrow';
import { readingOf } from '../arrow/expectations.js';
import type { Diagnostics } from '../config/diagnostics.js';
import type { PipelineDocument } from '../config/document.js';
import { subjectOf } from '../config/paths.js';
import type { ResolvedPipeline } from './dependencies.js';
import { inMiB, spareBytes } from './memoryBudget.js';
import type { UnplacedStep } from './plan.js';

/** Reports a pipeline whose steps may hold more than a budget has room for, at the step that holds most. */
export function expectHeldWithin(
  budget: number,
  { steps }: ResolvedPipeline,
  schemas: { readonly source: Schema | undefined; readonly steps: readonly (Schema | undefined)[] },
  document: PipelineDocument,
  diagnostics: Diagnostics,
): void {
  const held = steps.map(({ plan }, i) => heldBytes(plan!, i === 0 ? schemas.source : schemas.steps[i - 1]) ?? 0);
  const sum = held.reduce((all, each) => all + each, 0);
  const room = spareBytes(budget);
  if (sum <= room) return;
  const most = held.indexOf(Math.max(...held));
  const { path } = steps[most]!;
  const others = sum > held[most]! ? `, with the steps beside it ${inMiB(sum)}` : '';
  const message = `${subjectOf(path)}: may hold ${inMiB(held[most]!)}${others}; of ${inMiB(budget)} (--memory) there are ${inMiB(room)} for steps`;
  diagnostics.error(document.locate(path, 'key'), message);
}

function heldBytes({ kind, definition, options }: UnplacedStep, input: Schema | undefined): number | undefined {
  if (!input || kind === 'apply') return undefined;
  if (kind === 'fit') return definition.holds?.(readingOf(input, definition.fitReads(options)).schema, options);
  return definition.holds?.(readingOf(input, definition.reads(options)).schema, options);
}
