import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { PipelineError } from '../errors.js';
import { readJson } from '../io/jsonFile.js';

const packageFile = z.object({ soapstream: z.object({ operators: z.array(z.string()) }).exactOptional() });

/**
 * The modules, and folders of them, that pipeline files may name as operators of one's own: those of `--operators`, and those of the
 * nearest package.json above the working directory, `"soapstream": { "operators": ["./own.mjs"] }`.
 * @throws PipelineError `badData` for a package.json that cannot be read
 */
export async function allowedOperators(given: readonly string[]): Promise<string[]> {
  const path = nearestPackage(resolve('.'));
  if (path === undefined) return given.map((each) => resolve(each));
  const parsed = packageFile.safeParse(await readJson(path));
  if (!parsed.success)
    throw new PipelineError('badData', `${path}: expected "soapstream": { "operators": [paths of modules] }`);
  const listed = parsed.data.soapstream?.operators ?? [];
  return [...given.map((each) => resolve(each)), ...listed.map((each) => resolve(dirname(path), each))];
}

function nearestPackage(folder: string): string | undefined {
  const path = join(folder, 'package.json');
  if (existsSync(path)) return path;
  return dirname(folder) === folder ? undefined : nearestPackage(dirname(folder));
}
