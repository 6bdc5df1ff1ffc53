/** What readers do with points that have no finite position, and with what cannot be read. */
export interface LeaveOutOptions {
  readonly notFinite?: 'fail' | 'leaveOut' | undefined;
  readonly damaged?: 'fail' | 'leaveOut' | undefined;
}

/** A cloud that cannot be read. */
export interface DamagedCloud {
  /** Why, with the place. */
  readonly message: string;
  /** Index in the file, from 0. */
  readonly frame: number;
  /** At fault, from 1, and what is there; of a file of lines. */
  readonly line?: number;
  readonly text?: string;
}

/** Counts what is left out of clouds, on request, and tells it. */
export class LeftOut {
  readonly #take: ((cloud: DamagedCloud) => void) | undefined;
  #points = 0;
  #clouds = 0;
  #firstPoint = '';
  #firstCloud = '';

  /** @param take gets damaged clouds, which are not counted then */
  constructor(take?: (cloud: DamagedCloud) => void) {
    this.#take = take;
  }

  /** @param place of the point, for the message */
  point(place: () => string): void {
    if (this.#points++ === 0) this.#firstPoint = place();
  }

  cloud(cloud: DamagedCloud): void {
    if (this.#take) this.#take(cloud);
    else if (this.#clouds++ === 0) this.#firstCloud = cloud.message;
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
