/** docs/operators.md, out of the definitions of sources, operators and sinks. */
import { optionTables } from '#dist/config/reference.js';

/**
 * The reference of everything that a pipeline file may name, as Markdown.
 *
 * @param {import('#dist/config/catalogue.js').Catalogue} catalogue
 * @param {ReadonlyMap<string, string>} examples Markdown that follows the component of that name
 */
export function markdownReference({ sources, sinks, operators, parts = [] }, examples = new Map()) {
  const exampleOf = ({ name }) => (examples.has(name) ? [examples.get(name)] : []);
  const section = (title, components) =>
    components.length === 0
      ? []
      : [`## ${title}`, ...components.flatMap((each) => [componentMarkdown(each), ...exampleOf(each)])];
  return `${[
    '# Sources, operators and sinks',
    'What a pipeline file may name, with all options.',
    ...section('Sources', sources),
    ...section('Operators', operators),
    ...section('Sinks', sinks),
    ...section('Beside the pipelines', parts),
  ].join('\n\n')}\n`;
}

/** One component as Markdown, under a heading of the third level. */
export function componentMarkdown(component) {
  const { name, summary, description, example } = component;
  return [
    `### ${name}`,
    summary,
    ...(description === undefined ? [] : [description]),
    ...optionTables(component).flatMap(markdownTable),
    `\`\`\`yaml\n${example.trimEnd()}\n\`\`\``,
  ].join('\n\n');
}

function markdownTable({ use, rows }) {
  const title = use === undefined ? [] : [`Options of \`${use}\`:`];
  if (rows.length === 0) return use === undefined ? ['No options.'] : [];
  const lines = rows.map(({ name, type, preset, description }) => {
    const shown = preset === '' || preset === 'required' ? preset : `\`${preset}\``;
    return `| ${[`\`${name}\``, type, shown, description].map(markdownCell).join(' | ')} |`;
  });
  return [...title, ['| option | type | default | meaning |', '| --- | --- | --- | --- |', ...lines].join('\n')];
}

function markdownCell(text) {
  return text.replaceAll('|', String.raw`\|`).replaceAll(/\s*\n\s*/g, ' ');
}
