import type { CloudBuilder } from '../clouds/cloudBuilder.js';
import type { LeaveOutOptions } from '../clouds/leftOut.js';
import { type PlyHeader, VERTEX } from './header.js';
import { SPECIES_SLOT, type VertexField } from './vertexFields.js';

/** The rows of a file as they arrive. */
export interface PlyBody {
  /** @throws PipelineError `badData` naming the line or byte, and the vertex */
  push(chunk: Uint8Array): void;
  /** @throws PipelineError `badData` if rows are missing */
  end(): void;
}

/** Puts points together out of the values of their properties, whatever form these come in. */
export class Vertices {
  readonly clouds: CloudBuilder;
  /** What each property of the element is read for. */
  readonly fields: readonly (VertexField | undefined)[];
  /** By slot, of the vertex under way. */
  readonly values = new Float64Array(4);

  readonly #leavesOut: boolean;
  readonly #leftOut: (vertex: number) => void;
  #hasPosition = true;

  /**
   * @param clouds gets the points
   * @param leftOut told of each vertex that `notFinite` says to leave out
   */
  constructor(
    clouds: CloudBuilder,
    { elements }: PlyHeader,
    fields: readonly (VertexField | undefined)[],
    { notFinite }: LeaveOutOptions,
    leftOut: (vertex: number) => void,
  ) {
    const { count } = elements.find(({ name }) => name === VERTEX)!;
    this.fields = fields;
    this.#leavesOut = notFinite === 'leaveOut';
    this.#leftOut = leftOut;
    this.clouds = clouds;
    clouds.begin(count);
  }

  /** Whether the vertex under way is left out for a value that is not finite. If so, it is. */
  leavesOut({ slot }: VertexField): boolean {
    if (!this.#leavesOut || slot >= SPECIES_SLOT) return false;
    this.#hasPosition = false;
    return true;
  }

  /** Takes the values of the vertex under way. */
  add(): void {
    const { clouds, values } = this;
    if (!this.#hasPosition) {
      this.#hasPosition = true;
      this.#leftOut(clouds.length);
      clouds.leaveOut();
      return;
    }
    clouds.species?.addInteger(values[SPECIES_SLOT]!);
    clouds.add(values);
  }
}
