import { optionForms } from '#dist/config/catalogue.js';
import { Diagnostics } from '#dist/config/diagnostics.js';
import { parseYaml } from '#dist/config/document.js';
import { checkOptions } from '#dist/config/options.js';
import { childOf } from '#dist/config/paths.js';
import { readStructure } from '#dist/config/structure.js';
import { resolveVariables, type VariableSources } from '#dist/config/variables.js';
import { decode, idx, parquet, rescale, soap } from './catalogue.js';

const components = new Map([decode, soap, rescale, idx, parquet].map((component) => [component.name, component]));

/** Everything that is wrong with a file: syntax, variables, structure, and the options of known components. */
export function checkFile(text: string, sources: VariableSources = {}): Diagnostics {
  const diagnostics = new Diagnostics();
  const yaml = parseYaml(text, 'p.yaml', diagnostics);
  if (yaml === undefined) return diagnostics;
  const document = resolveVariables(yaml, sources, diagnostics);
  for (const { source, steps, sinks, metrics } of readStructure(document, diagnostics).pipelines.values()) {
    for (const entry of [source, ...steps, ...sinks, metrics]) {
      const component = components.get(entry?.name ?? '');
      if (entry === undefined || component === undefined) continue;
      const [first, ...others] = optionForms(component);
      const form = others.find(({ use }) => use !== undefined && childOf(entry.options, use) !== undefined) ?? first;
      if (form !== undefined) checkOptions(form.options, entry.options, entry.path, document, diagnostics);
    }
  }
  return diagnostics;
}
