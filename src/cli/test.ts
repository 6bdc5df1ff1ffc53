import { renderDiagnostics } from '../config/renderDiagnostics.js';
import { didYouMean } from '../config/suggest.js';
import { PipelineError } from '../errors.js';
import { writeTextAtomically } from '../io/atomicText.js';
import { type LoadedPlan, planOf } from '../pipelines/loadPlan.js';
import type { Plan, TestPlan } from '../pipelines/plan.js';
import { compareAgain, runTest, type TestOutcome } from '../testing/runTest.js';
import { updateTests } from '../testing/updateTests.js';
import { exitCodes } from './exitCodes.js';
import { formatDuration } from '../format.js';
import { interruptible } from './interrupts.js';
import { loadArguments, type PlanArguments, reportDiagnostics } from './planArguments.js';
import { print, wantsColor } from './print.js';

export interface TestArguments extends PlanArguments {
  readonly names: readonly string[];
  readonly update: boolean;
  readonly json: boolean;
}

/** Differences of a test that are shown; the others are counted. */
const SHOWN_PROBLEMS = 3;

/** `soapstream test`. @returns the exit code */
export async function test(args: TestArguments): Promise<number> {
  const loaded = await loadArguments(args);
  const { plan } = loaded;
  if (!plan) {
    reportDiagnostics(loaded);
    return exitCodes.configuration;
  }
  const tests = chosen(plan, args.names);
  return interruptible(async (signal) => {
    const outcomes: TestOutcome[] = [];
    for (const each of tests) outcomes.push(await runTest(plan, each, signal));
    const { outcomes: settled, text } = args.update
      ? await updated(plan, loaded, outcomes)
      : { outcomes, text: loaded.text };
    if (args.json) print(JSON.stringify(report(settled, outcomes), null, 2));
    else show(settled, outcomes, { ...loaded, text });
    return settled.every(isPassed) ? exitCodes.success : exitCodes.failedTest;
  });
}

/** @throws PipelineError `badOption` for a name that is not in the file */
function chosen({ tests, file }: Plan, names: readonly string[]): TestPlan[] {
  if (tests.size === 0) throw new PipelineError('badOption', `there are no tests in ${file}`);
  const known = [...tests.keys()];
  const unknown = names.find((name) => !tests.has(name));
  if (unknown !== undefined) {
    throw new PipelineError(
      'badOption',
      `there is no test ${unknown} in ${file}, only ${known.join(', ')}${didYouMean(unknown, known)}`,
    );
  }
  return [...tests.values()].filter(({ name }) => names.length === 0 || names.includes(name));
}

/** Writes what came out into the file. @returns what is wrong nevertheless */
async function updated(
  plan: Plan,
  { text }: LoadedPlan,
  outcomes: readonly TestOutcome[],
): Promise<{ outcomes: TestOutcome[]; text: string }> {
  const { path, outDirectory, settings, profile, environment } = plan.origin;
  const updates = outcomes.flatMap((outcome) => {
    const { name, found } = outcome;
    return found && !isPassed(outcome) ? [{ test: plan.tests.get(name)!, found }] : [];
  });
  const next = updateTests(text, updates);
  const options = { outDirectory, settings, environment, ...(profile !== undefined && { profile }) };
  const { plan: renewed } = next === text ? { plan } : await planOf(next, path, options);
  if (!renewed)
    throw new PipelineError('internal', `${plan.file}: --update would have spoilt the file; it is unchanged`);
  if (next !== text) await writeTextAtomically(path, next);
  const settled = outcomes.map(async (outcome) => {
    const { found, name } = outcome;
    if (!found) return outcome;
    return { ...outcome, problems: await compareAgain(renewed, renewed.tests.get(name)!, found) };
  });
  return { outcomes: await Promise.all(settled), text: next };
}

function isPassed({ problems }: TestOutcome): boolean {
  return !problems.hasErrors;
}

function report(outcomes: readonly TestOutcome[], before: readonly TestOutcome[]): object {
  const tests = outcomes.map((outcome, i) => {
    const { name, pipeline, seconds, problems, found } = outcome;
    const passed = isPassed(outcome);
    const isUpdated = passed && !isPassed(before[i]!);
    return { name, pipeline, passed, updated: isUpdated, seconds, rows: found?.rows.length ?? null, problems };
  });
  return { passed: tests.every(({ passed }) => passed), tests };
}

function show(outcomes: readonly TestOutcome[], before: readonly TestOutcome[], { file, text }: LoadedPlan): void {
  const options = { sources: new Map([[file, text]]), color: wantsColor(process.stdout) };
  for (const [i, outcome] of outcomes.entries()) {
    const { name, seconds, problems } = outcome;
    if (isPassed(outcome)) {
      print(isPassed(before[i]!) ? `✓ ${name} · ${formatDuration(seconds)}` : `✓ ${name} · updated`);
      continue;
    }
    const all = problems.sorted();
    const others = all.length - SHOWN_PROBLEMS + problems.omitted;
    print(`✗ ${name} · ${formatDuration(seconds)}\n`);
    process.stdout.write(`${renderDiagnostics(all.slice(0, SHOWN_PROBLEMS), options)}\n\n`);
    if (others > 0) print(`and ${others} more ${others === 1 ? 'difference' : 'differences'}\n`);
  }
  const failed = outcomes.filter((outcome) => !isPassed(outcome)).length;
  print(
    `${outcomes.length} ${outcomes.length === 1 ? 'test' : 'tests'}, ${failed === 0 ? 'all passed' : `${failed} failed`}`,
  );
}
