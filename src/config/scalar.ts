import { isScalar, parseDocument } from 'yaml';

/** What a variable may hold. */
export type Scalar = string | number | boolean | null;

/** Numbers, booleans and null as YAML's core schema reads them; everything else, numbers too long to be exact too, is text. */
export function readScalar(text: string): Scalar {
  if (!/^[-+.~\w]{1,40}$/.test(text)) return text;
  const node = parseDocument(text, { schema: 'core' }).contents;
  if (!isScalar(node) || node.type !== 'PLAIN' || node.source !== text) return text;
  const { value } = node;
  if (typeof value === 'number') return /^[-+]?\d+$/.test(text) && !Number.isSafeInteger(value) ? text : value;
  return typeof value === 'boolean' || value === null ? value : text;
}

export function isScalarValue(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
