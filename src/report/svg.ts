import { joined, type Markup, markup, type Part } from './markup.js';

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Names the drawing for those who do not see it. */
  readonly title: string;
  /** What is to be seen there, in a sentence. */
  readonly description: string;
  readonly className: string;
  readonly content: readonly Part[];
}

/** An SVG element whose units are CSS pixels at its natural width. */
export function svg({ width, height, title, description, className, content }: Drawing): Markup {
  const [w, h] = [coordinate(width), coordinate(height)];
  return markup`<svg class="${className}" role="img" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}"><title>${title}</title><desc>${description}</desc>${joined(content)}</svg>`;
}

/** A number as attributes need it: two digits are a fiftieth of a pixel. */
export function coordinate(value: number): string {
  return String(Math.round(value * 100) / 100);
}
