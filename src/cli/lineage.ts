import { randomUUID } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { SchemaSummary } from '../arrow/describeSchema.js';
import { messageOf, PipelineError } from '../errors.js';
import { STANDARD_STREAM } from '../io/paths.js';
import type { PipelinePlan, Plan } from '../pipelines/plan.js';
import type { OutputReport } from '../pipelines/runEnvironment.js';
import type { PipelineReport } from '../pipelines/runPipeline.js';
import { recordPath } from '../pipelines/runRecord.js';
import { soapstreamVersion } from '../version.js';

/** How long a server may take for an event (ms). */
const TIMEOUT_MS = 5000;
const SPEC = 'https://openlineage.io/spec';
const MODEL = `${SPEC}/2-0-2/OpenLineage.json#/$defs`;

/** What may be told of a dataset beside its name, each with its producer and schema. */
type Facets = Readonly<Record<string, object>>;
interface Dataset {
  readonly namespace: 'file';
  readonly name: string;
  readonly facets?: Facets;
  readonly outputFacets?: Facets;
}

/**
 * Tells what each pipeline reads and writes as events of OpenLineage, one when it starts and one when it ends: to a file, a line each, or
 * to a server.
 *
 * @see https://openlineage.io/docs/spec/object-model
 */
export class Lineage {
  readonly #target: string;
  readonly #plan: Plan;
  readonly #producer = `pkg:npm/soapstream@${soapstreamVersion()}`;
  readonly #told: (problem: string) => void;
  /** Events go one after the other. */
  #sent: Promise<void> = Promise.resolve();
  #running: { readonly pipeline: PipelinePlan; readonly runId: string } | undefined;

  /** @param told gets a line if an event could not be delivered: that does not stop the run */
  constructor(target: string, plan: Plan, told: (problem: string) => void) {
    this.#target = target;
    this.#plan = plan;
    this.#told = told;
  }

  /** Finds what can be found before anything runs. @throws PipelineError `badOption` for no address, and for a file that cannot be written */
  async open(): Promise<void> {
    if (this.#isServer) {
      const url = URL.canParse(this.#target) ? new URL(this.#target) : undefined;
      if (url && url.username === '' && url.password === '') return;
      throw new PipelineError(
        'badOption',
        `--lineage: expected ${url ? 'an address without a name and password' : 'a URL'}`,
      );
    }
    await appendFile(this.#target, '').catch((error: unknown) => {
      throw new PipelineError('badOption', `--lineage: ${messageOf(error)}`, { cause: error });
    });
  }

  start(name: string): void {
    this.#running = { pipeline: this.#plan.pipelines.get(name)!, runId: randomUUID() };
    this.#tell('START', []);
  }

  end({ outputs }: PipelineReport): void {
    this.#tell('COMPLETE', outputs);
    this.#running = undefined;
  }

  /** Of the pipeline that runs, if there is one. */
  fail(error: unknown): void {
    const isStopped = error instanceof PipelineError && error.code === 'interrupted';
    if (this.#running) this.#tell(isStopped ? 'ABORT' : 'FAIL', [], messageOf(error));
    this.#running = undefined;
  }

  /** Resolves when every event has been delivered, or has been told of. */
  close(): Promise<void> {
    return this.#sent;
  }

  get #isServer(): boolean {
    return /^https?:\/\//.test(this.#target);
  }

  #tell(eventType: string, outputs: readonly OutputReport[], failure?: string): void {
    const { pipeline, runId } = this.#running!;
    const { file, fingerprint, artifactDirectory } = this.#plan;
    const written = outputs.filter(({ path }) => path !== STANDARD_STREAM).map((output) => this.#output(output));
    const fitted = pipeline.steps.flatMap((step) =>
      step.kind === 'fit' ? [resolve(artifactDirectory, step.artifact)] : [],
    );
    const applied = pipeline.steps.flatMap((step) => (step.kind === 'apply' ? [step.directory] : []));
    const event = {
      eventType,
      eventTime: new Date().toISOString(),
      producer: this.#producer,
      schemaURL: `${MODEL}/RunEvent`,
      run: {
        runId,
        facets: {
          soapstream_run: this.#facet('RunFacet', { run: fingerprint, record: recordPath(this.#plan, pipeline.name) }),
          ...(failure !== undefined && {
            errorMessage: this.#facet('1-0-1/ErrorMessageRunFacet', {
              message: failure,
              programmingLanguage: 'JavaScript',
            }),
          }),
        },
      },
      job: { namespace: basename(file), name: pipeline.name },
      inputs: [...pipeline.source.reads, ...applied].map(dataset),
      outputs: eventType === 'COMPLETE' ? [...written, ...fitted.map(dataset)] : [],
    };
    this.#sent = this.#sent.then(() => this.#deliver(JSON.stringify(event)));
  }

  #output({ path, rows, bytes, columns }: OutputReport & SchemaSummary): Dataset {
    const fields = columns.map(({ name, type }) => ({ name, type }));
    return {
      ...dataset(path),
      facets: { schema: this.#facet('1-2-0/SchemaDatasetFacet', { fields }) },
      outputFacets: {
        outputStatistics: this.#facet('1-0-2/OutputStatisticsOutputDatasetFacet', { rowCount: rows, size: bytes }),
      },
    };
  }

  /** @param schema `version/Name` of a facet that is described by itself, or the name of a plain one */
  #facet(schema: string, content: object): object {
    const [version, name] = schema.split('/');
    const url = name === undefined ? `${MODEL}/${schema}` : `${SPEC}/facets/${version}/${name}.json#/$defs/${name}`;
    return { _producer: this.#producer, _schemaURL: url, ...content };
  }

  async #deliver(event: string): Promise<void> {
    try {
      if (this.#isServer) await post(this.#target, event);
      else await appendFile(this.#target, `${event}\n`);
    } catch (error) {
      // The target stays out of it: an address may hold a secret.
      this.#told(`--lineage: an event was not delivered: ${reasonOf(error)}`);
    }
  }
}

/** What `fetch` says of the network is in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.message !== '' ? cause.message : messageOf(error);
}

function dataset(path: string): Dataset {
  return { namespace: 'file', name: path };
}

async function post(url: string, body: string): Promise<void> {
  const headers = { 'Content-Type': 'application/json' };
  const { ok, status } = await fetch(url, { method: 'POST', body, headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!ok) throw new Error(`the server answered ${status}`);
}
