import type { Schema } from 'apache-arrow';
import { centerPositionsField, centersField, pointsField, speciesField } from '../../arrow/schemas.js';
import { typeAsRead } from '../../arrow/expectations.js';
import { speciesColumn } from './declaredSpecies.js';

/** The columns that say something of points, and mean nothing any more where the points end. */
export function pointColumns(input: Schema): string[] {
  const ofPoints = input.fields.filter((field) => field.name === speciesField.name && typeAsRead(field, speciesColumn));
  return [pointsField, centersField, centerPositionsField, ...ofPoints].map(({ name }) => name);
}
