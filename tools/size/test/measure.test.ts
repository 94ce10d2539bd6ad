/**
 * The scale weighs: more code is more bytes, dead code is none, an import that is not there is an error.
 */
import { describe, expect, it } from 'vitest';
import { BUDGETS } from '../src/budgets.ts';
import { measure } from '../src/measure.ts';

describe('measure', () => {
  it('counts what is kept and not what is dropped', async () => {
    const small = await measure('export const a = 1;', '.');
    const dead = await measure('export const a = 1; const unused = "never seen anywhere at all";', '.');
    const large = await measure('export const a = "a longer text that stays in the bundle";', '.');
    expect(small).toBeGreaterThan(20);
    expect(dead).toBe(small);
    expect(large).toBeGreaterThan(small + 20);
  });

  it('refuses an import that is not there', async () => {
    await expect(measure("export { a } from './nowhere.ts';", '.')).rejects.toThrow('nowhere');
  });
});

describe('budgets', () => {
  it('have names of their own and the issue’s limit for the whole codec', () => {
    expect(new Set(BUDGETS.map((budget) => budget.name)).size).toBe(BUDGETS.length);
    expect(BUDGETS[0]?.most).toBe(7168);
  });
});
