import { join } from 'node:path';
import type { Schema } from 'apache-arrow';
import { deadLettersSchema, metricsSchema } from '../arrow/schemas.js';
import { atPlace, messageOf, PipelineError } from '../errors.js';
import { readArtifactDescription } from '../io/artifacts.js';
import type { IoContext } from '../io/definition.js';
import { whereItLeads } from '../io/whereItLeads.js';
import { parseArtifact } from '../operators/frame/parseArtifact.js';
import type { Producers, ResolvedPipeline } from './dependencies.js';
import type { Diagnostics } from '../config/diagnostics.js';
import { formatLocation } from '../config/diagnostics.js';
import type { PipelineDocument } from '../config/document.js';
import { type Path, subjectOf, valueAt } from '../config/paths.js';
import type { SinkPlan, SourcePlan, UnplacedApply, UnplacedStep } from './plan.js';
import { type Artifact, applyOutput, fitOutput, streamOutput } from '../segment/stepSchema.js';

/**
 * Carries Arrow schemas along the graph, pipeline by pipeline in their order, so that a step which does not get its columns is
 * found before anything runs. Where only data can tell, the checks are left to the run.
 *
 * @returns what gives, of a pipeline, the schema that leaves its source and each step; undefined from where on it is not known
 */
export function schemaPropagation(
  document: PipelineDocument,
  diagnostics: Diagnostics,
  producers: Producers,
  io: IoContext,
  artifactDirectory: string,
): (pipeline: ResolvedPipeline) => Promise<{ source: Schema | undefined; steps: (Schema | undefined)[] }> {
  /** What each path holds once its pipeline has run. */
  const written = new Map<string, Schema | undefined>();
  /** As far as they are known without data. */
  const artifacts = new Map<string, Artifact | undefined>();
  return ofPipeline;

  async function ofPipeline({
    source,
    steps,
    sinks,
    metrics,
    deadLetters,
    path,
  }: ResolvedPipeline): Promise<{ source: Schema | undefined; steps: (Schema | undefined)[] }> {
    const first = source && (await ofSource(source, [...path, 'source']));
    let schema = first;
    let giver: Path = [...path, 'source'];
    const outputs: (Schema | undefined)[] = [];
    for (const { plan, path: at } of steps) {
      schema = plan && (await ofStep(plan, at, schema, giver));
      giver = at;
      outputs.push(schema);
    }
    for (const { plan, path: at } of sinks) if (plan) intoSink(plan, at, schema, giver);
    if (metrics?.plan) intoSink(metrics.plan, metrics.path, metricsSchema, giver);
    if (deadLetters?.plan) intoSink(deadLetters.plan, deadLetters.path, deadLettersSchema, giver);
    return { source: first, steps: outputs };
  }

  async function ofSource({ definition, options, reads }: SourcePlan, path: Path): Promise<Schema | undefined> {
    const known = definition.staticSchema?.(options);
    if (known) return known;
    const [file] = reads;
    if (file === undefined || file === '-') return undefined;
    const place = whereItLeads(file);
    const found = producers.paths.has(place) ? written.get(place) : await schemaOnDisk(definition, options, path);
    return found && definition.schemaOf ? definition.schemaOf(found, options) : found;
  }

  /** The schema of a file that no pipeline here writes, if it is there already. */
  async function schemaOnDisk(
    definition: SourcePlan['definition'],
    options: SourcePlan['options'],
    path: Path,
  ): Promise<Schema | undefined> {
    try {
      return (await definition.open(options, io)).schema;
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      const message = `${subjectOf(path)}: the columns are not checked before the run: ${error.message}`;
      diagnostics.warning(document.locate(path, 'value'), message);
      return undefined;
    }
  }

  async function ofStep(
    step: UnplacedStep,
    path: Path,
    input: Schema | undefined,
    giver: Path,
  ): Promise<Schema | undefined> {
    const artifact = step.kind === 'apply' ? await appliedBy(step, path) : undefined;
    if (!input) {
      if (step.kind === 'fit') artifacts.set(step.artifact, undefined);
      return undefined;
    }
    try {
      return outputOf(step, input, artifact);
    } catch (error) {
      report(atPlace({}, error), path, giver);
      if (step.kind === 'fit') artifacts.set(step.artifact, undefined);
      return undefined;
    }
  }

  /** What a sink cannot write is found here, at its place, and not when the stream has come to it. */
  function intoSink({ definition, writes }: SinkPlan, path: Path, schema: Schema | undefined, giver: Path): void {
    try {
      if (schema) definition.accepts?.(schema);
    } catch (error) {
      const message = `${subjectOf(path)}: ${messageOf(error)}${leaving(giver)}`;
      diagnostics.error(document.locate(path, 'key'), message);
    }
    written.set(whereItLeads(writes), schema);
  }

  function outputOf(step: UnplacedStep, input: Schema, artifact: Artifact | undefined): Schema | undefined {
    switch (step.kind) {
      case 'stream':
        return streamOutput(step, input);
      case 'fit': {
        const { artifact: fitted, schema } = fitOutput(step, input);
        artifacts.set(step.artifact, fitted);
        return schema;
      }
      case 'apply':
        return artifact && applyOutput(step, input, parseArtifact(step.definition, artifact, step.artifact));
    }
  }

  /** What an apply will find: the fit of another pipeline here, or an artifact on disk. */
  async function appliedBy({ artifact }: UnplacedApply, path: Path): Promise<Artifact | undefined> {
    if (producers.artifacts.has(artifact)) return artifacts.get(artifact);
    const description = await readArtifactDescription(join(artifactDirectory, artifact));
    if (!description) {
      const names = [...producers.artifacts.keys()];
      const known = names.length > 0 ? `; fitted here: ${names.join(', ')}` : '';
      const message = `${subjectOf(path)}: no pipeline here fits the artifact ${artifact}, and there is none in ${artifactDirectory}${known}`;
      diagnostics.error(document.locate([...path, 'apply'], 'value'), message);
    }
    return description;
  }

  /** At the option that is to blame, else at the step; a mismatch of schemas names the other end too. */
  function report({ code, place: { option }, message }: PipelineError, path: Path, giver: Path): void {
    const at = option === undefined ? path : [...path, ...option.split('.')];
    const isWritten = at !== path && valueAt(document.value, at) !== undefined;
    const from = code === 'badSchema' ? leaving(giver) : '';
    const subject = `${subjectOf(path)}${option === undefined ? ': ' : '.'}`;
    diagnostics.error(
      isWritten ? document.locate(at, 'value') : document.locate(path, 'key'),
      `${subject}${message}${from}`,
    );
  }

  function leaving(giver: Path): string {
    return ` (what arrives leaves ${subjectOf(giver)}, ${formatLocation(document.locate(giver, 'key').location)})`;
  }
}
