import { MAX_REFERENCE_DEPTH } from './limits.js';

/** `${name}` or `${name:-fallback}` within a string. */
export interface Reference {
  readonly name: string;
  /** What stands after `:-`; it may refer to variables itself. */
  readonly fallback?: Template;
  /** As written, from `${` to `}`. */
  readonly text: string;
  /** Where it begins in the string. */
  readonly index: number;
}

/** Literal text and references in turn. */
export type Template = readonly (string | Reference)[];

/** A `${` that is no reference. */
export interface TemplateProblem {
  readonly message: string;
  readonly text: string;
  readonly index: number;
}

export interface ParsedTemplate {
  readonly parts: Template;
  readonly problem?: TemplateProblem;
}

const ESCAPE = '$${';
const NAME = /[A-Za-z_][A-Za-z0-9_-]*/y;

/**
 * Reads the references of a string: `${name}`, `${name:-fallback}`; `$${` is a literal `${`. A fallback is a template of its own
 * (`${OUT:-${HOME}/out}`) and ends at its `}`, so it cannot hold that character. A lone `$` is text.
 */
export function parseTemplate(text: string): ParsedTemplate {
  const reader = new TemplateReader(text);
  const parts = reader.template('');
  return reader.problem === undefined ? { parts } : { parts: [], problem: reader.problem };
}

export function isReference(part: string | Reference): part is Reference {
  return typeof part !== 'string';
}

/** Names of all references, those in fallbacks too. */
export function referencedNames(template: Template): string[] {
  const names: string[] = [];
  for (const { name, fallback } of template.filter(isReference)) names.push(name, ...referencedNames(fallback ?? []));
  return names;
}

class TemplateReader {
  problem: TemplateProblem | undefined;
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Up to `end`, which is not consumed, or to the end of the text. */
  template(end: '' | '}'): Template {
    const parts: (string | Reference)[] = [];
    let literal = '';
    while (this.#at < this.#text.length && this.problem === undefined) {
      if (end !== '' && this.#text[this.#at] === end) break;
      if (this.#skip(ESCAPE)) literal += '${';
      else if (this.#text.startsWith('${', this.#at)) {
        const reference = this.#reference();
        if (reference === undefined) break;
        if (literal !== '') parts.push(literal);
        parts.push(reference);
        literal = '';
      } else literal += this.#text[this.#at++];
    }
    if (literal !== '') parts.push(literal);
    return parts;
  }

  #reference(): Reference | undefined {
    const index = this.#at;
    this.#skip('${');
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#text)?.[0] ?? '';
    this.#at += name.length;
    const fallback = name !== '' && this.#skip(':-') ? this.#fallback(index) : undefined;
    if (this.problem !== undefined) return undefined;
    if (name === '' || !this.#skip('}')) {
      this.problem = this.#problemAt(index, name);
      return undefined;
    }
    const text = this.#text.slice(index, this.#at);
    return { name, text, index, ...(fallback !== undefined && { fallback }) };
  }

  #fallback(index: number): Template {
    if (this.#depth === MAX_REFERENCE_DEPTH) {
      const message = `fallbacks are nested more than ${MAX_REFERENCE_DEPTH} deep`;
      this.problem = { message, text: this.#text.slice(index, this.#at), index };
      return [];
    }
    this.#depth++;
    const fallback = this.template('}');
    this.#depth--;
    return fallback;
  }

  #problemAt(index: number, name: string): TemplateProblem {
    const end = this.#text.indexOf('}', index);
    const text = end === -1 ? this.#text.slice(index) : this.#text.slice(index, end + 1);
    if (end === -1) return { message: `${text}: the closing } is missing; $\${ is a literal \${`, text, index };
    const example = name === '' ? 'name' : name;
    return {
      message: `${text}: expected \${${example}} or \${${example}:-default}; $\${ is a literal \${`,
      text,
      index,
    };
  }

  #skip(expected: string): boolean {
    if (!this.#text.startsWith(expected, this.#at)) return false;
    this.#at += expected.length;
    return true;
  }
}
