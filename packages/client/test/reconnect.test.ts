/** When the next attempt comes, as a function of values. */
import { reasonCodes } from '@mqtt/codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConnectionEnd,
  nextAttempt,
  permanentReasonCodes,
  type ReconnectSettings,
} from '../src/reconnect.ts';

const settings: ReconnectSettings = {
  minimumDelay: 1000,
  maximumDelay: 60_000,
  maximumAttempts: Infinity,
  resetAfter: 30_000,
  initial: false,
  stopOn: permanentReasonCodes,
};
const lost: ConnectionEnd = { reasonCode: undefined, connectedFor: 0 };

describe('nextAttempt', () => {
  it('doubles the bound with every failure in a row, up to the maximum', () => {
    const delays: (number | undefined)[] = [];
    let backoff = 0;
    for (let failure = 0; failure < 9; failure += 1) {
      const decision = nextAttempt(backoff, lost, settings, 0.9999);
      delays.push(decision.delay);
      backoff = decision.backoff;
    }
    expect(delays).toEqual([999, 1999, 3999, 7999, 15_998, 31_996, 59_994, 59_994, 59_994]);
  });

  it('spreads the delay over the whole bound', () => {
    expect(nextAttempt(3, lost, settings, 0).delay).toBe(0);
    expect(nextAttempt(3, lost, settings, 0.25).delay).toBe(2000);
    expect(nextAttempt(3, lost, settings, 0.5).delay).toBe(4000);
  });

  it('begins anew after a connection that lived long enough, and not after a short one', () => {
    expect(nextAttempt(6, { ...lost, connectedFor: 30_000 }, settings, 0.5)).toEqual({
      backoff: 1,
      delay: 500,
    });
    expect(nextAttempt(6, { ...lost, connectedFor: 29_999 }, settings, 0.5)).toEqual({
      backoff: 7,
      delay: 30_000,
    });
  });

  it('gives up after the maximum of attempts', () => {
    const limited = { ...settings, maximumAttempts: 2 };
    const first = nextAttempt(0, lost, limited, 0.5);
    const second = nextAttempt(first.backoff, lost, limited, 0.5);
    const third = nextAttempt(second.backoff, lost, limited, 0.5);
    expect([first.delay, second.delay, third.delay]).toEqual([500, 1000, undefined]);
  });

  it.each([0x81, 0x82, 0x84, 0x85, 0x86, 0x87, 0x8a, 0x8c, 0x8e, 0x95, 0x9c, 0x9d])(
    '[K10] stops on the permanent reason code %i',
    (reasonCode) => {
      expect(nextAttempt(0, { reasonCode, connectedFor: 0 }, settings, 0.5).delay).toBeUndefined();
    },
  );

  it.each([3, 0x80, 0x83, 0x88, 0x89, 0x8b, 0x8d, 0x93, 0x96, 0x97, 0x98, 0x9f, 0xa0])(
    'tries again after the passing reason code %i',
    (reasonCode) => {
      expect(nextAttempt(0, { reasonCode, connectedFor: 0 }, settings, 0.5).delay).toBe(500);
    },
  );

  it('stops on the codes of the option instead, if there is one', () => {
    const own = { ...settings, stopOn: [0x97] };
    expect(nextAttempt(0, { reasonCode: 0x97, connectedFor: 0 }, own, 0.5).delay).toBeUndefined();
    expect(nextAttempt(0, { reasonCode: 0x87, connectedFor: 0 }, own, 0.5).delay).toBe(500);
  });

  it('lists only codes that CONNACK or DISCONNECT can carry', () => {
    const legal: readonly number[] = [
      ...reasonCodes.CONNACK,
      ...reasonCodes.DISCONNECT_SERVER,
      ...reasonCodes.CONNACK3,
    ];
    expect(permanentReasonCodes.filter((code) => !legal.includes(code))).toEqual([]);
  });

  it('gives a delay within the bounds for whatever comes', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 5000 }),
        fc.option(fc.nat({ max: 255 }), { nil: undefined }),
        fc.nat({ max: 100_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (backoff, reasonCode, connectedFor, random) => {
          const { delay } = nextAttempt(backoff, { reasonCode, connectedFor }, settings, random);
          return (
            delay === undefined || (Number.isInteger(delay) && delay >= 0 && delay < settings.maximumDelay)
          );
        },
      ),
    );
  });
});
