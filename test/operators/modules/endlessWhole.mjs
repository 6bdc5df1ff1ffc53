import endless from './endless.mjs';

/** The same for the stream as a whole. */
export default { ...endless, independent: false };
