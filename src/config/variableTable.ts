import { describeValue } from './describe.js';
import { formatLocation, type Diagnostics, type Location } from './diagnostics.js';
import type { YamlDocument } from './document.js';
import { formatName, type Path } from './paths.js';
import { isScalarValue, readScalar, type Scalar } from './scalar.js';
import type { Setting } from './settings.js';
import { MAX_REFERENCE_DEPTH, MAX_REPLACED_CHARACTERS } from './limits.js';
import { suggest } from './suggest.js';
import { isReference, parseTemplate, type Reference, type Template } from './template.js';

/** Where names are looked up, in this order. */
export interface Scopes {
  readonly settings: readonly Setting[];
  /** The `variables` of the file, with the values of the profile that was chosen. */
  readonly declared: ReadonlyMap<string, Declaration>;
  readonly builtIns: Readonly<Record<string, Scalar>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A variable of the file. */
export interface Declaration {
  /** Null passes on to the next scope, undefined was found faulty and reported. */
  readonly value: Scalar | undefined;
  /** Of the value: in `variables`, or in the profile that replaces it. */
  readonly path: Path;
}

export interface Resolved {
  readonly value: Scalar;
  /** The value as text, for joining: numbers as they were written. */
  readonly text: string;
  /** The same with `${NAME}` in place of what the environment has given; absent where it has given nothing. */
  readonly shown?: string;
  /** Where the value, or parts of it, came from; absent for text of the file itself. */
  readonly origins?: readonly Origin[];
}

/** An argument that is all of the value can stand for its place; anything else is told by a note. */
export interface Origin {
  readonly note: string;
  readonly argument?: Location;
}

/** A string of the document, in which references stand. */
interface Site {
  readonly path: Path;
  readonly text: string;
}

/** Looks up variables; what cannot be resolved is reported once and is `undefined` from then on. */
export class VariableTable {
  readonly #yaml: YamlDocument;
  readonly #diagnostics: Diagnostics;
  readonly #declared: ReadonlyMap<string, Declaration>;
  readonly #settings = new Map<string, Resolved>();
  readonly #outside = new Map<string, Resolved>();
  readonly #defaults = new Map<string, Resolved | undefined>();
  /** Variables whose default is being resolved, outermost first. */
  readonly #open: string[] = [];
  /** How many characters variables have been put into so far. */
  #replaced = 0;
  readonly #limits = new Set<string>();

  constructor(yaml: YamlDocument, { settings, declared, builtIns, environment }: Scopes, diagnostics: Diagnostics) {
    this.#yaml = yaml;
    this.#diagnostics = diagnostics;
    this.#declared = declared;
    for (const [name, text] of Object.entries(environment)) {
      if (text === undefined) continue;
      const origins = [{ note: `\${${name}} comes from the environment` }];
      this.#outside.set(name, { value: readScalar(text), text, shown: `\${${name}}`, origins });
    }
    for (const [name, value] of Object.entries(builtIns)) {
      this.#outside.set(name, { value, text: String(value), origins: [{ note: `\${${name}} is given by the run` }] });
    }
    for (const setting of settings) this.#give(setting);
    // All defaults are resolved, so that one that is not used cannot hide a mistake.
    for (const [name, { value, path }] of declared) {
      if (value !== null && value !== undefined && !this.#settings.has(name)) this.#resolveDefault(name, value, path);
    }
  }

  /** The texts that the environment has given so far, by what is shown of them. */
  readonly given = new Map<string, string>();

  /** What the variables of the file stand for, as far as they have a value. */
  values(): ReadonlyMap<string, Scalar> {
    const found = [...this.#declared].map(([name, { value }]) => {
      const outside = value === null ? this.#outside.get(name) : this.#defaults.get(name);
      const resolved = this.#settings.get(name) ?? outside;
      return [name, resolved?.shown ?? resolved?.value] as const;
    });
    return new Map(found.filter((entry): entry is [string, Scalar] => entry[1] !== undefined));
  }

  /** The string at `path` with its references replaced. */
  resolve(text: string, path: Path): Resolved | undefined {
    const { parts, problem } = parseTemplate(text);
    return problem === undefined ? this.#evaluate(parts, { path, text }) : undefined;
  }

  #give(setting: Setting): void {
    const { target, value, text, place } = setting;
    if (!this.#declared.has(target)) {
      const names = [...this.#declared.keys()];
      const message = `unknown variable ${formatName(target)}, the file declares ${names.join(', ') || 'none'}`;
      this.#diagnostics.error(place, message, suggest(target, names));
    } else if (isScalarValue(value)) {
      const note = `a part is from ${formatLocation(place.location)}`;
      this.#settings.set(target, { value, text, origins: [{ argument: place.location, note }] });
    } else {
      const message = `variable ${target}: expected a string, number, boolean or null, got ${describeValue(value)}`;
      this.#diagnostics.error(place, message);
    }
  }

