import { describe, expect, it } from 'vitest';
import { Latest } from '#dist/sweeps/latest.js';

describe('Latest', () => {
  it('runs one turn at a time, and one for all who ask meanwhile', async () => {
    let turns = 0;
    let running = 0;
    const latest = new Latest(async () => {
      expect(++running).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running--;
      return ++turns;
    });
    expect(await Promise.all([latest.ask(), latest.ask(), latest.ask()])).toEqual([1, 2, 2]);
    expect(await latest.ask()).toBe(3);
  });

  it('gives a failure to those who asked for that turn, and goes on', async () => {
    let turns = 0;
    const latest = new Latest(async () => {
      if (++turns === 1) throw new Error('full');
      return turns;
    });
    const [first, second] = [latest.ask(), latest.ask()];
    await expect(first).rejects.toThrow('full');
    expect(await second).toBe(2);
  });
});
