/**
 * The count at the end of `npm test`: what a report adds to it.
 */
import { describe, expect, it } from 'vitest';
import { countReport } from '../src/summary.mjs';

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