  #evaluate(parts: Template, site: Site): Resolved | undefined {
    const [only = ''] = parts;
    if (parts.length === 1 && isReference(only)) return this.#lookUp(only, site);
    const resolved = parts.map((part) =>
      isReference(part) ? this.#lookUp(part, site) : { text: part, origins: [], shown: undefined },
    );
    if (!resolved.every((part) => part !== undefined)) return undefined;
    this.#replaced += resolved.reduce((sum, part) => sum + part.text.length, 0);
    if (this.#replaced > MAX_REPLACED_CHARACTERS) {
      return this.#reportLimit(`variables make texts of more than ${MAX_REPLACED_CHARACTERS} characters in all`, site);
    }
    const text = resolved.map((part) => part.text).join('');
    const notes = new Set(resolved.flatMap((part) => part.origins ?? []).map(({ note }) => note));
    const origins = [...notes].map((note) => ({ note }));
    const isHidden = resolved.some(({ shown }) => shown !== undefined);
    const shown = isHidden ? resolved.map((part) => part.shown ?? part.text).join('') : undefined;
    return { value: text, text, ...(shown !== undefined && { shown }), ...(origins.length > 0 && { origins }) };
  }

  #lookUp(reference: Reference, site: Site): Resolved | undefined {
    const { name, fallback } = reference;
    const setting = this.#settings.get(name);
    const { value, path } = this.#declared.get(name) ?? { value: null, path: [] };
    let found: Resolved | undefined;
    if (setting !== undefined) found = setting;
    else if (value === undefined) return undefined;
    else if (value === null) found = this.#outside.get(name);
    else {
      if (this.#open.includes(name)) return this.#reportCycle(reference, site);
      if (this.#open.length === MAX_REFERENCE_DEPTH) {
        return this.#reportLimit(`more than ${MAX_REFERENCE_DEPTH} variables stand for each other in a chain`, site);
      }
      found = this.#resolveDefault(name, value, path);
      if (found === undefined) return undefined;
    }
    if (fallback !== undefined && (found === undefined || found.text === '')) return this.#fallBack(fallback, site);
    // A number is no secret.
    const isText = found === this.#outside.get(name) && typeof found?.value === 'string';
    if (isText && found?.shown !== undefined) this.given.set(found.shown, found.text);
    return found ?? this.#reportMissing(reference, site);
  }

  #fallBack(fallback: Template, site: Site): Resolved | undefined {
    const resolved = this.#evaluate(fallback, site);
    if (resolved === undefined || fallback.some(isReference)) return resolved;
    return { ...resolved, value: readScalar(resolved.text) };
  }

  #resolveDefault(name: string, value: Exclude<Scalar, null>, path: Path): Resolved | undefined {
    if (this.#defaults.has(name)) return this.#defaults.get(name);
    this.#open.push(name);
    const text = typeof value === 'string' ? value : this.#yaml.scalarText(path);
    const resolved = typeof value === 'string' ? this.resolve(value, path) : { value, text };
    this.#open.pop();
    const note = `\${${name}} is set at ${formatLocation(this.#yaml.locate(path, 'value').location)}`;
    // What the default was made of is told rather than the default itself.
    const result = resolved && { origins: [{ note }], ...resolved };
    this.#defaults.set(name, result);
    return result;
  }

  #reportMissing({ name, text, index }: Reference, site: Site): undefined {
    const place = this.#yaml.locateWithin(site.path, text, site.text, index);
    if (this.#declared.has(name)) {
      const remedy = `give it one in variables, by --set ${name}=… or in the environment`;
      this.#diagnostics.error(place, `variable ${name} has no value: ${remedy}`);
    } else {
      const message = `unknown variable ${name}: it is neither in variables nor in the environment`;
      this.#diagnostics.error(place, message, suggest(name, [...this.#declared.keys(), ...this.#outside.keys()]));
    }
  }

  /** A limit that has been reached: once, since what is resolved after it is too much as well. */
  #reportLimit(message: string, { path }: Site): undefined {
    if (this.#limits.has(message)) return;
    this.#limits.add(message);
    this.#diagnostics.error(this.#yaml.locate(path, 'value'), message);
  }

  #reportCycle({ name, text, index }: Reference, site: Site): undefined {
    const cycle = [...this.#open.slice(this.#open.indexOf(name)), name];
    const place = this.#yaml.locateWithin(site.path, text, site.text, index);
    this.#diagnostics.error(place, `variables refer to each other in a circle: ${cycle.join(' → ')}`);
  }
}
