import type { StepContext } from './definition.js';

/** The context of an operator that is used outside a run: nobody listens, nobody interrupts. */
export function detachedContext(overrides: Partial<StepContext> = {}): StepContext {
  return { signal: new AbortController().signal, emitMetric: () => {}, reportProgress: () => {}, ...overrides };
}
