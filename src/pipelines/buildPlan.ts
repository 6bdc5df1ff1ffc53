import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Schema } from 'apache-arrow';
import type { IoContext } from '../io/definition.js';
import { dependenciesOf, findProducers, orderOf, type Producers, type ResolvedPipeline } from './dependencies.js';
import type { Diagnostics } from '../config/diagnostics.js';
import type { PipelineDocument } from '../config/document.js';
import { childOf, formatPath, mapLeaves } from '../config/paths.js';
import { failingRowsOf } from './failingRowsOf.js';
import { expectHeldWithin } from './heldRows.js';
import { withFolderNames } from './places.js';
import type { PipelinePlan, Plan, SinkPlan, StepPlan, SweepPlan, TestPlan, TestRows, UnplacedStep } from './plan.js';
import { SchemaPropagation } from './propagateSchemas.js';
import { ComponentResolver } from './resolveComponents.js';
import { timeLimitsOf } from './timeLimits.js';
import { expectWritable } from './writable.js';
import { expectOwnOutputs } from './trialOutputs.js';
import type { ComponentEntry, PipelineEntry } from '../config/grammar.js';
import type { PipelineFile } from '../config/structure.js';
import type { SweepEntry } from '../config/sweepEntry.js';
import type { RowList, TestEntry } from '../config/testEntry.js';

/** Where a plan's paths start. */
export interface PlanPlaces {
  readonly io: IoContext;
  /** The folder of the pipeline file. */
  readonly baseDirectory: string;
  /** Where the run writes; artifacts lie in its folder `artifacts`. */
  readonly outDirectory: string;
  /** Rows that are read of each source, at most. */
  readonly limit?: number;
  /** How long an operator of one's own may take for a batch (s). */
  readonly batchTimeout?: number;
  /** What all threads of a run may take (bytes). */
  readonly memory?: number;
  /** See `LoadOptions`. */
  readonly operators?: readonly string[];
  readonly writable?: readonly string[];
  /** The trial's own folder and the pipelines that it runs: their artifacts lie there. */
  readonly trial?: { readonly directory: string; readonly runs: readonly string[] };
}

/** A plan but for what it was made of. */
export type BuiltPlan = Omit<Plan, 'origin'>;

/**
 * Resolves names, parses options, orders the pipelines, and carries schemas along the graph.
 * @returns undefined if anything is wrong; the diagnostics tell what
 */
export async function buildPlan(
  file: PipelineFile,
  document: PipelineDocument,
  diagnostics: Diagnostics,
  places: PlanPlaces,
): Promise<BuiltPlan | undefined> {
  const { io, baseDirectory, outDirectory } = places;
  const resolver = new ComponentResolver(document, diagnostics, io, places);
  const resolved = new Map<string, ResolvedPipeline>();
  for (const [name, entry] of file.pipelines) resolved.set(name, await resolvePipeline(entry, resolver));
  const failing = new Map(
    [...resolved].map(([name, pipeline]) => [
      name,
      failingRowsOf(file.pipelines.get(name)!, pipeline, document, diagnostics),
    ]),
  );

  const timeLimits = new Map(
    [...resolved].map(([name, pipeline]) => [
      name,
      timeLimitsOf(file.pipelines.get(name)!, pipeline, document, diagnostics, places.batchTimeout),
    ]),
  );

  const tests = resolveTests(file.tests.values(), resolver);

  const producers = findProducers(resolved.values(), document, diagnostics);
  const dependencies = new Map([...resolved].map(([name, pipeline]) => [name, dependenciesOf(pipeline, producers)]));
  const order = orderOf(resolved, dependencies, document, diagnostics);

  for (const pipeline of resolved.values()) expectWritable(pipeline, places.writable, document, diagnostics);
  if (places.trial) {
    const { directory, runs } = places.trial;
    const own = runs.flatMap((name) => resolved.get(name) ?? []);
    expectOwnOutputs(own, directory, document, diagnostics);
  }
  const shared = join(outDirectory, 'artifacts');
  const propagation = new SchemaPropagation(document, diagnostics, { producers, io, artifactDirectory: shared });
  const schemas = new Map<string, Awaited<ReturnType<SchemaPropagation['pipeline']>>>();
  for (const name of order) schemas.set(name, await propagation.pipeline(resolved.get(name)!));
  if (diagnostics.hasErrors) return undefined;
  for (const [name, pipeline] of resolved) {
    if (places.memory === undefined) break;
    expectHeldWithin(places.memory, pipeline, schemas.get(name)!, document, diagnostics);
  }
  if (diagnostics.hasErrors) return undefined;

  const trialDirectory = places.trial?.directory ?? outDirectory;
  const artifacts = new ArtifactFolders(producers, places);
  const recorded = withoutOutside(document);
  const definitionOf = (kind: string, name: string): unknown =>
    withFolderNames(childOf(childOf(recorded, kind), name), [
      [trialDirectory, places.trial ? '${trialOut}' : '${out}'],
      [outDirectory, '${out}'],
    ]);
  const pipelines = new Map<string, PipelinePlan>();
  for (const [name, pipeline] of resolved) {
    const { source, steps } = schemas.get(name)!;
    const definition = definitionOf('pipelines', name);
    const description = childOf(definition, 'description');
    const { deadLetters, ofSteps } = failing.get(name)!;
    pipelines.set(name, {
      name,
      ...(typeof description === 'string' && { description }),
      source: { ...pipeline.source!, ...withOutput(source) },
      steps: pipeline.steps.map(({ plan }, i): StepPlan => ({
        ...artifacts.placed(plan!),
        ...(ofSteps[i] && { onError: 'deadLetter' }),
        ...withLimit(timeLimits.get(name)![i]),
        ...withOutput(steps[i]),
      })),
      sinks: pipeline.sinks.map(({ plan }) => plan!),
      ...(pipeline.metrics && { metrics: pipeline.metrics.plan as SinkPlan }),
      ...(deadLetters && { deadLetters }),
      dependsOn: dependencies.get(name)!,
      definition,
    });
  }
  return {
    file: document.file,
    baseDirectory,
    pipelines,
    order,
    sweeps: new Map(
      [...file.sweeps].map(([name, entry]) => [
        name,
        planSweep(entry, { definition: definitionOf('sweeps', name), dependencies, order }),
      ]),
    ),
    tests,
    defaultPipelines: file.default,
    outDirectory,
    trialDirectory,
    artifactDirectory: artifacts.fitted,
    fingerprint: fingerprintOf(document, places),
    variables: Object.fromEntries(document.variables),
  };
}

