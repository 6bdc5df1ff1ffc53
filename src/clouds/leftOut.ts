/** What readers do with points that have no finite position, and with what cannot be read. */
export interface LeaveOutOptions {
  readonly notFinite?: 'fail' | 'leaveOut' | undefined;
  readonly damaged?: 'fail' | 'leaveOut' | undefined;
}

/** Counts what is left out of clouds, on request, and tells it. */
export class LeftOut {
  #points = 0;
  #clouds = 0;
  #firstPoint = '';
  #firstCloud = '';

  /** @param place of the point, for the message */
  point(place: () => string): void {
    if (this.#points++ === 0) this.#firstPoint = place();
  }

  /** @param reason why it cannot be read, with the place */
  cloud(reason: string): void {
    if (this.#clouds++ === 0) this.#firstCloud = reason;
  }

  /** @param cloud how messages call a cloud: `frame` */
  notices(cloud: string): string[] {
    return [
      ...(this.#points > 0
        ? [`left out ${counted(this.#points, 'point')} without finite coordinates, the first at ${this.#firstPoint}`]
        : []),
      ...(this.#clouds > 0
        ? [`left out ${counted(this.#clouds, `damaged ${cloud}`)}, the first at ${this.#firstCloud}`]
        : []),
    ];
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
