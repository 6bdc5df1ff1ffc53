import { z } from 'zod';
import { parametersOf } from '../../soap/weighting.js';

/** The keys in the order in which they are told: all but `threshold`, which is told as the rCut that it gives. */
export const WEIGHTING_KEYS = ['function', 'r0', 'c', 'd', 'm', 'w0'];

/** How much a point counts, as `Weighting` of soapstream/soap has it: every function with its parameters and no others. */
export const weightingOptions = z
  .strictObject({
    function: z
      .enum(['poly', 'pow', 'exp'])
      .optional()
      .describe(
        'poly: c (1 + 2(r/r0)³ − 3(r/r0)²)^m up to r0, 0 beyond; pow: c / (d + (r/r0)^m); exp: c / (d + exp(−r/r0)), which grows with r; without a function: 1.',
      ),
    r0: z.number().positive().optional().describe('Scale of the distance, with any function (input units).'),
    c: z.number().min(0).optional().describe('Factor, with any function.'),
    d: z.number().min(0).optional().describe('Term of the denominator, with pow and exp.'),
    m: z.number().min(0).optional().describe('Exponent, with poly and pow.'),
    w0: z
      .number()
      .min(0)
      .optional()
      .describe('Weight of a point at the centre, instead of that at r = 0; with `periodic` of any image of it.'),
    threshold: z
      .number()
      .positive()
      .optional()
      .describe('t in the rCut that is inferred where that is left out, with pow and exp. 0.01 unless given.'),
  })
  .superRefine((weighting, context) => {
    const { function: name, w0 } = weighting;
    const parameters: readonly string[] = name === undefined ? [] : parametersOf(name);
    const extras: readonly string[] = name === undefined ? [] : name === 'poly' ? ['w0'] : ['w0', 'threshold'];
    if (name === undefined && w0 === undefined) {
      context.addIssue({ code: 'custom', message: 'expected a function, a w0 or both' });
    }
    for (const parameter of ['r0', 'c', 'd', 'm', 'threshold'] as const) {
      const value = weighting[parameter];
      const isNeeded = parameters.includes(parameter);
      if (isNeeded === (value !== undefined) || extras.includes(parameter)) continue;
      const path = [parameter];
      if (isNeeded) {
        context.addIssue({ code: 'invalid_type', expected: 'number', input: value, path });
        continue;
      }
      const message =
        name === undefined
          ? `has no meaning without function, got ${value}`
          : `has no meaning with function ${name}, which takes ${[...parameters, ...extras.slice(0, -1)].join(', ')} and ${extras.at(-1)}, got ${value}`;
      context.addIssue({ code: 'custom', message, path });
    }
  });
