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

/** A text without references that stands for this one. */
export function escaped(text: string): string {
  return text.replaceAll('${', () => ESCAPE);
}

/**
 * Reads the references of a string: `${name}`, `${name:-fallback}`; `$${` is a literal `${`. A fallback is a template of its own
 * (`${OUT:-${HOME}/out}`) and ends at its `}`, so it cannot hold that character. A lone `$` is text.
 */
export function parseTemplate(whole: string): ParsedTemplate {
  let problem: TemplateProblem | undefined;
  let at = 0;
  let depth = 0;
  const template = readTemplate('');
  return problem === undefined ? { parts: template } : { parts: [], problem };

  /** Up to `end`, which is not consumed, or to the end of the text. */
  function readTemplate(end: '' | '}'): Template {
    const parts: (string | Reference)[] = [];
    let literal = '';
    while (at < whole.length && problem === undefined) {
      if (end !== '' && whole[at] === end) break;
      if (skip(ESCAPE)) literal += '${';
      else if (whole.startsWith('${', at)) {
        const reference = readReference();
        if (reference === undefined) break;
        if (literal !== '') parts.push(literal);
        parts.push(reference);
        literal = '';
      } else literal += whole[at++];
    }
    if (literal !== '') parts.push(literal);
    return parts;
  }

  function readReference(): Reference | undefined {
    const index = at;
    skip('${');
    NAME.lastIndex = at;
    const name = NAME.exec(whole)?.[0] ?? '';
    at += name.length;
    const fallback = name !== '' && skip(':-') ? readFallback(index) : undefined;
    if (problem !== undefined) return undefined;
    if (name === '' || !skip('}')) {
      problem = problemAt(index, name);
      return undefined;
    }
    const text = whole.slice(index, at);
    return { name, text, index, ...(fallback !== undefined && { fallback }) };
  }

  function readFallback(index: number): Template {
    if (depth === MAX_REFERENCE_DEPTH) {
      const message = `fallbacks are nested more than ${MAX_REFERENCE_DEPTH} deep`;
      problem = { message, text: whole.slice(index, at), index };
      return [];
    }
    depth++;
    const fallback = readTemplate('}');
    depth--;
    return fallback;
  }

  function problemAt(index: number, name: string): TemplateProblem {
    const end = whole.indexOf('}', index);
    const text = end === -1 ? whole.slice(index) : whole.slice(index, end + 1);
    if (end === -1) return { message: `${text}: the closing } is missing; $\${ is a literal \${`, text, index };
    const example = name === '' ? 'name' : name;
    return {
      message: `${text}: expected \${${example}} or \${${example}:-default}; $\${ is a literal \${`,
      text,
      index,
    };
  }

  function skip(expected: string): boolean {
    if (!whole.startsWith(expected, at)) return false;
    at += expected.length;
    return true;
  }
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
