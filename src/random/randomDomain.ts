/**
 * What random numbers are used for. Each use draws from a domain of its own, so that one seed gives independent numbers to all.
 * The values are part of "same seed, same bytes": new uses are appended, none is ever renumbered. At most 2048.
 */
export const randomDomains = {
  /** Displacements of points, by (image, point, axis). */
  noise: 0,
  /** Which descriptors are kept, by (image, center). */
  sampling: 1,
  /** Values of the trials of a sweep, by (trial, parameter). */
  sweep: 2,
  /** How images are turned and mirrored, by image. */
  turning: 3,
  /** Where the search for eigenvectors begins. */
  eigenvectors: 4,
} as const;

export type RandomDomain = keyof typeof randomDomains;
