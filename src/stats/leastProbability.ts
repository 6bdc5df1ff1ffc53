/** Whose logarithm is taken where a probability is smaller; as in Keras: a float32 probability may underflow to 0. */
export const leastProbability = 1e-7;
