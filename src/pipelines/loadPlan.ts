import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { messageOf, PipelineError } from '../errors.js';
import { ioContext } from '../io/paths.js';
import { buildPlan } from './buildPlan.js';
import { Diagnostics } from '../config/diagnostics.js';
import { parseYaml } from '../config/document.js';
import type { Plan } from './plan.js';
import { readStructure } from '../config/structure.js';
import { resolveVariables } from '../config/variables.js';

/** How a pipeline file is read. */
export interface LoadOptions {
  /** Where the run writes: the variable `out`. Default: `out` in the working directory. */
  readonly outDirectory?: string;
  /** `variable=value` or `pipeline.step.option=value`, as the command line's `--set`. */
  readonly settings?: readonly string[];
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
 * @throws PipelineError `badConfiguration` if the file cannot be read; what is wrong in it are diagnostics
 */
export async function loadPlan(path: string, options: LoadOptions = {}): Promise<LoadedPlan> {
  const text = await readText(path);
  return planOf(text, path, options);
}

/** As `loadPlan`, of a text; `path` is its name, and relative paths start in its folder. */
export async function planOf(text: string, path: string, options: LoadOptions = {}): Promise<LoadedPlan> {
  const { outDirectory = 'out', settings = [], environment = process.env } = options;
  const diagnostics = new Diagnostics();
  const file = relative('.', path) || path;
  const nothing: LoadedPlan = { plan: undefined, diagnostics, text, file };
  const yaml = parseYaml(text, file, diagnostics);
  if (!yaml) return nothing;
  const out = resolve(outDirectory);
  const document = resolveVariables(yaml, { settings, builtIns: { out }, environment }, diagnostics);
  const structure = readStructure(document, diagnostics);
  const baseDirectory = dirname(resolve(path));
  const plan = await buildPlan(structure, document, diagnostics, {
    io: ioContext(baseDirectory),
    baseDirectory,
    outDirectory: out,
  });
  return { ...nothing, plan };
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new PipelineError('badConfiguration', `${path}: the pipeline file cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
