import { pathToFileURL } from 'node:url';
import { isModulePath } from '../config/catalogue.js';
import { PipelineError, messageOf } from '../errors.js';
import { type OperatorDefinition } from './frame/definition.js';
import { operators } from './table.js';

/**
 * The operator of that name, or the default export of the module at that absolute path.
 * @throws PipelineError `badConfiguration` if there is none, or the module exports something else
 */
export async function loadOperator(name: string): Promise<OperatorDefinition> {
  const own = operators.find((operator) => operator.name === name);
  if (own) return own;
  if (!isModulePath(name)) throw new PipelineError('badConfiguration', `unknown operator ${name}`);
  const exported = await importDefault(name);
  if (isDefinition(exported)) return exported;
  throw new PipelineError(
    'badConfiguration',
    `${name}: expected an operator definition as the default export (name, summary, example, options, reads, outputSchema, create)`,
  );
}

async function importDefault(path: string): Promise<unknown> {
  try {
    const module = (await import(pathToFileURL(path).href)) as { default?: unknown };
    return module.default;
  } catch (error) {
    throw new PipelineError('badConfiguration', `${path}: cannot be loaded: ${messageOf(error)}`, { cause: error });
  }
}

function isDefinition(value: unknown): value is OperatorDefinition {
  if (typeof value !== 'object' || value === null) return false;
  const functions = (...names: string[]): boolean =>
    names.every((name) => name in value && typeof value[name as keyof typeof value] === 'function');
  const schemas = (...names: string[]): boolean =>
    names.every((name) => name in value && isSchema(value[name as keyof typeof value]));
  const isDescribed = 'name' in value && 'summary' in value && 'example' in value;
  const streams = schemas('options') && functions('reads', 'create');
  const isFittedAndApplied =
    schemas('fitOptions', 'applyOptions', 'artifact') &&
    functions('fitReads', 'describeArtifact', 'startFit', 'save', 'load', 'applyReads', 'apply');
  return isDescribed && functions('outputSchema') && (streams || isFittedAndApplied);
}

/** A zod object, perhaps of another copy of zod. */
function isSchema(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '_zod' in value && 'safeParse' in value;
}
