import { isUtf8 } from 'node:buffer';
import { dirname, relative, resolve } from 'node:path';
import { messageOf, PipelineError } from '../errors.js';
import { readFile, stat } from '../io/disk.js';
import { hide } from '../hidden.js';
import { buildPlan } from './buildPlan.js';
import { Diagnostics } from '../config/diagnostics.js';
import { MAX_FILE_BYTES } from '../config/limits.js';
import { parseYaml, type YamlDocument } from '../config/document.js';
import type { Plan, PlanOrigin, TrialScope } from './plan.js';
import type { Setting } from '../config/settings.js';
import { type PipelineFile, readStructure } from '../config/structure.js';
import { resolveVariables } from '../config/variables.js';

/** How a pipeline file is read. */
export interface LoadOptions {
  /** Where the run writes: the variable `out`. Default: `out` in the working directory, `out-limited` with a `limit`. */
  readonly outDirectory?: string | undefined;
  /** Rows that are read of each source, at most; all by default. */
  readonly limit?: number | undefined;
  /** How long an operator of one's own may take for a batch (s), where its step does not say `timeout`. */
  readonly batchTimeout?: number | undefined;
  /** What all threads of a run may take (bytes); no bound by default. */
  readonly memory?: number | undefined;
  /**
   * Modules, and folders of them, that may be loaded as operators of one's own. Default: all that the file names, so that a program which
   * reads files of others gives `[]`.
   */
  readonly operators?: readonly string[] | undefined;
  /** Folders that outputs may be written below, beside the output folder, the working directory and the folder of the file. Default: anywhere. */
  readonly writable?: readonly string[] | undefined;
  /** `variable=value` or `pipeline.step.option=value`, as the command line's `--set`. */
  readonly settings?: readonly string[];
  /** Name of one of the file's `profiles`. */
  readonly profile?: string;
  /** Environment variables; default those of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A file that has been read: the plan if it is sound, everything that is wrong if not. */
export interface LoadedPlan {
  readonly plan: Plan | undefined;
  readonly diagnostics: Diagnostics;
  /** The text of the file, for code frames. */
  readonly text: string;
  /** The file's name as the diagnostics give it. */
  readonly file: string;
}

/**
 * Reads a pipeline file and checks everything that can be checked without data.
 * @throws PipelineError `badConfiguration` if the file cannot be read; what is wrong in it are diagnostics. `badOption` for a limit below 1
 */
export async function loadPlan(path: string, options: LoadOptions = {}): Promise<LoadedPlan> {
  const text = await readText(path);
  return planOf(text, path, options);
}

/** As `loadPlan`, of a text; `path` is its name, and relative paths start in its folder. */
export async function planOf(text: string, path: string, options: LoadOptions = {}): Promise<LoadedPlan> {
  const {
    limit,
    batchTimeout,
    memory,
    operators,
    writable,
    settings = [],
    profile,
    environment = process.env,
  } = options;
  // A limited run never replaces a whole one.
  const { outDirectory = limit === undefined ? 'out' : 'out-limited' } = options;
  if (limit !== undefined && !(Number.isSafeInteger(limit) && limit >= 1)) {
    throw new PipelineError('badOption', `limit: expected a whole number of rows ≥ 1, got ${limit}`);
  }
  return planFrom({
    text,
    path: resolve(path),
    outDirectory: resolve(outDirectory),
    settings,
    ...(profile !== undefined && { profile }),
    ...(limit !== undefined && { limit }),
    ...(batchTimeout !== undefined && { batchTimeout }),
    ...(memory !== undefined && { memory }),
    ...(operators && { operators: operators.map((each) => resolve(each)) }),
    ...(writable && { writable: [outDirectory, '.', dirname(path), ...writable].map((each) => resolve(each)) }),
    // A copy, since that of the process is no plain object and can change.
    environment: { ...environment },
  });
}

/** Plans a trial of a sweep: the pipelines that it runs and those that they read from, with the values of the trial. */
export function planTrial(origin: PlanOrigin, trial: TrialScope): Promise<LoadedPlan> {
  return planFrom(origin, { values: trial.values, pipelines: [...trial.runs, ...trial.reads], trial });
}

/** Plans some pipelines of the same file with other values of variables and options. */
export function planWith(
  origin: PlanOrigin,
  values: readonly Setting[],
  pipelines: readonly string[],
): Promise<LoadedPlan> {
  return planFrom(origin, { values, pipelines });
}

/** What differs from the file as it stands. */
interface Scope {
  readonly values: readonly Setting[];
  /** Those that count; their dependencies among them. */
  readonly pipelines: readonly string[];
  readonly trial?: TrialScope;
}

/** The trees of texts that many trials are planned from. */
const parsed = new WeakMap<PlanOrigin, YamlDocument>();

async function planFrom(origin: PlanOrigin, scope?: Scope): Promise<LoadedPlan> {
  const trial = scope?.trial;
  const { text, path, outDirectory, settings, profile, environment } = origin;
  const diagnostics = new Diagnostics();
  const file = relative('.', path);
  const nothing: LoadedPlan = { plan: undefined, diagnostics, text, file };
  const yaml = parsed.get(origin) ?? parseYaml(text, file, diagnostics);
  if (!yaml) return nothing;
  parsed.set(origin, yaml);
  const document = resolveVariables(
    yaml,
    {
      settings,
      ...(profile !== undefined && { profile }),
      ...(scope && { values: scope.values }),
      builtIns: { out: outDirectory, trialOut: trial?.directory ?? outDirectory },
      environment,
    },
    diagnostics,
  );
  for (const [shown, given] of document.given) hide(given, shown);
  const structure = readStructure(document, diagnostics);
  const plan = await buildPlan(scope ? partOf(structure, scope) : structure, document, diagnostics, origin, trial);
  return { ...nothing, plan };
}

function partOf(file: PipelineFile, { pipelines }: Scope): PipelineFile {
  const part = [...file.pipelines].filter(([name]) => pipelines.includes(name));
  return { default: pipelines, pipelines: new Map(part), sweeps: new Map(), tests: file.tests };
}

async function readText(path: string): Promise<string> {
  try {
    const stats = await stat(path);
    if (!stats.isFile()) throw new Error(`it is a ${stats.isDirectory() ? 'directory' : 'pipe or device'}`);
    if (stats.size > MAX_FILE_BYTES) throw new Error(`expected at most ${MAX_FILE_BYTES} bytes, found ${stats.size}`);
    const bytes = await readFile(path);
    if (!isUtf8(bytes)) throw new Error('expected UTF-8 text');
    return bytes.toString('utf8');
  } catch (error) {
    throw new PipelineError('badConfiguration', `${path}: the pipeline file cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
