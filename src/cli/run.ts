import { PipelineError } from '../errors.js';
import { formatName } from '../config/paths.js';
import { didYouMean } from '../config/suggest.js';
import type { Plan } from '../pipelines/plan.js';
import { writesToStandardOutput } from '../pipelines/resumption.js';
import type { PipelineReport } from '../pipelines/runPipeline.js';
import type { FileRetry } from '../io/retries.js';
import type { RunRecord } from '../io/runRecord.js';
import { previewRun, type RunOptions, runPlan } from '../pipelines/runPlan.js';
import type { SweepReport } from '../sweeps/runSweep.js';
import { duration, memorySize, wholeNumber } from './arguments.js';
import { type EngineName, engineOf, expectEngine } from './engine.js';
import { EventLog } from './eventLog.js';
import { exitCodeOf, exitCodes } from './exitCodes.js';
import { formatTable } from '../format.js';
import { interruptible } from './interrupts.js';
import { loadArguments, type PlanArguments } from './planArguments.js';
import type { Lineage } from './lineage.js';
import type { MetricsAddress, MetricsServer } from './metricsServer.js';
import type { Telemetry } from './telemetry.js';
import { print } from './print.js';
import { TapServer } from './tapServer.js';
import { type RunLog, TerminalLog } from './runLog.js';
import { RunMetrics } from './runMetrics.js';
import { countRetries, limitLines, retryLines, skippedLines, summaryLines, sweepSummary } from './summary.js';

export type LogFormat = 'text' | 'json';

/** Numbers are as they were typed. */
export interface RunArguments extends Omit<PlanArguments, 'limit' | 'batchTimeout' | 'memory'> {
  readonly pipelines: readonly string[];
  readonly workers?: string | undefined;
  readonly limit?: string | undefined;
  readonly batchTimeout?: string | undefined;
  readonly memory?: string | undefined;
  readonly json: boolean;
  /** Run what has not changed, too, and begin anew where a run was interrupted. */
  readonly force: boolean;
  readonly checkpointSeconds?: string | undefined;
  /** Say what would run, and why. */
  readonly dryRun: boolean;
  readonly logFormat: LogFormat;
  readonly metricsPort?: string | undefined;
  readonly metricsHost?: string | undefined;
  /** File or URL. */
  readonly lineage?: string | undefined;
  readonly engine: EngineName;
  readonly tasks?: string | undefined;
  readonly master?: string | undefined;
  readonly archive?: string | undefined;
}

/** `soapstream run`. @returns the exit code */
export async function run(args: RunArguments): Promise<number> {
  const log = args.logFormat === 'json' ? new EventLog(process.stderr) : new TerminalLog();
  const exitCode = await runAll(args, log).catch((error: unknown) => {
    log.failed(error);
    return exitCodeOf(error);
  });
  log.end(exitCode);
  return exitCode;
}

async function runAll(args: RunArguments, log: RunLog): Promise<number> {
  const workers = args.workers === undefined ? undefined : wholeNumber('--workers', args.workers);
  const limit = args.limit === undefined ? undefined : wholeNumber('--limit', args.limit, 1);
  const { checkpointSeconds: seconds } = args;
  const checkpointSeconds = seconds === undefined ? undefined : wholeNumber('--checkpoint-seconds', seconds, 0, 86_400);
  const address = metricsAddress(args);
  expectEngine(args);
  const batchTimeout = duration('--batch-timeout', args.batchTimeout);
  const memory = memorySize('--memory', args.memory);
  const loaded = await loadArguments({ ...args, limit, batchTimeout, memory });
  log.checked(loaded);
  const { plan } = loaded;
  if (!plan) return exitCodes.configuration;
  const { pipelines, sweeps } = chosen(plan, args.pipelines.length > 0 ? args.pipelines : plan.defaultPipelines);
  if (args.dryRun) {
    print(await preview(plan, pipelines, sweeps, args.force));
    return exitCodes.success;
  }
  const engine = await engineOf(args, workers);
  const shared = {
    ...(workers !== undefined && { workers }),
    ...(checkpointSeconds !== undefined && { checkpointSeconds }),
    ...(engine && { engine }),
    record: true,
  };
  const work = (signal: AbortSignal) => runChosen(plan, args, log, { pipelines, sweeps, address, signal, ...shared });
  try {
    await interruptible(work, ': finished outputs stay, and the same command goes on from the latest checkpoint');
  } finally {
    await engine?.close?.();
  }
  return exitCodes.success;
}

interface Chosen extends Pick<RunOptions, 'workers' | 'signal' | 'record' | 'checkpointSeconds' | 'engine'> {
  readonly pipelines: readonly string[];
  readonly sweeps: readonly string[];
  readonly address: MetricsAddress | undefined;
}

