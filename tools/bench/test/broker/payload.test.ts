/** A payload tells which message it is, when it left, and whether it is whole. */
import { describe, expect, it } from 'vitest';
import {
  isWhole,
  numberAt,
  payloadOf,
  publisherAt,
  setNumber,
  setTime,
  timeAt,
} from '../../src/broker/payload.ts';

describe('payload', () => {
  it('holds number, publisher and time', () => {
    const payload = payloadOf(999, 64);
    setNumber(payload, 0, 4_000_000_000);
    setTime(payload, 0, 123_456.789);
    expect([numberAt(payload, 0), publisherAt(payload, 0), timeAt(payload, 0)]).toEqual([
      4_000_000_000, 999, 123_456.789,
    ]);
  });

  it('shows every changed byte behind its head', () => {
    const payload = payloadOf(3, 64);
    expect(isWhole(payload, 0, 64, 3)).toBe(true);
    expect(isWhole(payload, 0, 64, 4)).toBe(false);
    for (let at = 16; at < 64; at++) {
      const changed = payload.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      expect(isWhole(changed, 0, 64, 3)).toBe(false);
    }
  });
});
