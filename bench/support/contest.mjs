import { median } from './numbers.mjs';

/**
 * Runs all contestants one after the other, round after round, so that ratios are of neighbours in time. The first round warms up and does
 * not count.
 *
 * @param {readonly { name: string, run: () => number | Promise<number> }[]} contestants who tell their seconds
 * @param {number} rounds
 * @returns {Promise<Map<string, number[]>>} seconds of each round
 */
export async function inTurns(contestants, rounds) {
  /** @type {Map<string, number[]>} */
  const seconds = new Map(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, run } of contestants) {
      const time = await run();
      if (round > 0) seconds.get(name).push(time);
    }
  }
  return seconds;
}

/**
 * How many times as fast as a peer, the median over the rounds.
 *
 * @param {Map<string, number[]>} seconds
 * @param {string} contestant
 * @param {string} peer
 * @returns {string}
 */
export function speedUp(seconds, contestant, peer) {
  const times = seconds.get(contestant);
  return median(seconds.get(peer).map((theirs, round) => theirs / times[round])).toFixed(2);
}
