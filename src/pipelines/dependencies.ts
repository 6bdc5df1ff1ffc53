import type { Diagnostics } from '../config/diagnostics.js';
import type { PipelineDocument } from '../config/document.js';
import { type Path, subjectOf } from '../config/paths.js';
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
}

/** Who makes what: paths that sinks write and artifacts that fits leave. */
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
  const claim = (made: Map<string, string>, what: string, thing: string, pipeline: string, path: Path): void => {
    const other = made.get(thing);
    if (other === undefined) made.set(thing, pipeline);
    else
      diagnostics.error(
        document.locate(path, 'value'),
        `${subjectOf(path)}: ${what} ${thing} is already made by ${other === pipeline ? 'this pipeline' : other}`,
      );
  };
  for (const { name, steps, sinks, metrics } of pipelines) {
    for (const { plan, path } of [...sinks, ...(metrics ? [metrics] : [])]) {
      if (plan && plan.writes !== '-') claim(paths, 'the output', plan.writes, name, path);
    }
    for (const { plan, path } of steps) {
      if (plan?.kind === 'fit') claim(artifacts, 'the artifact', plan.artifact, name, path);
    }
  }
  return { paths, artifacts };
}

/** The other pipelines that this one reads from. */
export function dependenciesOf({ name, source, steps }: ResolvedPipeline, { paths, artifacts }: Producers): string[] {
  const files = (source?.reads ?? []).map((path) => paths.get(path));
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
