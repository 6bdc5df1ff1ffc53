import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Schema } from 'apache-arrow';
import type { IoContext } from '../io/definition.js';
import { dependenciesOf, findProducers, orderOf, type ResolvedPipeline } from './dependencies.js';
import type { Diagnostics } from '../config/diagnostics.js';
import type { PipelineDocument } from '../config/document.js';
import { childOf } from '../config/paths.js';
import type { PipelinePlan, Plan, SinkPlan, StepPlan } from './plan.js';
import { SchemaPropagation } from './propagateSchemas.js';
import { ComponentResolver } from './resolveComponents.js';
import type { PipelineEntry, PipelineFile } from '../config/structure.js';

/** Where a plan's paths start. */
export interface PlanPlaces {
  readonly io: IoContext;
  /** The folder of the pipeline file. */
  readonly baseDirectory: string;
  /** Where the run writes; artifacts lie in its folder `artifacts`. */
  readonly outDirectory: string;
}

/**
 * Resolves names, parses options, orders the pipelines, and carries schemas along the graph.
 * @returns undefined if anything is wrong; the diagnostics tell what
 */
export async function buildPlan(
  file: PipelineFile,
  document: PipelineDocument,
  diagnostics: Diagnostics,
  { io, baseDirectory, outDirectory }: PlanPlaces,
): Promise<Plan | undefined> {
  const resolver = new ComponentResolver(document, diagnostics, io, baseDirectory);
  const resolved = new Map<string, ResolvedPipeline>();
  for (const [name, entry] of file.pipelines) resolved.set(name, await resolvePipeline(entry, resolver));

  const producers = findProducers(resolved.values(), document, diagnostics);
  const dependencies = new Map([...resolved].map(([name, pipeline]) => [name, dependenciesOf(pipeline, producers)]));
  const order = orderOf(resolved, dependencies, document, diagnostics);

  const artifactDirectory = join(outDirectory, 'artifacts');
  const propagation = new SchemaPropagation(document, diagnostics, { producers, io, artifactDirectory });
  const schemas = new Map<string, Awaited<ReturnType<SchemaPropagation['pipeline']>>>();
  for (const name of order) schemas.set(name, await propagation.pipeline(resolved.get(name)!));
  if (diagnostics.hasErrors) return undefined;

  const pipelines = new Map<string, PipelinePlan>();
  for (const [name, pipeline] of resolved) {
    const { source, steps } = schemas.get(name)!;
    const { description } = file.pipelines.get(name)!;
    pipelines.set(name, {
      name,
      ...(description !== undefined && { description }),
      source: { ...pipeline.source!, ...withOutput(source) },
      steps: pipeline.steps.map(({ plan }, i): StepPlan => ({ ...plan!, ...withOutput(steps[i]) })),
      sinks: pipeline.sinks.map(({ plan }) => plan!),
      ...(pipeline.metrics && { metrics: pipeline.metrics.plan as SinkPlan }),
      dependsOn: dependencies.get(name)!,
    });
  }
  return {
    file: document.file,
    baseDirectory,
    pipelines,
    order,
    defaultPipelines: file.default,
    outDirectory,
    artifactDirectory,
    fingerprint: fingerprintOf(document, outDirectory),
  };
}

async function resolvePipeline(entry: PipelineEntry, resolver: ComponentResolver): Promise<ResolvedPipeline> {
  const { name, path, source, steps, sinks, metrics } = entry;
  const resolvedSteps = [];
  for (const step of steps) resolvedSteps.push({ plan: await resolver.step(step), path: step.path });
  return {
    name,
    path,
    source: source && resolver.source(source),
    steps: resolvedSteps,
    sinks: sinks.map((sink) => ({ plan: resolver.sink(sink), path: sink.path })),
    metrics: metrics && { plan: resolver.sink(metrics), path: metrics.path },
  };
}

function withOutput(output: Schema | undefined): { output?: Schema } {
  return output ? { output } : {};
}

/** The same pipelines with the same settings have the same fingerprint, wherever they write. */
function fingerprintOf(document: PipelineDocument, outDirectory: string): string {
  const text = JSON.stringify(childOf(document.value, 'pipelines'), (key, value: unknown) =>
    key === 'description' ? undefined : value,
  ).replaceAll(JSON.stringify(outDirectory).slice(1, -1), '${out}');
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
