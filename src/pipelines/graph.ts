import { basename, relative } from 'node:path';
import type { Schema } from 'apache-arrow';
import type { PipelinePlan, Plan, StepPlan, SweepPlan } from './plan.js';

/** A plan as nodes and edges, for drawing. */
interface Graph {
  readonly groups: readonly { readonly name: string; readonly nodes: readonly Node[] }[];
  readonly shared: readonly Node[];
  readonly edges: readonly Edge[];
}

interface Node {
  readonly id: string;
  readonly label: string;
  readonly shape: 'step' | 'store';
  /** Where it runs, if that is not the same for all. */
  readonly place?: string;
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label?: string;
  /** Artifacts rather than rows. */
  readonly dashed?: boolean;
}

export type GraphFormat = 'mermaid' | 'dot';

/**
 * The plan as a Mermaid flowchart or in Graphviz's DOT: pipelines as boxes, files and artifacts as cylinders.
 * @param places of pipelines by name, where their source and each of their steps run: boxes within theirs
 */
export function renderGraph(
  plan: Plan,
  format: GraphFormat,
  places: ReadonlyMap<string, readonly string[]> = new Map(),
): string {
  const graph = graphOf(plan, places);
  return format === 'mermaid' ? mermaid(graph) : dot(graph);
}

function graphOf(plan: Plan, places: ReadonlyMap<string, readonly string[]>): Graph {
  const stores = new Map<string, Node>();
  const edges: Edge[] = [];
  const store = (kind: string, name: string): string => {
    const id = `${kind}_${name}`;
    if (!stores.has(id))
      stores.set(id, { id, label: kind === 'artifact' ? `artifact ${name}` : shortPath(name, plan), shape: 'store' });
    return id;
  };
  const pipelines = plan.order.map((name) => {
    const nodes = pipelineNodes(plan.pipelines.get(name)!, store, edges);
    const where = places.get(name);
    // Sinks are where the last step is.
    return { name, nodes: where ? nodes.map((node, i) => ({ ...node, place: where[i] ?? where.at(-1)! })) : nodes };
  });
  const sweeps = [...plan.sweeps.values()].map((sweep) => ({ name: `sweep ${sweep.name}`, nodes: [sweepNode(sweep)] }));
  return { groups: [...pipelines, ...sweeps], shared: [...stores.values()], edges };
}

/** A sweep names the pipelines that it runs, and what changes from trial to trial. */
function sweepNode({ name, pipelines, parameters }: SweepPlan): Node {
  const changing = parameters.map((parameter) => parameter.name).join(', ');
  return { id: `sweep.${name}`, label: `${pipelines.join(', ')} over ${changing}`, shape: 'step' };
}

/** The nodes of one pipeline; the edges along it, to its files and to artifacts are added to `edges`. */
function pipelineNodes(pipeline: PipelinePlan, store: (kind: string, name: string) => string, edges: Edge[]): Node[] {
  const { name, source, steps, sinks, metrics, deadLetters } = pipeline;
  const first: Node = { id: `${name}.source`, label: source.definition.name, shape: 'step' };
  const nodes = [first];
  for (const path of source.reads) edges.push({ from: store('file', path), to: first.id });
  let last = first;
  let schema = source.output;
  for (const step of steps) {
    const node: Node = { id: `${name}.${step.id}`, label: stepLabel(step), shape: 'step' };
    nodes.push(node);
    edges.push({ from: last.id, to: node.id, ...labelOf(schema) });
    if (step.kind === 'fit') edges.push({ from: node.id, to: store('artifact', step.artifact), dashed: true });
    if (step.kind === 'apply') edges.push({ from: store('artifact', step.artifact), to: node.id, dashed: true });
    last = node;
    schema = step.output;
  }
  const fanOut = sinks.length > 1 ? 'the slowest sink sets the pace' : undefined;
  for (const [i, sink] of sinks.entries()) {
    const node: Node = { id: `${name}.sink${i}`, label: `→ ${sink.definition.name}`, shape: 'step' };
    nodes.push(node);
    edges.push({ from: last.id, to: node.id, ...(fanOut ? { label: fanOut } : labelOf(schema)) });
    edges.push({ from: node.id, to: store('file', sink.writes) });
  }
  if (metrics) edges.push({ from: last.id, to: store('file', metrics.writes), label: 'metrics', dashed: true });
  if (deadLetters) {
    const failing = [
      ...(deadLetters.ofSource ? [first.id] : []),
      ...steps.flatMap((step) => (step.onError ? `${name}.${step.id}` : [])),
    ];
    const to = store('file', deadLetters.sink.writes);
    for (const from of failing) edges.push({ from, to, label: 'dead letters', dashed: true });
  }
  return nodes;
}

