/** The model finds every one of these faults, so where it finds nothing there is none of them. */
import { Pair, Violation } from '@mqtt/session/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { happenings, play } from './commands.ts';
import { mutants } from './mutants.ts';

describe('the model finds that', () => {
  it.each(mutants)('$fault', ({ parts, rules }) => {
    const property = fc.property(happenings(), fc.integer(), (commands, seed) => {
      play(new Pair({ ...parts, seed }), commands);
    });
    const run = fc.check(property, { numRuns: 1000, seed: 5, endOnFailure: true });
    expect(run.errorInstance).toBeInstanceOf(Violation);
    expect(rules).toContain(run.errorInstance instanceof Violation && run.errorInstance.rule);
  });
});