async function resolvePipeline(entry: PipelineEntry, resolver: ComponentResolver): Promise<ResolvedPipeline> {
  const { name, path, source, steps, sinks, metrics, deadLetters } = entry;
  const resolvedSteps = [];
  for (const step of steps) resolvedSteps.push({ plan: await resolver.step(step), path: step.path });
  return {
    name,
    path,
    source: source && resolver.source(source),
    steps: resolvedSteps,
    sinks: sinks.map((sink) => ({ plan: resolver.sink(sink), path: sink.path })),
    metrics: metrics && { plan: resolver.sink(metrics), path: metrics.path },
    deadLetters: deadLetters && { plan: resolver.sink(deadLetters), path: deadLetters.path },
  };
}

/** Those that are faulty are reported. */
function resolveTests(entries: Iterable<TestEntry>, resolver: ComponentResolver): Map<string, TestPlan> {
  const tests = new Map<string, TestPlan>();
  const rowsOf = (rows: RowList | ComponentEntry): TestRows | undefined =>
    'rows' in rows ? rows : resolver.source(rows);
  for (const entry of entries) {
    const input = rowsOf(entry.input);
    const fit = Array.from(entry.fit, ([name, rows]) => [name, rowsOf(rows)] as const);
    const sound = fit.filter((each): each is readonly [string, TestRows] => each[1] !== undefined);
    if (input) tests.set(entry.name, { ...entry, input, fit: new Map(sound) });
  }
  return tests;
}

/** In a trial the artifacts that it fits lie in its own folder, all others in that of the run. */
class ArtifactFolders {
  /** Where artifacts are kept that are fitted. */
  readonly fitted: string;
  readonly #shared: string;
  readonly #producers: Producers;
  readonly #runs: readonly string[];

  constructor(producers: Producers, { outDirectory, trial }: PlanPlaces) {
    this.#producers = producers;
    this.#runs = trial?.runs ?? [];
    this.#shared = join(outDirectory, 'artifacts');
    this.fitted = trial ? join(trial.directory, 'artifacts') : this.#shared;
  }

  placed(step: UnplacedStep): StepPlan {
    if (step.kind !== 'apply') return step;
    const maker = this.#producers.artifacts.get(step.artifact);
    const isOwn = maker !== undefined && this.#runs.includes(maker);
    return { ...step, directory: join(isOwn ? this.fitted : this.#shared, step.artifact) };
  }
}

/** The swept pipelines in the order of their dependencies, and what they read from. */
function planSweep(
  entry: SweepEntry,
  {
    definition,
    dependencies,
    order,
  }: {
    definition: unknown;
    dependencies: ReadonlyMap<string, readonly string[]>;
    order: readonly string[];
  },
): SweepPlan {
  const needed = new Set<string>(entry.pipelines);
  for (const name of needed) for (const other of dependencies.get(name) ?? []) needed.add(other);
  const description = childOf(definition, 'description');
  return {
    ...entry,
    ...(typeof description === 'string' && { description }),
    pipelines: order.filter((name) => entry.pipelines.includes(name)),
    dependsOn: order.filter((name) => needed.has(name) && !entry.pipelines.includes(name)),
    definition,
  };
}

function withLimit(timeoutSeconds: number | undefined): { timeoutSeconds?: number } {
  return timeoutSeconds === undefined ? {} : { timeoutSeconds };
}

function withOutput(output: Schema | undefined): { output?: Schema } {
  return output ? { output } : {};
}

/** What records keep of a document: values from the environment by their names, and a hash that tells them apart. */
function withoutOutside({ value, outside }: PipelineDocument): unknown {
  if (outside.size === 0) return value;
  return mapLeaves(value, (leaf, path) => {
    const found = outside.get(formatPath(path));
    if (!found) return leaf;
    const hash = createHash('sha256').update(found.text).digest('hex').slice(0, 8);
    return `${found.shown} (sha256 ${hash})`;
  });
}

/** The same pipelines with the same settings on the same rows have the same fingerprint, wherever they write. */
function fingerprintOf(document: PipelineDocument, { outDirectory, limit }: PlanPlaces): string {
  const text = JSON.stringify(childOf(document.value, 'pipelines'), (key, value: unknown) =>
    key === 'description' ? undefined : value,
  ).replaceAll(JSON.stringify(outDirectory).slice(1, -1), '${out}');
  const rows = limit === undefined ? '' : `first ${limit} rows`;
  return createHash('sha256').update(text).update(rows).digest('hex').slice(0, 12);
}
