const QUOTED = String.raw`"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'`;
/** A pair `key=value`, or a text or word that is none. */
const PAIR_OR_OTHER = new RegExp(
  String.raw`(${QUOTED}|[^\s="']+)\s*=\s*(${QUOTED}|\{[^}]*\}|\[[^="']*\](?=\s|$)|\S+)|${QUOTED}|\S+`,
  'gs',
);

/**
 * The `key=value` pairs of the second line of an extended XYZ frame; values may stand in quotes, braces or brackets, of which
 * only the brackets stay. What is no pair, e.g. the free text of a plain XYZ file, is passed over. Of a key that comes twice the last
 * value counts.
 */
export function parseComment(line: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const [, key, value] of line.matchAll(PAIR_OR_OTHER)) {
    if (key !== undefined && value !== undefined) pairs.set(bare(key), bare(value));
  }
  return pairs;
}

function bare(text: string): string {
  const opening = text.charAt(0);
  if (text.length < 2 || text.at(-1) !== (opening === '{' ? '}' : opening)) return text;
  if (opening === '{') return text.slice(1, -1);
  return opening === '"' || opening === "'" ? text.slice(1, -1).replaceAll(/\\(.)/gs, '$1') : text;
}
