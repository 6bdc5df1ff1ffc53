/** The loss of a batch and its derivative with respect to the logits. */
export interface LossGradient {
  readonly loss: number;
  readonly gradient: Float32Array; // rows × classCount
}

/**
 * Categorical cross-entropy of the softmax of `logits`, averaged over the rows, L = -mean log p[label], and
 * ∂L/∂logit = (p - [class = label]) / rows.
 *
 * @param logits rows × classCount
 * @param labels the class of each row
 */
export function softmaxCrossEntropy(logits: Float32Array, labels: Uint8Array): LossGradient {
  const rows = labels.length;
  const classCount = logits.length / rows;
  const gradient = new Float32Array(logits.length);
  let loss = 0;
  for (let row = 0; row < rows; row++) {
    const begin = row * classCount;
    const end = begin + classCount;
    let largest = -Infinity;
    for (let i = begin; i < end; i++) largest = Math.max(largest, logits[i]!);
    let sum = 0;
    for (let i = begin; i < end; i++) sum += Math.exp(logits[i]! - largest);
    for (let i = begin; i < end; i++) gradient[i] = Math.exp(logits[i]! - largest) / (sum * rows);
    const target = begin + labels[row]!;
    gradient[target]! -= 1 / rows;
    loss += Math.log(sum) + largest - logits[target]!;
  }
  return { loss: loss / rows, gradient };
}
