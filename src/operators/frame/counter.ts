import type { StepContext } from './definition.js';
import type { Tally } from './tally.js';

/** Where an operator puts the contributions of one stream. */
export interface Counter<Part> {
  add(part: Part): void;
  /** Ends the stream. */
  finish(): void;
}

/** Hands contributions to whoever sums them up elsewhere, or else sums them up here and emits the figures at the end. */
export function counter<Part>(tally: Tally<Part>, { count, emitMetric }: StepContext): Counter<Part> {
  if (count) return { add: count, finish: () => {} };
  return {
    add: (part) => tally.add(part),
    finish() {
      for (const metric of tally.metrics()) emitMetric(metric);
    },
  };
}
