import { PipelineError } from '../errors.js';
import { components } from '../pipelines/components.js';
import { catalogueText, componentText } from '../config/reference.js';
import { formatName } from '../config/paths.js';
import { suggest } from '../config/suggest.js';
import { exitCodes } from './exitCodes.js';
import { print } from './print.js';

/** `soapstream list`: everything that a pipeline file may name, or one of it in full. @returns the exit code */
export function list(name: string | undefined): number {
  print(name === undefined ? overview() : detail(name));
  return exitCodes.success;
}

function overview(): string {
  return `${catalogueText(components)}\n\nMore on one of them: soapstream list NAME`;
}

/** A source and a sink may share a name: both are shown. */
function detail(name: string): string {
  const all = [...components.sources, ...components.operators, ...components.sinks, ...(components.parts ?? [])];
  const found = all.filter((component) => component.name === name);
  if (found.length > 0) return found.map(componentText).join('\n\n');
  const meant = suggest(
    name,
    all.map((component) => component.name),
  );
  throw new PipelineError(
    'badOption',
    `there is no source, operator, sink or part of a file ${formatName(name)}${meant ? `: did you mean ${meant}?` : ''}`,
  );
}
