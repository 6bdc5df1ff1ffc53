import { ACTIVE, visible } from '../visible.js';
import { formatLocation, type Diagnostic, type FileLocation } from './diagnostics.js';

export interface RenderOptions {
  /** The text of each file by the name it has in the locations; without it there is no code frame. */
  readonly sources: ReadonlyMap<string, string>;
  /** ANSI colours; by default none. */
  readonly color?: boolean;
}

type Style = 'error' | 'warning' | 'dim' | 'bold';
type Paint = (style: Style, text: string) => string;

const ANSI: Record<Style, number> = { error: 31, warning: 33, dim: 2, bold: 1 };
const CONTEXT_LINES = 2;
const FRAME_COLUMNS = 140;

/** All diagnostics in the given order, a blank line between two. */
export function renderDiagnostics(diagnostics: Iterable<Diagnostic>, options: RenderOptions): string {
  return [...diagnostics].map((diagnostic) => renderDiagnostic(diagnostic, options)).join('\n\n');
}

/**
 * ```
 * pipelines.yaml:12:21 soap.rCut: expected a number > 1 (input units), got -1
 *   11 |     steps:
 * > 12 |       - soap: { rCut: -1 }
 *      |                       ^^
 *   13 |     sinks:
 * did you mean …?
 * ```
 */
export function renderDiagnostic(diagnostic: Diagnostic, { sources, color = false }: RenderOptions): string {
  const paint: Paint = (style, text) => (color ? `\u001B[${ANSI[style]}m${text}\u001B[0m` : text);
  const { severity, location } = diagnostic;
  const message = visible(diagnostic.message);
  const label = severity === 'warning' ? `${paint('warning', 'warning:')} ` : '';
  const lines = [
    `${paint('bold', visible(formatLocation(location)))} ${label}${color ? paint(severity, message) : message}`,
  ];
  if ('file' in location) {
    const source = sources.get(location.file);
    if (source !== undefined) lines.push(...codeFrame(source, location, severity, paint));
  }
  if (diagnostic.note !== undefined) lines.push(`note: ${visible(diagnostic.note)}`);
  if (diagnostic.suggestion !== undefined) {
    lines.push(`did you mean ${paint('bold', visible(diagnostic.suggestion))}?`);
  }
  return lines.join('\n');
}

function codeFrame(source: string, at: FileLocation, severity: Style, paint: Paint): string[] {
  const lines = source.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.length > 1 && lines.at(-1) === '') lines.pop();
  const first = Math.max(1, at.line - CONTEXT_LINES);
  const last = Math.min(lines.length, at.line + CONTEXT_LINES);
  const gutter = String(last).length;
  // A range far to the right (JSON on one line, say) is shown through a window.
  const skipped = at.column > FRAME_COLUMNS / 2 && at.endColumn > FRAME_COLUMNS ? at.column - 1 - FRAME_COLUMNS / 2 : 0;
  const view = (line: string) => printable(line.slice(skipped, skipped + FRAME_COLUMNS));

  const frame: string[] = [];
  for (let number = first; number <= last; number++) {
    const line = lines[number - 1] ?? '';
    const isMarked = number === at.line;
    const margin = `${isMarked ? '>' : ' '} ${String(number).padStart(gutter)} |`;
    frame.push(`${paint(isMarked ? severity : 'dim', margin)} ${view(line)}`.trimEnd());
    if (!isMarked) continue;
    const end = Math.min(at.endColumn - 1, skipped + FRAME_COLUMNS);
    const carets = '^'.repeat(Math.max(1, end - (at.column - 1)));
    const indent = blank(line.slice(skipped, at.column - 1));
    frame.push(`${paint('dim', `  ${' '.repeat(gutter)} |`)} ${indent}${paint(severity, carets)}`);
  }
  return frame;
}

/** Whatever a terminal would act on is shown as `·`. */
function printable(line: string): string {
  return line.replaceAll(ACTIVE, '·');
}

/** Space of the same width: tabs stay tabs. */
function blank(text: string): string {
  return text.replaceAll(/[^\t]/g, ' ');
}
