/** When a PINGREQ is due and when a connection is dead. Times in ms, keep alive in seconds. */
import { closeDeadline, pingreqDeadline } from '@mqtt/session';
import { describe, expect, it } from 'vitest';

describe('PINGREQ', () => {
  it.each([
    [
      'when nothing was sent for keepAlive',
      { sent: 5000, received: 9000, pingreq: 0, keepAlive: 10 },
      15_000,
    ],
    [
      'when nothing came for keepAlive, though we send',
      { sent: 9000, received: 5000, pingreq: 0, keepAlive: 10 },
      15_000,
    ],
    [
      'not again before keepAlive has passed',
      { sent: 9000, received: 1000, pingreq: 9000, keepAlive: 10 },
      19_000,
    ],
    [
      'after the longest keepAlive, 18 hours',
      { sent: 0, received: 0, pingreq: 0, keepAlive: 65_535 },
      65_535_000,
    ],
    [
      'never with keepAlive 0',
      { sent: 5000, received: 5000, pingreq: 0, keepAlive: 0 },
      Number.POSITIVE_INFINITY,
    ],
  ])('[MQTT-3.1.2-20] is due %s', (_when, { sent, received, pingreq, keepAlive }, due) => {
    expect(pingreqDeadline(sent, received, pingreq, keepAlive)).toBe(due);
  });

  it('is answered in half of keepAlive, or the connection is dead', () => {
    const lastReceived = 1000;
    const pingreq = pingreqDeadline(7000, lastReceived, 0, 10);
    expect(closeDeadline(lastReceived, 10) - pingreq).toBe(5000);
  });
});

describe('the end of a quiet connection', () => {
  it('[MQTT-3.1.2-22] is 1.5 times keepAlive after the last packet', () => {
    expect([closeDeadline(1000, 10), closeDeadline(0, 1)]).toEqual([16_000, 1500]);
  });

  it('[F14] is below 2^31 ms for the longest keepAlive, and never for 0', () => {
    expect([closeDeadline(0, 65_535), closeDeadline(0, 0)]).toEqual([98_302_500, Number.POSITIVE_INFINITY]);
    expect(closeDeadline(0, 65_535)).toBeLessThan(2 ** 31);
  });
});
