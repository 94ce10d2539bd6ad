/**
 * The end of `npm test`: what a report adds to the count, and what is told of its failures.
 */
import { describe, expect, it } from 'vitest';
import { countReport, failuresOf } from '../src/summary.mjs';

const NONE = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };

describe('countReport', () => {
  it('counts passed, failed and skipped tests', () => {
    const file = { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] };
    const report = { ...NONE, numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, testResults: [file] };
    expect(countReport(report)).toEqual({ passed: 5, failed: 1, skipped: 2 });
  });

  it('counts a file that does not load as one failure', () => {
    const report = { ...NONE, testResults: [{ status: 'failed', assertionResults: [] }] };
    expect(countReport(report)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe('failuresOf', () => {
  const failed = {
    status: 'failed',
    fullName: 'QoS 1 is kept',
    failureMessages: ['Error: lost\n    at here'],
  };

  it('tells each failed test with the first line of why', () => {
    const file = { status: 'failed', name: 'x.test.ts', assertionResults: [{ status: 'passed' }, failed] };
    const [line, ...others] = failuresOf({ ...NONE, testResults: [file] });
    expect(line).toMatch(/x\.test\.ts: QoS 1 is kept: Error: lost$/);
    expect(others).toEqual([]);
  });

  it('tells a file that does not load', () => {
    const file = {
      status: 'failed',
      name: 'x.test.ts',
      message: 'no such module\nmore',
      assertionResults: [],
    };
    expect(failuresOf({ ...NONE, testResults: [file] })).toEqual([
      expect.stringMatching(/x\.test\.ts: no such module$/),
    ]);
  });

  it('does not tell thousands one by one', () => {
    const file = { status: 'failed', name: 'x.test.ts', assertionResults: Array(5000).fill(failed) };
    const lines = failuresOf({ ...NONE, testResults: [file] });
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe('and 4980 more');
  });
});
