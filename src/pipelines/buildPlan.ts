import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Schema } from 'apache-arrow';
import { ioContext } from '../io/paths.js';
import { dependenciesOf, findProducers, orderOf, type ResolvedPipeline } from './dependencies.js';
import type { Diagnostics } from '../config/diagnostics.js';
import type { PipelineDocument } from '../config/document.js';
import { childOf, formatPath, mapLeaves } from '../config/paths.js';
import { failingRowsOf } from './failingRowsOf.js';
import { expectHeldWithin } from './heldRows.js';
import { withFolderNames } from './places.js';
import type {
  PipelinePlan,
  Plan,
  PlanOrigin,
  SinkPlan,
  StepPlan,
  SweepPlan,
  TestPlan,
  TestRows,
  TrialScope,
  UnplacedStep,
} from './plan.js';
import { schemaPropagation } from './propagateSchemas.js';
import { ComponentResolver } from './resolveComponents.js';
import { timeLimitsOf } from './timeLimits.js';
import { expectWritable } from './writable.js';
import { expectOwnOutputs } from './trialOutputs.js';
import type { ComponentEntry, PipelineEntry } from '../config/grammar.js';
import type { PipelineFile } from '../config/structure.js';
import type { SweepEntry } from '../config/sweepEntry.js';
import type { RowList, TestEntry } from '../config/readTests.js';

/**
 * Resolves names, parses options, orders the pipelines, and carries schemas along the graph.
 * @returns undefined if anything is wrong; the diagnostics tell what
 */
export async function buildPlan(
  file: PipelineFile,
  document: PipelineDocument,
  diagnostics: Diagnostics,
  origin: PlanOrigin,
  trial?: TrialScope,
): Promise<Plan | undefined> {
  const { outDirectory } = origin;
  const baseDirectory = dirname(origin.path);
  const io = ioContext(baseDirectory);
  const { operators } = origin;
  const resolver = new ComponentResolver(document, diagnostics, io, { baseDirectory, ...(operators && { operators }) });
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
      timeLimitsOf(file.pipelines.get(name)!, pipeline, document, diagnostics, origin.batchTimeout),
    ]),
  );

  const tests = resolveTests(file.tests.values(), resolver);

  const producers = findProducers(resolved.values(), document, diagnostics);
  const dependencies = new Map([...resolved].map(([name, pipeline]) => [name, dependenciesOf(pipeline, producers)]));
  const order = orderOf(resolved, dependencies, document, diagnostics);

  for (const pipeline of resolved.values()) expectWritable(pipeline, origin.writable, document, diagnostics);
  if (trial) {
    const own = trial.runs.flatMap((name) => resolved.get(name) ?? []);
    expectOwnOutputs(own, trial.directory, document, diagnostics);
  }
  const shared = join(outDirectory, 'artifacts');
  const propagate = schemaPropagation(document, diagnostics, producers, io, shared);
  const schemas = new Map<string, Awaited<ReturnType<typeof propagate>>>();
  for (const name of order) schemas.set(name, await propagate(resolved.get(name)!));
  if (diagnostics.hasErrors) return undefined;
  for (const [name, pipeline] of resolved) {
    if (origin.memory === undefined) break;
    expectHeldWithin(origin.memory, pipeline, schemas.get(name)!, document, diagnostics);
  }
  if (diagnostics.hasErrors) return undefined;

  const recorded = withoutOutside(document);
  const trialDirectory = trial?.directory ?? outDirectory;
  // In a trial the artifacts that it fits lie in its own folder, all others in that of the run.
  const artifactDirectory = join(trialDirectory, 'artifacts');
  const placed = (step: UnplacedStep): StepPlan => {
    if (step.kind !== 'apply') return step;
    const maker = producers.artifacts.get(step.artifact);
    const isOwn = maker !== undefined && trial?.runs.includes(maker);
    return { ...step, directory: join(isOwn ? artifactDirectory : shared, step.artifact) };
  };
  const definitionOf = (kind: string, name: string): unknown =>
    withFolderNames(childOf(childOf(recorded, kind), name), [
      [trialDirectory, trial ? '${trialOut}' : '${out}'],
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
        ...placed(plan!),
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
      [...file.sweeps].map(([name, entry]) => {
        const definition = definitionOf('sweeps', name);
        const description = childOf(definition, 'description');
        const described = typeof description === 'string' ? { description } : {};
        return [name, { ...entry, ...described, ...sweptPipelines(entry, dependencies, order), definition }];
      }),
    ),
    tests,
    defaultPipelines: file.default,
    outDirectory,
    trialDirectory,
    artifactDirectory,
    fingerprint: fingerprintOf(document, origin),
    variables: Object.fromEntries(document.variables),
    origin,
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

/** In the order of their dependencies, and what they read from. */
function sweptPipelines(
  { pipelines }: SweepEntry,
  dependencies: ReadonlyMap<string, readonly string[]>,
  order: readonly string[],
): Pick<SweepPlan, 'pipelines' | 'dependsOn'> {
  const needed = new Set<string>(pipelines);
  for (const name of needed) for (const other of dependencies.get(name) ?? []) needed.add(other);
  return {
    pipelines: order.filter((name) => pipelines.includes(name)),
    dependsOn: order.filter((name) => needed.has(name) && !pipelines.includes(name)),
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
function fingerprintOf(document: PipelineDocument, { outDirectory, limit }: PlanOrigin): string {
  const text = JSON.stringify(childOf(document.value, 'pipelines'), (key, value: unknown) =>
    key === 'description' ? undefined : value,
  ).replaceAll(JSON.stringify(outDirectory).slice(1, -1), '${out}');
  const rows = limit === undefined ? '' : `first ${limit} rows`;
  return createHash('sha256').update(text).update(rows).digest('hex').slice(0, 12);
}
