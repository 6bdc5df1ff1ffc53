/** Where a value stands in a document: keys of mappings and indices of lists, from the root. */
export type Path = readonly (string | number)[];

/** What pipelines, steps and variables may be called. */
export const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;
export const NAME_RULE = 'a name of letters, digits, _ and -, a letter first';

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** `pipelines.sample.steps[1].soap`; a key that is no plain name is quoted: `steps[0]["./own.mjs"]`. */
export function formatPath(path: Path, start = ''): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!PLAIN_NAME.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, start);
}

/** A name as it may stand in a message: as it is, or quoted when it is more than a plain name. */
export function formatName(name: string): string {
  return PLAIN_NAME.test(name) ? name : JSON.stringify(name);
}

/** What a message about a component or a pipeline begins with: its name, the last part of its path. The location tells the rest. */
export function subjectOf(path: Path): string {
  return formatName(String(path.at(-1)));
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Those of a mapping; of anything else none. */
export function entriesOf(value: unknown): [key: string, value: unknown][] {
  return isMapping(value) ? Object.entries(value) : [];
}

export function hasOwnKey(value: unknown, key: string | number): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

/** The own property `key`; inherited ones (`constructor`, `__proto__`) are never seen. */
export function childOf(value: unknown, key: string | number): unknown {
  const child: unknown =
    typeof value === 'object' && value !== null && hasOwnKey(value, key) ? Reflect.get(value, key) : undefined;
  return child;
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce(childOf, value);
}

/** Sets an own property whatever its name: `__proto__` becomes a key like any other. */
export function setOwn(target: object, key: string | number, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

/** The same tree with every leaf (whatever is neither a list nor a mapping) replaced. */
export function mapLeaves(value: unknown, replace: (leaf: unknown, path: Path) => unknown, path: Path = []): unknown {
  if (Array.isArray(value)) return value.map((item, index) => mapLeaves(item, replace, [...path, index]));
  if (!isPlainMapping(value)) return replace(value, path);
  const copy = {};
  for (const [key, child] of Object.entries(value)) setOwn(copy, key, mapLeaves(child, replace, [...path, key]));
  return copy;
}

function isPlainMapping(value: unknown): value is Record<string, unknown> {
  return isMapping(value) && Object.getPrototypeOf(value) === Object.prototype;
}
