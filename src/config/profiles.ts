import { describeValue, orExpected } from './describe.js';
import type { Diagnostics } from './diagnostics.js';
import type { YamlDocument } from './document.js';
import { childOf, formatName, formatPath, isMapping, NAME, NAME_RULE, type Path } from './paths.js';
import { isScalarValue } from './scalar.js';
import { suggest } from './suggest.js';
import type { Declaration } from './variableTable.js';

/**
 * Checks all `profiles`, sets of values for the variables of the file.
 *
 * @param chosen the name of one, as the run was told
 * @returns the declarations that the chosen one makes in place of those under `variables`
 */
export function chosenProfile(
  yaml: YamlDocument,
  chosen: string | undefined,
  variables: ReadonlyMap<string, Declaration>,
  diagnostics: Diagnostics,
): ReadonlyMap<string, Declaration> {
  const profiles = childOf(yaml.value, 'profiles') ?? {};
  if (!isMapping(profiles)) {
    const message = `profiles: expected a mapping of names to profiles, got ${describeValue(profiles)}`;
    diagnostics.error(yaml.locate(['profiles'], 'value'), message);
    return new Map();
  }
  const declared = new Map<string, ReadonlyMap<string, Declaration>>();
  for (const [name, values] of Object.entries(profiles)) {
    const path = ['profiles', name];
    if (!NAME.test(name)) diagnostics.error(yaml.locate(path, 'key'), `${formatPath(path)}: expected ${NAME_RULE}`);
    declared.set(name, checkProfile(yaml, values, path, variables, diagnostics));
  }
  if (chosen === undefined) return new Map();
  const found = declared.get(chosen);
  if (found === undefined) {
    const names = [...declared.keys()];
    const place = { path: 'profiles', location: { argument: `--profile ${chosen}` } };
    const known = names.length > 0 ? orExpected(names) : ', the file has none';
    diagnostics.error(place, `there is no profile ${formatName(chosen)}${known}`, suggest(chosen, names));
  }
  return found ?? new Map<string, Declaration>();
}

function checkProfile(
  yaml: YamlDocument,
  values: unknown,
  path: Path,
  variables: ReadonlyMap<string, Declaration>,
  diagnostics: Diagnostics,
): ReadonlyMap<string, Declaration> {
  const declared = new Map<string, Declaration>();
  if (!isMapping(values)) {
    const message = `${formatPath(path)}: expected a mapping of variables to values, got ${describeValue(values)}`;
    diagnostics.error(yaml.locate(path, 'value'), message);
    return declared;
  }
  const names = [...variables.keys()];
  for (const [name, value] of Object.entries(values)) {
    const at = [...path, name];
    const subject = formatPath(at);
    if (!variables.has(name)) {
      const message = `${subject}: unknown variable, the file declares ${names.join(', ') || 'none'}`;
      diagnostics.error(yaml.locate(at, 'key'), message, suggest(name, names));
    } else if (isScalarValue(value)) {
      declared.set(name, { value, path: at });
    } else {
      const message = `${subject}: expected a string, number, boolean or null, got ${describeValue(value)}`;
      diagnostics.error(yaml.locate(at, 'value'), message);
      declared.set(name, { value: undefined, path: at });
    }
  }
  return declared;
}
