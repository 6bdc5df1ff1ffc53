import type { z } from 'zod';
import { exactly, ifPresent } from '../arrow/expectations.js';
import { changeFields, hasColumn } from '../arrow/fields.js';
import {
  cellField,
  centerField,
  centerPositionsField,
  centersField,
  derivativesField,
  featureField,
  nCentersField,
  pbcField,
  pointsField,
  positionField,
} from '../arrow/schemas.js';
import { parseOptions } from '../config/parseOptions.js';
import { atPlace, PipelineError } from '../errors.js';
import { featureCount, PowerSpectrum, type Weighting } from '../soap/index.js';
import { batchOperator } from './frame/batchOperator.js';
import { detachedContext } from './frame/context.js';
import { speciesColumn } from './soap/declaredSpecies.js';
import type { BatchOperator, StreamDefinition } from './frame/definition.js';
import { pointColumns } from './soap/pointColumns.js';
import { soapExpansion } from './soap/soapExpansion.js';
import { kernelOptions, provenanceOf, type SoapStepOptions, soapStepOptions } from './soap/soapOptions.js';

const CELL_HINT = 'for periodic: true; the source xyz gives it with cell: true';

/** The options of `soap`, as docs/operators.md explains them. */
export type SoapOptions = Omit<z.input<typeof soapStepOptions>, 'weighting'> & { weighting?: Weighting | undefined };

export const soapStep: StreamDefinition<typeof soapStepOptions> = {
  name: 'soap',
  summary:
    'Describes each centre of a point cloud by its SOAP power spectrum, invariant to rotation, translation and reflection.',
  description: `One row a centre: every point of the cloud; or those that \`centers\` names once \`reservoirSample\` has chosen some; or the places of
\`centerPositions\`, points or not. The row holds \`center\`, \`position\`, \`nCenters\` and \`soap\`. With \`average\` there is one row for each cloud
that has a centre, without \`center\` and \`position\`. A centre that sees no point has zeros. Columns of other things are repeated; those of points (\`points\`, \`species\`, \`centers\`,
\`centerPositions\`) end here.

The components of \`soap\` go through the pairs of species s ≤ s′, then l, then n, then n′ (n′ ≥ n where s′ = s). For one species they are
F = nMax(nMax+1)/2 · (lMax+1); for S species F = (S · nMax(nMax+1)/2 + S(S−1)/2 · nMax²) · (lMax+1), or less with \`compression\`. Species
are in the order of atomic numbers where all that are declared are symbols of elements, of values where all are integers, else as declared.
They must cover every point. This is the order of DScribe; its numbers too, but in the polynomial basis where it errs: from l = 10 on, for
wide Gaussians, and with \`speciesWeighting\`.

With \`periodic\` every cloud repeats along the vectors of its column \`cell\`, or those of them that \`pbc\` tells, and centres see all images in
reach; one that repeats along none is a cluster. Both columns come from \`xyz\` with \`cell: true\`. Images are at most 2^20 of a cloud, or 27 of each
point: tiny cells are refused.

An element in the column \`species\` may also be written in other letters (\`MG\`, \`cl\`) or as its atomic number, if its symbol is declared and that
name is not.

With \`derivatives\` each row has one more column of that name: for every point of the cloud three vectors of F numbers. They say how the row changes
with the x, y and z of the point (per input unit), all its images with it. They are analytic, in float64.

The column \`soap\` carries its parameters as metadata, so that a model fitted on other parameters is refused later: all but those that
say how exactly or how fast to compute. Runs on the worker threads.

Memory: batchRows × F numbers, and with derivatives 3 × F more for each point, at most 64 MiB a batch unless a row takes more. On worker threads as much again waits for each of two batches a thread.`,
  example:
    '- soap: { rCut: 63, nMax: 7, lMax: 10, sigma: 3 }      # of molecules: { rCut: 5, nMax: 6, lMax: 4, sigma: 0.5, species: [H, C, O] }',
  options: soapStepOptions,
  independent: true,
  dear: true,
  keepsNothing: true,
  reads: ({ species, periodic }) => [
    exactly(pointsField),
    ...(species ? [speciesColumn] : []),
    ...(periodic ? [{ ...exactly(cellField), hint: CELL_HINT }, ifPresent(exactly(pbcField))] : []),
    ifPresent(exactly(centersField)),
    ifPresent(exactly(centerPositionsField)),
  ],
  outputSchema(input, options) {
    const { nMax, lMax, species, average, compression, precision, derivatives } = options;
    if (hasColumn(input, centersField.name) && hasColumn(input, centerPositionsField.name)) {
      throw new PipelineError('badSchema', 'columns centers and centerPositions: expected one of them, found both');
    }
    if (derivatives === 'attached' && hasColumn(input, centerPositionsField.name)) {
      throw new PipelineError(
        'badSchema',
        'column centerPositions: expected none with derivatives attached, whose centres are points',
      );
    }
    const size = featureCount({ nMax, lMax, nSpecies: species?.length ?? 1, compression });
    return changeFields(input, {
      drop: pointColumns(input),
      add: [
        ...(average === 'off' ? [centerField, positionField] : []),
        nCentersField,
        featureField('soap', precision, size, provenanceOf(options)),
        ...(derivatives === 'off' ? [] : [derivativesField(precision, size)]),
      ],
    });
  },
  create(options, { spares }) {
    // The basis depends on the options alone and takes as long as a hundred centres: subscriptions share it.
    let spectrum: PowerSpectrum | undefined;
    return batchOperator('soap', soapStep.reads(options), (input) => {
      const output = soapStep.outputSchema(input, options);
      spectrum ??= createSpectrum(options);
      return soapExpansion(output, options, spectrum, spares);
    });
  },
};

/** @throws PipelineError `badOption` where float64 cannot hold the radial functions */
function createSpectrum(options: SoapStepOptions): PowerSpectrum {
  try {
    return new PowerSpectrum(kernelOptions(options));
  } catch (error) {
    throw error instanceof RangeError ? atPlace({}, error, 'badOption') : error;
  }
}

/**
 * Describes each centre of a point cloud by its SOAP power spectrum, invariant to rotation, translation and reflection.
 *
 * Reads:  points list<fixed_size_list<float64, 3>>  input units; species list<utf8 or integer> if any are declared;
 *         with `periodic` cell fixed_size_list<float64, 9> (input units) and, if present, pbc fixed_size_list<uint8, 3>;
 *         if present, centers list<uint32> or centerPositions list<fixed_size_list<float64, 3>> (input units)
 * Gives:  center uint32 and position fixed_size_list<float64, 3>, unless averaged; nCenters uint32 and
 *         soap fixed_size_list<float32, F>          order: pairs of species, l, n, n'; F as `featureCount` of soapstream/soap
 * Memory: batchRows × F numbers.
 * @throws PipelineError `badOption` when called, or on the stream where float64 cannot hold the radial functions;
 *   `badSchema`, `badData` on the stream
 * @see Bartók, Kondor, Csányi 2013, doi:10.1103/PhysRevB.87.184115
 */
export function soap(options: SoapOptions): BatchOperator {
  return soapStep.create(parseOptions('soap', soapStepOptions, options), detachedContext());
}
