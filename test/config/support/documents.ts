import { Diagnostics, formatLocation, type Diagnostic } from '#dist/config/diagnostics.js';
import { parseYaml, type PipelineDocument } from '#dist/config/document.js';
import { resolveVariables, type VariableSources } from '#dist/config/variables.js';

export interface ReadDocument {
  readonly document: PipelineDocument;
  readonly diagnostics: Diagnostics;
}

/** Parses a file named `p.yaml` and resolves its variables; what is wrong is collected. */
export function read(text: string, sources: VariableSources = {}): ReadDocument {
  const diagnostics = new Diagnostics();
  const yaml = parseYaml(text, 'p.yaml', diagnostics);
  if (yaml === undefined) throw new Error(`not readable:\n${lines(diagnostics).join('\n')}`);
  return { document: resolveVariables(yaml, sources, diagnostics), diagnostics };
}

/** `line:column message`, with `?suggestion`: everything a test asserts of a diagnostic, in one line. */
export function line({ severity, location, message, suggestion }: Diagnostic): string {
  const place = formatLocation(location).replace(/^p\.yaml:/, '');
  const label = severity === 'warning' ? 'warning: ' : '';
  return `${place} ${label}${message}${suggestion === undefined ? '' : ` ?${suggestion}`}`;
}

export function lines(diagnostics: Iterable<Diagnostic>): string[] {
  return [...diagnostics].map(line);
}

/** The text that a location points to. */
export function pointed(text: string, { location }: Pick<Diagnostic, 'location'>): string {
  if ('argument' in location) return location.argument;
  const written = text.replace(/^\uFEFF/, '').split('\n')[location.line - 1] ?? '';
  return written.slice(location.column - 1, location.endColumn - 1);
}
