import { STANDARD_STREAM } from '../io/paths.js';
import { whyDependent } from '../pipelines/failingRowsOf.js';
import type { PipelinePlan, StepPlan, StreamStep } from '../pipelines/plan.js';
import type { FlowStep } from '../pipelines/stepRuns.js';

/** Which steps of a pipeline run in tasks, each on a split of the source. All others follow in one process, on what all tasks have left. */
export interface Stage {
  readonly steps: readonly FlowStep[];
  /** The step after these, where its rows that matter can be told: tasks keep these alone. */
  readonly carrying?: StreamStep;
  /** Of a first step that reads pieces of files: see `SplitWish`. */
  readonly decodedRows: number | undefined;
  /** Whether tasks write the files of the sinks: then nothing is left to be done with rows. */
  readonly isWhole: boolean;
  /** Why the next step does not run in tasks. */
  readonly why?: string;
}

/** @returns why nothing of it can, in place of a stage */
export function stageOf({ source, steps, sinks }: PipelinePlan): Stage | string {
  if (source.options['path'] === STANDARD_STREAM) return 'standard input can be read only once';
  const decodedRows = rowsOfDecoder(steps[0]);
  const first = decodedRows === undefined ? 0 : 1;
  const next = steps.findIndex((step, i) => i >= first && whyDependent(step) !== undefined);
  const count = next < 0 ? steps.length : next;
  const dependent = steps[count];
  const why = dependent && `${dependent.id} ${whyDependent(dependent)}`;
  const before = count === 0 ? source.output : steps[count - 1]!.output;
  const carries = dependent?.kind === 'stream' && before && dependent.definition.carries?.(before) === true;
  if (count === first && !carries) return why ?? 'there are no steps that tasks could run';
  return {
    steps: steps.slice(0, count) as FlowStep[],
    ...(carries && { carrying: dependent }),
    decodedRows,
    isWhole: !dependent && sinks.every(({ definition, options }) => definition.fileNames?.(options) !== undefined),
    ...(why !== undefined && { why }),
  };
}

function rowsOfDecoder(step: StepPlan | undefined): number | undefined {
  return step?.kind === 'stream' ? step.definition.splitRows?.(step.options) : undefined;
}
