import { planOf } from '#dist/pipelines/loadPlan.js';
import type { Plan } from '#dist/pipelines/plan.js';
import { renderDiagnostic } from '#dist/config/renderDiagnostics.js';
import type { Diagnostics } from '#dist/config/diagnostics.js';
import { runTest, type TestOutcome } from '#dist/testing/runTest.js';

export const PIPELINES = `variables: { seed: 1, rCut: 4 }
pipelines:
  train:
    source: { arrow: { path: none.arrow } }
    steps:
      - robustRescale: { fit: scaler }
  describe:
    source: { xyz: { path: none.xyz } }
    steps:
      - soap: { rCut: '\${rCut}', nMax: 1, lMax: 1, sigma: 0.5 }
      - robustRescale: { apply: scaler }
      - filter: { column: image, from: 1 }
`;

/** The plan of these pipelines with a test \`t\`, whose lines are given. */
export async function planWithTest(body: string, pipelines = PIPELINES): Promise<{ plan: Plan; text: string }> {
  const text = `${pipelines}tests:\n  t:\n${body.replaceAll(/^(?=.)/gm, '    ')}`;
  const { plan, diagnostics } = await planOf(text, 'p.yaml', { outDirectory: '/nowhere', environment: {} });
  if (!plan) throw new Error(told(diagnostics).join('\n'));
  return { plan, text };
}

export async function outcomeOf(body: string, pipelines?: string): Promise<TestOutcome> {
  const { plan } = await planWithTest(body, pipelines);
  return runTest(plan, plan.tests.get('t')!, new AbortController().signal);
}

/** Each problem in one line. */
export function told(problems: Diagnostics): string[] {
  const errors = problems.sorted().filter(({ severity }) => severity === 'error');
  return errors.map((problem) => renderDiagnostic(problem, { sources: new Map() }));
}
