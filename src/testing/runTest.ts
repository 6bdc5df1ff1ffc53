import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Schema } from 'apache-arrow';
import { CellError } from '../arrow/rowsBatch.js';
import { Diagnostics } from '../config/diagnostics.js';
import { atPlace, messageOf, PipelineError } from '../errors.js';
import { ioContext } from '../io/paths.js';
import { planWith } from '../pipelines/loadPlan.js';
import type { PipelinePlan, Plan, SourcePlan, StepPlan, TestPlan, TestRows } from '../pipelines/plan.js';
import { compare, nameOf } from './compare.js';
import { type RowsRun, runRows, sourceOfRows } from './runRows.js';

/** How a test has ended. */
export interface TestOutcome {
  readonly name: string;
  readonly pipeline: string;
  readonly seconds: number;
  /** Where the file and what came out differ, or why nothing did. */
  readonly problems: Diagnostics;
  /** What came out; undefined if the test could not be run. */
  readonly found: RowsRun | undefined;
}

/** What a test runs: steps and rows with their types. */
interface PreparedTest {
  readonly test: TestPlan;
  readonly steps: readonly StepPlan[];
  readonly input: SourcePlan;
  readonly fits: readonly { readonly pipeline: PipelinePlan; readonly input: SourcePlan }[];
}

/** Everything of the tests that is wrong without running them, as diagnostics at its place. */
export async function checkTests(plan: Plan, diagnostics: Diagnostics): Promise<void> {
  for (const test of plan.tests.values()) await prepare(plan, test, diagnostics);
}

/**
 * Runs a test of a plan, in a temporary folder of its own.
 * @throws the reason of `signal`; nothing else: what goes wrong is the outcome
 */
export async function runTest(plan: Plan, test: TestPlan, signal: AbortSignal): Promise<TestOutcome> {
  const { name, pipeline, path } = test;
  const problems = new Diagnostics();
  const started = performance.now();
  let found: RowsRun | undefined;
  try {
    const prepared = await prepare(plan, test, problems);
    if (prepared) {
      found = await run(prepared, plan, signal);
      compare(prepared.test, found, problems);
    }
  } catch (error) {
    signal.throwIfAborted();
    problems.error(test.locate(path, 'key'), `${name}: ${atPlace({}, error).message}${adviceFor(error, plan)}`);
  }
  return { name, pipeline, seconds: (performance.now() - started) / 1000, problems, found };
}

/** A missing artifact can be fitted in the test itself. */
function adviceFor(error: unknown, { pipelines }: Plan): string {
  if (!(error instanceof PipelineError) || error.code !== 'missingInput') return '';
  const step = pipelines.get(error.place.pipeline ?? '')?.steps.find(({ id }) => id === error.place.step);
  if (step?.kind !== 'apply') return '';
  const fits = ({ steps }: PipelinePlan): boolean =>
    steps.some((each) => each.kind === 'fit' && each.artifact === step.artifact);
  const maker = [...pipelines.values()].find(fits);
  return maker ? `: fit it here, by the key fit with rows for ${maker.name}` : '';
}

/** Holds what came out to the expectations of a file that has changed since. */
export async function compareAgain(plan: Plan, given: TestPlan, found: RowsRun): Promise<Diagnostics> {
  const problems = new Diagnostics();
  const { test } = await planned(plan, given, problems);
  if (test) compare(test, found, problems);
  return problems;
}

/** Plans the file with the values of the test, and gives its rows their types. */
async function prepare(base: Plan, given: TestPlan, diagnostics: Diagnostics): Promise<PreparedTest | undefined> {
  const { plan, test } = await planned(base, given, diagnostics);
  if (!plan || !test) return undefined;
  const pipeline = plan.pipelines.get(test.pipeline)!;
  const { from, to } = test;
  const indexOf = (id: string): number => pipeline.steps.findIndex((step) => step.id === id);
  const [first, last] = [from === undefined ? 0 : indexOf(from), to === undefined ? undefined : indexOf(to)];
  const arriving = first === 0 ? pipeline.source.output : pipeline.steps[first - 1]!.output;
  const typed = (rows: TestRows, schema: Schema | undefined): SourcePlan | undefined => {
    try {
      return sourceOfRows(rows, schema);
    } catch (error) {
      if (!(error instanceof CellError) || !('rows' in rows)) throw error;
      const [row, ...column] = error.path;
      const message = `${test.name}: row ${row}, ${nameOf(column)}: ${messageOf(error)}`;
      diagnostics.error(test.locate([...rows.path, ...error.path], 'value'), message);
      return undefined;
    }
  };
  const fitted = Array.from(test.fit, ([name, rows]) => ({ pipeline: plan.pipelines.get(name)!, rows }));
  // Rows of one kind: where only some of their schemas are known without data, these serve the others.
  const known = [arriving, ...fitted.map((fit) => fit.pipeline.source.output)].find((schema) => schema !== undefined);
  const input = typed(test.input, arriving ?? known);
  const fits = fitted.flatMap(({ pipeline: fit, rows }) => {
    const source = typed(rows, fit.source.output ?? known);
    return source ? [{ pipeline: fit, input: source }] : [];
  });
  if (!input || fits.length < fitted.length) return undefined;
  return { test, steps: pipeline.steps.slice(first, last === undefined ? undefined : last + 1), input, fits };
}

async function planned(
  base: Plan,
  test: TestPlan,
  diagnostics: Diagnostics,
): Promise<{ plan?: Plan; test?: TestPlan | undefined }> {
  if (test.set.length === 0) return { plan: base, test };
  const needed = new Set([test.pipeline, ...test.fit.keys()]);
  for (const name of needed) for (const other of base.pipelines.get(name)!.dependsOn) needed.add(other);
  const { plan, diagnostics: found } = await planWith(base.origin, test.set, [...needed]);
  for (const { severity, message, suggestion, ...place } of found) {
    if (severity === 'error') diagnostics.error(place, `${message} (in the test ${test.name})`, suggestion);
  }
  return plan ? { plan, test: plan.tests.get(test.name) } : {};
}

async function run({ test, steps, input, fits }: PreparedTest, plan: Plan, signal: AbortSignal): Promise<RowsRun> {
  const directory = await mkdtemp(join(tmpdir(), 'soapstream-test-'));
  try {
    const environment = { io: ioContext(plan.baseDirectory), signal, directory };
    const fitted = new Set<string>();
    const placed = (all: readonly StepPlan[]): StepPlan[] => {
      for (const step of all) if (step.kind === 'fit') fitted.add(step.artifact);
      return all.map((step) =>
        step.kind === 'apply' && fitted.has(step.artifact)
          ? { ...step, directory: join(directory, 'artifacts', step.artifact) }
          : step,
      );
    };
    for (const { pipeline, input: rows } of fits) {
      await runRows(pipeline.name, placed(pipeline.steps), rows, environment);
    }
    return await runRows(test.pipeline, placed(steps), input, environment);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
