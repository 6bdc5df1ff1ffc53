import { optionForms, type Catalogue, type Component } from './catalogue.js';
import { describeOption, typeOf } from './describe.js';
import { asSchema, isRequired, optionsSchema, type JsonSchema } from './optionsSchema.js';

/** One option for a table; options within options have a dotted name. */
interface OptionRow {
  readonly name: string;
  readonly type: string;
  /** As YAML, or `required`; empty where there is none. */
  readonly preset: string;
  readonly description: string;
}

interface OptionTable {
  /** `fit` or `apply`, for operators that have options for either. */
  readonly use?: 'fit' | 'apply';
  readonly rows: readonly OptionRow[];
}

const WIDTH = 100;

/** One component as plain text for a terminal. */
export function componentText(component: Component): string {
  const { name, summary, description, example } = component;
  return [
    `${name} — ${summary}`,
    ...(description === undefined ? [] : [description]),
    ...optionTables(component).map(textTable),
    `Example\n${indent(example.trimEnd())}`,
  ].join('\n\n');
}

function textTable({ use, rows }: OptionTable): string {
  const title = use === undefined ? 'Options' : `Options of ${use}`;
  if (rows.length === 0) return `${title}\n  none`;
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.flatMap(({ name, type, preset, description }) => {
    const state = preset === '' || preset === 'required' ? preset : `default ${preset}`;
    const head = `  ${name.padEnd(width)}  ${type}${state === '' ? '' : `, ${state}`}`;
    return [head, ...wrap(description, WIDTH - width - 4).map((line) => `  ${' '.repeat(width)}  ${line}`)];
  });
  return [title, ...lines].join('\n');
}

/** The names of all components with their summaries, as plain text. */
export function catalogueText({ sources, sinks, operators, parts = [] }: Catalogue): string {
  const width = Math.max(0, ...[...sources, ...operators, ...sinks, ...parts].map(({ name }) => name.length));
  const list = (title: string, components: readonly Component[]): string[] =>
    components.length === 0
      ? []
      : [[title, ...components.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)].join('\n')];
  return [
    ...list('Sources', sources),
    ...list('Operators', operators),
    ...list('Sinks', sinks),
    ...list('Beside the pipelines', parts),
  ].join('\n\n');
}

/** The options of a component: one table, or one for its fit and one for its apply. */
export function optionTables(component: Component): OptionTable[] {
  return optionForms(component).map(({ use, options }) => {
    const rows = optionRows(optionsSchema(options), '');
    return use === undefined ? { rows } : { use, rows };
  });
}

function optionRows(schema: JsonSchema, prefix: string): OptionRow[] {
  const rows: OptionRow[] = [];
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    const option = asSchema(child) ?? {};
    const name = `${prefix}${key}`;
    const written = option.default === undefined ? '' : yamlText(option.default);
    const preset = isRequired(schema, key) ? 'required' : written;
    rows.push({ name, type: typeOf(option), preset, description: describeOption(option) });
    rows.push(...optionRows(option, `${name}.`));
  }
  return rows;
}

/** A default as one would write it in YAML flow style. */
function yamlText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(yamlText).join(', ')}]`;
  return typeof value === 'string' && /^[A-Za-z][\w./-]*$/.test(value) ? value : JSON.stringify(value);
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}

/** Breaks text at spaces, so that no line is longer than `width`, unless a word is. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
