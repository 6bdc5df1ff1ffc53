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

/** Artifacts as far as they are known without data. */
type Descriptions = Map<string, Artifact | undefined>;

/**
 * Carries Arrow schemas along the graph, pipeline by pipeline in their order, so that a step which does not get its columns is
 * found before anything runs. Where only data can tell, the checks are left to the run.
 */
export class SchemaPropagation {
  readonly #document: PipelineDocument;
  readonly #diagnostics: Diagnostics;
  readonly #producers: Producers;
  readonly #io: IoContext;
  readonly #artifactDirectory: string;
  /** What each path holds once its pipeline has run. */
  readonly #written = new Map<string, Schema | undefined>();
  readonly #artifacts: Descriptions = new Map();

  constructor(
    document: PipelineDocument,
    diagnostics: Diagnostics,
    { producers, io, artifactDirectory }: { producers: Producers; io: IoContext; artifactDirectory: string },
  ) {
    this.#document = document;
    this.#diagnostics = diagnostics;
    this.#producers = producers;
    this.#io = io;
    this.#artifactDirectory = artifactDirectory;
  }

  /** The schema that leaves the source and each step; undefined from where on it is not known. */
  async pipeline({
    source,
    steps,
    sinks,
    metrics,
    deadLetters,
    path,
  }: ResolvedPipeline): Promise<{ source: Schema | undefined; steps: (Schema | undefined)[] }> {
    const first = source && (await this.#source(source, [...path, 'source']));
    let schema = first;
    let giver: Path = [...path, 'source'];
    const outputs: (Schema | undefined)[] = [];
    for (const { plan, path: at } of steps) {
      schema = plan && (await this.#step(plan, at, schema, giver));
      giver = at;
      outputs.push(schema);
    }
    for (const { plan, path: at } of sinks) if (plan) this.#sink(plan, at, schema, giver);
    if (metrics?.plan) this.#sink(metrics.plan, metrics.path, metricsSchema, giver);
    if (deadLetters?.plan) this.#sink(deadLetters.plan, deadLetters.path, deadLettersSchema, giver);
    return { source: first, steps: outputs };
  }

  async #source({ definition, options, reads }: SourcePlan, path: Path): Promise<Schema | undefined> {
    const known = definition.staticSchema?.(options);
    if (known) return known;
    const [file] = reads;
    if (file === undefined || file === '-') return undefined;
    const place = whereItLeads(file);
    const written = this.#producers.paths.has(place)
      ? this.#written.get(place)
      : await this.#schemaOnDisk(definition, options, path);
    return written && definition.schemaOf ? definition.schemaOf(written, options) : written;
  }

  /** The schema of a file that no pipeline here writes, if it is there already. */
  async #schemaOnDisk(
    definition: SourcePlan['definition'],
    options: SourcePlan['options'],
    path: Path,
  ): Promise<Schema | undefined> {
    try {
      return (await definition.open(options, this.#io)).schema;
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      const message = `${subjectOf(path)}: the columns are not checked before the run: ${error.message}`;
      this.#diagnostics.warning(this.#document.locate(path, 'value'), message);
      return undefined;
    }
  }

  async #step(step: UnplacedStep, path: Path, input: Schema | undefined, giver: Path): Promise<Schema | undefined> {
    const artifact = step.kind === 'apply' ? await this.#applied(step, path) : undefined;
    if (!input) {
      if (step.kind === 'fit') this.#artifacts.set(step.artifact, undefined);
      return undefined;
    }
    try {
      return this.#output(step, input, artifact);
    } catch (error) {
      this.#report(atPlace({}, error), path, giver);
      if (step.kind === 'fit') this.#artifacts.set(step.artifact, undefined);
      return undefined;
    }
  }

  /** What a sink cannot write is found here, at its place, and not when the stream has come to it. */
  #sink({ definition, writes }: SinkPlan, path: Path, schema: Schema | undefined, giver: Path): void {
    try {
      if (schema) definition.accepts?.(schema);
    } catch (error) {
      const message = `${subjectOf(path)}: ${messageOf(error)}${this.#from(giver)}`;
      this.#diagnostics.error(this.#document.locate(path, 'key'), message);
    }
    this.#written.set(whereItLeads(writes), schema);
  }

  #output(step: UnplacedStep, input: Schema, artifact: Artifact | undefined): Schema | undefined {
    switch (step.kind) {
      case 'stream':
        return streamOutput(step, input);
      case 'fit': {
        const { artifact: fitted, schema } = fitOutput(step, input);
        this.#artifacts.set(step.artifact, fitted);
        return schema;
      }
      case 'apply':
        return artifact && applyOutput(step, input, parseArtifact(step.definition, artifact, step.artifact));
    }
  }

  /** What an apply will find: the fit of another pipeline here, or an artifact on disk. */
  async #applied({ artifact }: UnplacedApply, path: Path): Promise<Artifact | undefined> {
    if (this.#producers.artifacts.has(artifact)) return this.#artifacts.get(artifact);
    const description = await readArtifactDescription(join(this.#artifactDirectory, artifact));
    if (!description) {
      const names = [...this.#producers.artifacts.keys()];
      const known = names.length > 0 ? `; fitted here: ${names.join(', ')}` : '';
      const message = `${subjectOf(path)}: no pipeline here fits the artifact ${artifact}, and there is none in ${this.#artifactDirectory}${known}`;
      this.#diagnostics.error(this.#document.locate([...path, 'apply'], 'value'), message);
    }
    return description;
  }

  /** At the option that is to blame, else at the step; a mismatch of schemas names the other end too. */
  #report({ code, place: { option }, message }: PipelineError, path: Path, giver: Path): void {
    const at = option === undefined ? path : [...path, ...option.split('.')];
    const isWritten = at !== path && valueAt(this.#document.value, at) !== undefined;
    const from = code === 'badSchema' ? this.#from(giver) : '';
    const subject = `${subjectOf(path)}${option === undefined ? ': ' : '.'}`;
    this.#diagnostics.error(
      isWritten ? this.#document.locate(at, 'value') : this.#document.locate(path, 'key'),
      `${subject}${message}${from}`,
    );
  }

  #from(giver: Path): string {
    return ` (what arrives leaves ${subjectOf(giver)}, ${formatLocation(this.#document.locate(giver, 'key').location)})`;
  }
}
