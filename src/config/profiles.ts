import { ShapeCheck } from './checkShape.js';
import { orExpected } from './describe.js';
import type { Diagnostics } from './diagnostics.js';
import type { YamlDocument } from './document.js';
import { profilesRule } from './grammar.js';
import { childOf, entriesOf, formatName, formatPath, type Path } from './paths.js';
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
  const written = childOf(yaml.value, 'profiles') ?? {};
  new ShapeCheck(yaml, diagnostics).check(written, profilesRule, ['profiles']);
  const declared = new Map<string, ReadonlyMap<string, Declaration>>();
  const known = [...variables.keys()];
  for (const [name, values] of entriesOf(written)) {
    declared.set(name, declarationsIn(values, ['profiles', name]));
    for (const [variable, { path }] of declared.get(name)!) {
      if (variables.has(variable)) continue;
      const message = `${formatPath(path)}: unknown variable, the file declares ${known.join(', ') || 'none'}`;
      diagnostics.error(yaml.locate(path, 'key'), message, suggest(variable, known));
    }
  }
  if (chosen === undefined) return new Map();
  const found = declared.get(chosen);
  if (found === undefined) {
    const names = [...declared.keys()];
    const place = { path: 'profiles', location: { argument: `--profile ${chosen}` } };
    const others = names.length > 0 ? orExpected(names) : ', the file has none';
    diagnostics.error(place, `there is no profile ${formatName(chosen)}${others}`, suggest(chosen, names));
  }
  return found ?? new Map<string, Declaration>();
}

/** Variables with their values; those that are faulty have none. */
export function declarationsIn(values: unknown, path: Path): Map<string, Declaration> {
  return new Map(
    entriesOf(values).map(([name, value]) => [
      name,
      { value: isScalarValue(value) ? value : undefined, path: [...path, name] },
    ]),
  );
}
