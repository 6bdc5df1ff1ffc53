import { sep } from 'node:path';
import type { Diagnostics } from '../config/diagnostics.js';
import type { PipelineDocument } from '../config/document.js';
import { type Path, subjectOf } from '../config/paths.js';
import { STANDARD_STREAM } from '../io/paths.js';
import { whereItLeads } from '../io/whereItLeads.js';
import type { SinkPlan, SourcePlan, UnplacedStep } from './plan.js';

/** A pipeline whose parts are known, before its order among the others is. */
export interface ResolvedPipeline {
  readonly name: string;
  readonly path: Path;
  readonly source: SourcePlan | undefined;
  /** Undefined where a step is faulty. */
  readonly steps: readonly { readonly plan: UnplacedStep | undefined; readonly path: Path }[];
  readonly sinks: readonly { readonly plan: SinkPlan | undefined; readonly path: Path }[];
  readonly metrics: { readonly plan: SinkPlan | undefined; readonly path: Path } | undefined;
  readonly deadLetters: { readonly plan: SinkPlan | undefined; readonly path: Path } | undefined;
}

/** Everything that a pipeline writes. */
export function outputsOf({
  sinks,
  metrics,
  deadLetters,
}: Pick<ResolvedPipeline, 'sinks' | 'metrics' | 'deadLetters'>): ResolvedPipeline['sinks'] {
  return [...sinks, ...(metrics ? [metrics] : []), ...(deadLetters ? [deadLetters] : [])];
}

/** Who makes what: places that sinks write, by whatever names, and artifacts that fits leave. */
export interface Producers {
  readonly paths: ReadonlyMap<string, string>;
  readonly artifacts: ReadonlyMap<string, string>;
}

/** Finds the producers; two of the same thing are an error. */
export function findProducers(
  pipelines: Iterable<ResolvedPipeline>,
  document: PipelineDocument,
  diagnostics: Diagnostics,
): Producers {
  const paths = new Map<string, string>();
  const artifacts = new Map<string, string>();
  const refuse = (path: Path, problem: string): void => {
    diagnostics.error(document.locate(path, 'value'), `${subjectOf(path)}: ${problem}`);
  };
  for (const pipeline of pipelines) {
    const { name, source, steps } = pipeline;
    const nameOf = (other: string): string => (other === name ? 'this pipeline' : other);
    const inputs = source?.reads ?? [];
    let usesStandardOutput = false;
    for (const { plan, path } of outputsOf(pipeline)) {
      if (!plan) continue;
      const { writes } = plan;
      if (writes === STANDARD_STREAM) {
        if (usesStandardOutput) refuse(path, 'standard output is already written by this pipeline');
        usesStandardOutput = true;
        continue;
      }
      const place = whereItLeads(writes);
      const made = [...paths].find(([other]) => overlap(other, place));
      const input = inputs.find((each) => overlap(whereItLeads(each), place));
      if (made?.[0] === place) refuse(path, `the output ${writes} is already made by ${nameOf(made[1])}`);
      else if (made)
        refuse(path, `the output ${writes} and ${made[0]}, made by ${nameOf(made[1])}, lie within each other`);
      else if (input !== undefined)
        refuse(path, `the output ${writes} would replace what this pipeline reads, ${input}`);
      else paths.set(place, name);
    }
    for (const { plan, path } of steps) {
      if (plan?.kind !== 'fit') continue;
      const made = artifacts.get(plan.artifact);
      if (made === undefined) artifacts.set(plan.artifact, name);
      else refuse(path, `the artifact ${plan.artifact} is already made by ${nameOf(made)}`);
    }
  }
  return { paths, artifacts };
}

/** Whether two places are the same, or one lies within the other. */
function overlap(one: string, other: string): boolean {
  return one === other || one.startsWith(other + sep) || other.startsWith(one + sep);
}

/** The other pipelines that this one reads from. */
export function dependenciesOf({ name, source, steps }: ResolvedPipeline, { paths, artifacts }: Producers): string[] {
  const files = (source?.reads ?? []).flatMap((path) => {
    const place = whereItLeads(path);
    return [...paths].filter(([made]) => overlap(made, place)).map(([, maker]) => maker);
  });
  const models = steps.map(({ plan }) => (plan?.kind === 'apply' ? artifacts.get(plan.artifact) : undefined));
  const found = new Set([...files, ...models].filter((each) => each !== undefined && each !== name));
  return [...found] as string[];
}

/** Every pipeline after those that it depends on, otherwise in the order of the file. A cycle is an error and names itself. */
export function orderOf(
  pipelines: ReadonlyMap<string, ResolvedPipeline>,
  dependencies: ReadonlyMap<string, readonly string[]>,
  document: PipelineDocument,
  diagnostics: Diagnostics,
): string[] {
  const order: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (name: string, trail: readonly string[]): void => {
    if (state.get(name) === 'done') return;
    if (state.get(name) === 'open') {
      const cycle = [...trail.slice(trail.indexOf(name)), name].join(' → ');
      const { path } = pipelines.get(name)!;
      diagnostics.error(document.locate(path, 'key'), `${subjectOf(path)}: pipelines wait for each other: ${cycle}`);
      return;
    }
    state.set(name, 'open');
    for (const dependency of dependencies.get(name) ?? []) visit(dependency, [...trail, name]);
    state.set(name, 'done');
    order.push(name);
  };
  for (const name of pipelines.keys()) visit(name, []);
  return order;
}
