/**
 * What a pipeline file may ask for. Honest files stay far below; the limits keep a few bytes, by aliases or variables that stand for each
 * other, from taking gigabytes or minutes.
 */

/** Bytes of a file. */
export const MAX_FILE_BYTES = 4 * 2 ** 20;
/** Values that the aliases of a file stand for. */
export const MAX_ALIASED_VALUES = 100_000;
/** Characters of all texts that variables are put into. */
export const MAX_REPLACED_CHARACTERS = 10_000_000;
/** Variables that stand for each other in a chain, and fallbacks within each other. */
export const MAX_REFERENCE_DEPTH = 100;
/** Mistakes that are told; further ones are counted. */
export const MAX_DIAGNOSTICS = 200;
/** Characters of a message; the rest is left out. */
export const MAX_MESSAGE_CHARACTERS = 2000;