function stepLabel(step: StepPlan): string {
  const name = step.id === step.definition.name ? step.id : `${step.id} (${step.definition.name})`;
  return step.kind === 'stream' ? name : `${name}: ${step.kind}`;
}

/** The column that the step before has added, which is the last. */
function labelOf(schema: Schema | undefined): { label?: string } {
  const field = schema?.fields.at(-1);
  return field ? { label: field.name } : {};
}

/** Outputs by their path in the output folder, everything else by its file name. */
function shortPath(path: string, { outDirectory }: Plan): string {
  const inside = relative(outDirectory, path);
  return inside.startsWith('..') ? basename(path) : inside;
}

/** Mermaid reads labels as HTML and Markdown; its own entities stand for what has a meaning there. */
const MERMAID: Readonly<Record<string, string>> = {
  '"': '#quot;',
  '&': '#amp;',
  '<': '#lt;',
  '>': '#gt;',
  '#': '#35;',
};

function mermaid({ groups, shared, edges }: Graph): string {
  const lines = ['flowchart LR'];
  const ids = numbered([...groups.flatMap(({ nodes }) => nodes), ...shared]);
  const quoted = (text: string): string => `"${text.replaceAll(/["&<>#\s]/g, (found) => MERMAID[found] ?? ' ')}"`;
  for (const [i, { name, nodes }] of groups.entries()) {
    const within = inPlaces(nodes, (each) => `${ids.get(each.id)}[${quoted(each.label)}]`, {
      open: (place, j) => `subgraph p${i}x${j}[${quoted(place)}]`,
      close: 'end',
    });
    lines.push(`  subgraph p${i}[${quoted(name)}]`, ...within, '  end');
  }
  lines.push(...shared.map(({ id, label }) => `  ${ids.get(id)}[(${quoted(label)})]`));
  for (const { from, to, label, dashed } of edges) {
    lines.push(`  ${ids.get(from)} ${dashed ? '-.->' : '-->'}${label ? `|${quoted(label)}|` : ''} ${ids.get(to)}`);
  }
  return `${lines.join('\n')}\n`;
}

function dot({ groups, shared, edges }: Graph): string {
  const lines = ['digraph pipelines {', '  rankdir=LR;', '  node [shape=box];'];
  const ids = numbered([...groups.flatMap(({ nodes }) => nodes), ...shared]);
  const quoted = (text: string): string => JSON.stringify(text);
  for (const [i, { name, nodes }] of groups.entries()) {
    const within = inPlaces(nodes, (each) => `${ids.get(each.id)} [label=${quoted(each.label)}];`, {
      open: (place, j) => `subgraph cluster_${i}_${j} { label=${quoted(place)};`,
      close: '}',
    });
    lines.push(`  subgraph cluster_${i} {`, `    label=${quoted(name)};`, ...within, '  }');
  }
  lines.push(...shared.map(({ id, label }) => `  ${ids.get(id)} [label=${quoted(label)}, shape=cylinder];`));
  for (const { from, to, label, dashed } of edges) {
    const attributes = [...(label ? [`label=${quoted(label)}`] : []), ...(dashed ? ['style=dashed'] : [])];
    lines.push(`  ${ids.get(from)} -> ${ids.get(to)}${attributes.length > 0 ? ` [${attributes.join(', ')}]` : ''};`);
  }
  return `${lines.join('\n')}\n}\n`;
}

/** The lines of a pipeline's nodes, those of one place in a box of their own. */
function inPlaces(
  nodes: readonly Node[],
  lineOf: (node: Node) => string,
  box: { open(place: string, index: number): string; readonly close: string },
): string[] {
  const places = [...new Set(nodes.map(({ place }) => place))];
  const lines: string[] = [];
  for (const [i, place] of places.entries()) {
    const within = nodes.filter((node) => node.place === place).map(lineOf);
    if (place === undefined) lines.push(...within.map((line) => `    ${line}`));
    else lines.push(`    ${box.open(place, i)}`, ...within.map((line) => `      ${line}`), `    ${box.close}`);
  }
  return lines;
}

/** Short identifiers that both languages accept. */
function numbered(nodes: readonly Node[]): Map<string, string> {
  return new Map(nodes.map(({ id }, i) => [id, `n${i}`]));
}