async function runChosen(plan: Plan, args: RunArguments, log: RunLog, of: Chosen): Promise<void> {
  const { pipelines, sweeps, address, ...others } = of;
  const finished: PipelineReport[] = [];
  const skipped: RunRecord[] = [];
  const swept: SweepReport[] = [];
  const metrics = new RunMetrics(plan);
  let server: MetricsServer | undefined;
  let telemetry: Telemetry | undefined;
  const taps = new TapServer(plan);
  let lineage: Lineage | undefined;
  const retries: FileRetry[] = [];
  const onRetry = (retry: FileRetry): void => {
    retries.push(retry);
    log.retry(retry);
    metrics.addRetry(retry);
  };
  const shared = { ...others, onRetry };
  try {
    // Loaded when it is asked for: most runs need no server.
    server = address && (await (await import('./metricsServer.js')).serveMetrics(address, metrics));
    telemetry = await openTelemetryIfAsked(plan, metrics, log);
    lineage = args.lineage === undefined ? undefined : await openLineage(args.lineage, plan, log);
    log.start(plan, { pipelines, sweeps, ...(server && { metrics: server.url }) });
    await runPlan(plan, {
      ...shared,
      pipelines,
      skipUnchanged: !args.force,
      anew: args.force,
      onSkip(record) {
        skipped.push(record);
        log.pipelineSkip(record);
      },
      onStart: (monitor) => {
        metrics.addPipeline(monitor);
        taps.start(monitor);
        telemetry?.spans?.start('pipeline', monitor.pipeline);
        lineage?.start(monitor.pipeline);
        log.pipelineStart(monitor);
      },
      onEnd: (report) => {
        taps.close();
        finished.push(report);
        telemetry?.spans?.pipelineEnd(report);
        lineage?.end(report);
        log.pipelineEnd(report);
      },
    });
    for (const name of sweeps) {
      const { runSweep } = await import('../sweeps/runSweep.js');
      const report = await runSweep(plan, name, {
        ...shared,
        onStart: (monitor) => {
          metrics.addSweep(monitor);
          telemetry?.spans?.start('sweep', monitor.sweep);
          log.sweepStart(monitor);
        },
      });
      swept.push(report);
      telemetry?.spans?.sweepEnd(report);
      log.sweepEnd(report);
    }
  } catch (error) {
    lineage?.fail(error);
    telemetry?.spans?.fail(error);
    throw error;
  } finally {
    await lineage?.close();
    await telemetry?.close();
    taps.close();
    server?.close();
    log.rest();
    const isTaken = writesToStandardOutput(plan, pipelines);
    // What has finished is told in any case, unless events that have told it are the only ones who may write.
    if (!isTaken || args.logFormat === 'text') {
      const text = args.json
        ? jsonReport(plan, { finished, skipped, retries, swept: sweeps.length > 0 ? swept : undefined })
        : summary(plan, { finished, skipped, retries, swept });
      if (text !== '') print(text, isTaken ? process.stderr : process.stdout);
    }
  }
}

/** Loaded where an environment variable of OpenTelemetry names an endpoint. */
async function openTelemetryIfAsked(plan: Plan, metrics: RunMetrics, log: RunLog): Promise<Telemetry | undefined> {
  if (!Object.keys(process.env).some((name) => /^OTEL_EXPORTER_OTLP_(\w+_)?ENDPOINT$/.test(name))) return undefined;
  const { openTelemetry } = await import('./telemetry.js');
  return openTelemetry(plan, metrics, (problem) => log.notice(problem));
}

function metricsAddress({ metricsPort: port, metricsHost: host }: RunArguments): MetricsAddress | undefined {
  if (port !== undefined) return { host: host ?? '127.0.0.1', port: wholeNumber('--metrics-port', port, 0, 65_535) };
  if (host === undefined) return undefined;
  throw new PipelineError('badOption', '--metrics-host: expected --metrics-port too');
}

async function openLineage(target: string, plan: Plan, log: RunLog): Promise<Lineage> {
  const { Lineage: Events } = await import('./lineage.js');
  const lineage = new Events(target, plan, (problem) => log.notice(problem));
  await lineage.open();
  return lineage;
}

/** What a run has done. */
interface Outcome {
  readonly finished: readonly PipelineReport[];
  readonly skipped: readonly RunRecord[];
  readonly retries: readonly FileRetry[];
  readonly swept: readonly SweepReport[] | undefined;
}

function jsonReport(plan: Plan, { finished: pipelines, skipped, retries, swept: sweeps }: Outcome): string {
  const { limit } = plan.origin;
  const unchanged = skipped.map(({ name, started, outputs }) => ({ pipeline: name, started, outputs }));
  const facts = {
    run: plan.fingerprint,
    ...(limit !== undefined && { limit }),
    pipelines,
    unchanged,
    ...(retries.length > 0 && { retries: countRetries(retries) }),
    ...(sweeps && { sweeps }),
  };
  return JSON.stringify(facts, null, 2);
}

function summary(plan: Plan, { finished, skipped, retries, swept = [] }: Outcome): string {
  const told = [...summaryLines(finished), ...skippedLines(skipped), ...sweepSummary(swept)];
  const lines = [...told, ...retryLines(retries)];
  return (lines.length > 0 ? [...lines, ...limitLines(plan)] : []).join('\n');
}

/** What would run, a line each. */
async function preview(
  plan: Plan,
  pipelines: readonly string[],
  sweeps: readonly string[],
  anew: boolean,
): Promise<string> {
  const reasons = await previewRun(plan, pipelines, { skipUnchanged: !anew, anew });
  const lines = [...reasons].map(([name, reason]) => [name, reason === undefined ? 'unchanged' : `runs: ${reason}`]);
  const swept = sweeps.map((name) => [name, 'runs the trials that have not ended']);
  return formatTable([...lines, ...swept]).join('\n');
}

/** Pipelines and sweeps share one space of names; sweeps run last. */
function chosen(plan: Plan, names: readonly string[]): { pipelines: string[]; sweeps: string[] } {
  const unknown = names.find((name) => !plan.pipelines.has(name) && !plan.sweeps.has(name));
  if (unknown !== undefined) {
    const known = [...plan.order, ...plan.sweeps.keys()];
    const message = `there is no pipeline or sweep ${formatName(unknown)} in ${plan.file}, only ${known.join(', ')}${didYouMean(unknown, known)}`;
    throw new PipelineError('badOption', message);
  }
  return {
    pipelines: names.filter((name) => plan.pipelines.has(name)),
    sweeps: [...plan.sweeps.keys()].filter((name) => names.includes(name)),
  };
}
