import type { Cloud } from '../clouds/cloud.js';
import { parseDecimal } from '../clouds/decimal.js';
import { fieldEnd, fieldStart, quoted } from '../clouds/text.js';

/**
 * Lattice vectors and periodicity. A lattice whose frame says nothing else is periodic along all of its vectors.
 * @param fail throws, with the place
 */
export function latticeOf(
  pairs: ReadonlyMap<string, string>,
  fail: (detail: string) => never,
): Required<Pick<Cloud, 'cell' | 'pbc'>> {
  const lattice = pairs.get('Lattice');
  const cell = decimals(lattice ?? '');
  if (cell.length !== 9 || !cell.every(Number.isFinite)) {
    fail(`expected Lattice= with 9 finite numbers (option cell), got ${shown(lattice)}`);
  }
  const periodic = pairs.get('pbc') ?? 'T T T';
  const pbc = withoutBrackets(periodic).trim().split(/\s+/).map(flagOf);
  if (pbc.length !== 3 || pbc.includes(Number.NaN)) fail(`expected pbc= with three of T and F, got ${shown(periodic)}`);
  return { cell: new Float64Array(cell), pbc: new Uint8Array(pbc) };
}

/** A list may be written as `1 0 0`, `[1, 0, 0]` or, in rows, `[[1, 0], [0, 1]]`. */
function withoutBrackets(list: string): string {
  return list.includes('[') ? list.replaceAll(/[,[\]]/g, ' ') : list;
}

function decimals(list: string): number[] {
  const bytes = Buffer.from(withoutBrackets(list));
  const numbers: number[] = [];
  for (let start = fieldStart(bytes, 0, bytes.length); start < bytes.length;) {
    const end = fieldEnd(bytes, start, bytes.length);
    numbers.push(parseDecimal(bytes, start, end));
    start = fieldStart(bytes, end, bytes.length);
  }
  return numbers;
}

/** 1 or 0; NaN for what is no flag. */
function flagOf(text: string): number {
  if (/^(?:t|true|1)$/i.test(text)) return 1;
  return /^(?:f|false|0)$/i.test(text) ? 0 : Number.NaN;
}

function shown(text: string | undefined): string {
  return text === undefined ? 'none' : quoted(text);
}
