import { CloudBuilder } from '../clouds/cloudBuilder.js';
import { type PlyHeader, VERTEX } from './header.js';
import type { VertexField } from './vertexFields.js';

/** Puts points together out of the values of their properties, whatever form these come in. */
export class Vertices {
  readonly builder: CloudBuilder;
  /** What each property of the element is read for. */
  readonly fields: readonly (VertexField | undefined)[];
  /** By slot, of the vertex under way. */
  readonly values = new Float64Array(4);

  constructor({ elements }: PlyHeader, fields: readonly (VertexField | undefined)[]) {
    const { count } = elements.find(({ name }) => name === VERTEX)!;
    this.fields = fields;
    this.builder = new CloudBuilder(
      count,
      fields.some((field) => field?.slot === 3),
    );
  }

  /** Takes the values of the vertex under way. */
  add(): void {
    const { builder, values } = this;
    builder.species?.addInteger(values[3]!);
    builder.add(values[0]!, values[1]!, values[2]!);
  }
}
