import type { ApplyStep, FitStep, StepPlan, StreamStep } from './plan.js';

/** A step that batches stream through. */
export type FlowStep = StreamStep | ApplyStep;

/** Consecutive steps that are run as one. */
export type StepRun = FitRun | FlowRun;

export interface FitRun {
  readonly kind: 'fit';
  readonly step: FitStep;
}

export interface FlowRun {
  readonly kind: 'flow';
  readonly steps: readonly FlowStep[];
  /** Whether worker threads share out its batches. */
  readonly onWorkers: boolean;
}

/**
 * Cuts a pipeline's steps into runs. With workers, steps whose batches are independent go there together, as many as follow each other: a
 * batch makes one hop, however many steps. Where no step of them is dear, the hop would cost more than it brings.
 *
 * @param workers threads; 0 keeps all steps on this one but those whose time is limited: only a thread of their own can be ended
 */
export function runsOf(steps: readonly StepPlan[], workers: number): StepRun[] {
  const runs: StepRun[] = [];
  for (let at = 0; at < steps.length;) {
    const step = steps[at]!;
    const independent = flowFrom(
      steps,
      at,
      (each) => each.definition.independent === true && (workers > 0 || isLimited(each)),
    );
    if (step.kind === 'fit') {
      runs.push({ kind: 'fit', step });
      at++;
    } else if (independent.some((each) => each.definition.dear === true || isLimited(each))) {
      runs.push({ kind: 'flow', steps: independent, onWorkers: true });
      at += independent.length;
    } else {
      const cheap = independent.length > 0 ? independent : [step];
      const last = runs.at(-1);
      if (last?.kind === 'flow' && !last.onWorkers) runs.splice(-1, 1, { ...last, steps: [...last.steps, ...cheap] });
      else runs.push({ kind: 'flow', steps: cheap, onWorkers: false });
      at += cheap.length;
    }
  }
  return runs;
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
