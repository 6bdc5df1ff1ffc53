import type { ApplyStep, FitStep, StepPlan, StreamStep } from './plan.js';

/** A step that batches stream through. */
export type FlowStep = StreamStep | ApplyStep;

/** Consecutive steps that are run as one. */
export type StepRun = FitRun | FlowRun;

interface RunBase {
  /** How many fits come before it. */
  readonly stage: number;
  /** Of its stage: `before` the first dear run, that one, or `after` it. All are `before` where none is dear. */
  readonly place: 'before' | 'firstDear' | 'after';
}

export interface FitRun extends RunBase {
  readonly kind: 'fit';
  readonly step: FitStep;
}

export interface FlowRun extends RunBase {
  readonly kind: 'flow';
  readonly steps: readonly FlowStep[];
  /** Whether its batches are independent, and a step among them dear: worker threads share them out, if there are any. */
  readonly isDear: boolean;
}

/**
 * Cuts a pipeline's steps into runs. Steps whose batches are independent go to worker threads together, as many as follow each other: a
 * batch makes one hop, however many steps. Where no step of them is dear, the hop would cost more than it brings.
 */
export function runsOf(steps: readonly StepPlan[]): StepRun[] {
  const runs: StepRun[] = [];
  let stage = 0;
  let hasDear = false;
  for (let at = 0; at < steps.length;) {
    const step = steps[at]!;
    if (step.kind === 'fit') {
      runs.push({ kind: 'fit', step, stage: stage++, place: hasDear ? 'after' : 'before' });
      hasDear = false;
      at++;
      continue;
    }
    const independent = flowFrom(steps, at, ({ definition }) => definition.independent === true);
    const isDear = independent.some((each) => each.definition.dear === true || isLimited(each));
    const next = independent.length > 0 ? independent : [step];
    const place = hasDear ? 'after' : isDear ? 'firstDear' : 'before';
    const last = runs.at(-1);
    if (!isDear && last?.kind === 'flow' && !last.isDear)
      runs[runs.length - 1] = { ...last, steps: [...last.steps, ...next] };
    else runs.push({ kind: 'flow', steps: next, isDear, stage, place });
    hasDear ||= isDear;
    at += next.length;
  }
  return runs;
}

/** The steps of a run. */
export function stepsOf(run: StepRun): readonly (FitStep | FlowStep)[] {
  return run.kind === 'fit' ? [run.step] : run.steps;
}

/** How many worker threads share out the batches of a run: only a thread of its own can be ended where a step has a time limit. */
export function threadsOf(run: StepRun, workers: number): number {
  if (run.kind === 'fit' || !run.isDear) return 0;
  return run.steps.some(isLimited) ? Math.max(1, workers) : workers;
}

function isLimited({ timeoutSeconds }: FlowStep): boolean {
  return timeoutSeconds !== undefined;
}

/** The longest row of steps from `start` on that batches stream through and that pass the test. */
function flowFrom(steps: readonly StepPlan[], start: number, test: (step: FlowStep) => boolean): FlowStep[] {
  const found: FlowStep[] = [];
  for (const step of steps.slice(start)) {
    if (step.kind === 'fit' || !test(step)) break;
    found.push(step);
  }
  return found;
}
