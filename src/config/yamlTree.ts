import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  visit,
  type Alias,
  type Document,
  type Node,
  type Range,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { describeValue } from './describe.js';
import type { Diagnostics } from './diagnostics.js';
import { MAX_ALIASED_VALUES } from './limits.js';
import { formatName, formatPath, isMapping, setOwn, type Path } from './paths.js';
import type { SourceText, Span } from './sourceText.js';

/** Where a value stands, and its key. */
export interface Spot {
  readonly key?: Span;
  readonly value: Span;
  /** The scalar itself, where `value` is only an alias of it. */
  readonly scalar?: Span;
  readonly children?: ReadonlyMap<string | number, Spot>;
}

/** A plain value, and where it and everything in it stands. */
export interface Built {
  readonly value: unknown;
  readonly spot: Spot;
}

/** Turns YAML nodes into plain values and, in step with them, into spots. */
export class TreeBuilder {
  readonly #source: SourceText;
  readonly #diagnostics: Diagnostics;
  /** Collections around the node at hand: an alias to one of them would have no end. */
  readonly #open = new Set<unknown>();
  readonly #targets: ReadonlyMap<Alias, Node | undefined>;
  #aliasDepth = 0;
  #aliasedValues = 0;
  #isExhausted = false;

  constructor(document: Document.Parsed, source: SourceText, diagnostics: Diagnostics) {
    this.#source = source;
    this.#diagnostics = diagnostics;
    this.#targets = targetsOf(document);
  }

  /** Whether aliases stand for more than a file may hold: what has been built is not all, then, and nothing else is reported. */
  get isExhausted(): boolean {
    return this.#isExhausted;
  }

  /** `fallback` is where a value that is not written (`key:`) would stand. */
  build(node: unknown, path: Path, fallback: Span): Built {
    if (isAlias(node)) return this.#buildAlias(node, path, fallback);
    if (this.#aliasDepth > 0) this.#aliasedValues++;
    if (this.#isExhausted) return { value: null, spot: { value: fallback } };
    if (isScalar(node)) return this.#buildScalar(node, path, fallback);
    this.#open.add(node);
    let built: Built = { value: null, spot: { value: fallback } };
    if (isMap(node)) built = this.#buildMapping(node, path, fallback);
    if (isSeq(node)) built = this.#buildList(node, path, fallback);
    this.#open.delete(node);
    return built;
  }

  #buildScalar({ value, source = '', range }: Scalar, path: Path, fallback: Span): Built {
    const span = spanOf(range, fallback);
    if (typeof value === 'number' && /^[-+]?\d+$/.test(source) && !Number.isSafeInteger(value)) {
      this.#error(span, path, `${formatPath(path)}: the integer ${source} is too large to be held exactly`);
    }
    return { value, spot: { value: span, scalar: span } };
  }

  #buildList({ items, range }: YAMLSeq, path: Path, fallback: Span): Built {
    const span = spanOf(range, fallback);
    const value: unknown[] = [];
    const children = new Map<number, Spot>();
    for (const [index, item] of items.entries()) {
      const built = this.build(item, [...path, index], span);
      value.push(built.value);
      children.set(index, built.spot);
    }
    return { value, spot: { value: span, children } };
  }

  #buildMapping({ items, range }: YAMLMap, path: Path, fallback: Span): Built {
    const span = spanOf(range, fallback);
    const value = {};
    const children = new Map<string, Spot>();
    const merges: { node: unknown; key: Span }[] = [];
    for (const { key: keyNode, value: valueNode } of items) {
      const keySpan = isNode(keyNode) ? spanOf(keyNode.range, span) : span;
      const key = isScalar(keyNode) ? String(keyNode.value) : '';
      const isPlain = isScalar(keyNode) && keyNode.type === 'PLAIN';
      if (key === '<<' && isPlain) {
        merges.push({ node: valueNode, key: keySpan });
        continue;
      }
      const first = children.get(key)?.key;
      if (first !== undefined) {
        const { line } = this.#source.locate(first);
        this.#error(keySpan, [...path, key], `duplicate key ${formatName(key)}, first given in line ${line}`);
        continue;
      }
      const built = this.build(valueNode, [...path, key], keySpan);
      setOwn(value, key, built.value);
      children.set(key, { ...built.spot, key: keySpan });
    }
    for (const merge of merges) this.#merge(merge, path, value, children);
    return { value, spot: { value: span, children } };
  }

  /** Adds the keys that are not there yet: own keys win over merged ones, earlier merges over later ones. */
  #merge(merge: { node: unknown; key: Span }, path: Path, target: object, children: Map<string, Spot>): void {
    const merged = this.build(merge.node, path, merge.key);
    const parts = Array.isArray(merged.value)
      ? merged.value.map((value: unknown, index) => ({ value, spot: merged.spot.children?.get(index) ?? merged.spot }))
      : [merged];
    for (const { value, spot } of parts) {
      if (!isMapping(value)) {
        this.#error(spot.value, path, `<<: expected a mapping to merge, got ${describeValue(value)}`);
        continue;
      }
      for (const [key, child] of Object.entries(value)) {
        const childSpot = spot.children?.get(key);
        if (children.has(key) || childSpot === undefined) continue;
        setOwn(target, key, child);
        children.set(key, childSpot);
      }
    }
  }

  #buildAlias(alias: Alias, path: Path, fallback: Span): Built {
    const span = spanOf(alias.range, fallback);
    const nothing: Built = { value: null, spot: { value: span } };
    const target = this.#targets.get(alias);
    if (target === undefined) {
      this.#error(span, path, `alias *${alias.source}: there is no anchor &${alias.source} before it`);
      return nothing;
    }
    if (this.#open.has(target)) {
      this.#error(span, path, `alias *${alias.source} stands inside its own anchor`);
      return nothing;
    }
    if (this.#aliasedValues > MAX_ALIASED_VALUES) {
      this.#error(span, [], `aliases stand for more than ${MAX_ALIASED_VALUES} values`);
      this.#isExhausted = true;
      return nothing;
    }
    this.#aliasDepth++;
    const { value, spot } = this.build(target, path, span);
    this.#aliasDepth--;
    return { value, spot: { ...spot, value: span } };
  }

  #error(span: Span, path: Path, message: string): void {
    if (this.#isExhausted) return;
    this.#diagnostics.error({ path: formatPath(path), location: this.#source.locate(span) }, message);
  }
}

/** What each alias stands for: the last node of that anchor before it, in the order of the text. */
function targetsOf(document: Document.Parsed): Map<Alias, Node | undefined> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node | undefined>();
  visit(document, (_key, node) => {
    if (isAlias(node)) targets.set(node, anchors.get(node.source));
    else if (isNode(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
  });
  return targets;
}

/** The value alone, without the comments and blank lines after it. */
function spanOf(range: Range | null | undefined, fallback: Span): Span {
  return range ? [range[0], range[1]] : fallback;
}
