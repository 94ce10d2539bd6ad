/** Acknowledgements leave in the order the packets came, whatever becomes ready first. */
import { AckOrder } from '@mqtt/session';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

function drain(order: AckOrder<string>): string[] {
  const acks: string[] = [];
  for (let ack = order.next(); ack !== undefined; ack = order.next()) acks.push(ack);
  return acks;
}

describe('acknowledgements', () => {
  it('[MQTT-4.6.0-2] [MQTT-4.6.0-3] wait for those before them', () => {
    const order = new AckOrder<string>();
    const [a, b, c] = [order.reserve(), order.reserve(), order.reserve()];
    order.ready(c, 'c');
    order.ready(b, 'b');
    expect([drain(order), order.size]).toEqual([[], 3]);
    order.ready(a, 'a');
    expect([drain(order), order.size]).toEqual([['a', 'b', 'c'], 0]);
  });

  it('are none before a place is reserved', () => {
    expect([new AckOrder<string>().next(), new AckOrder<string>().size]).toEqual([undefined, 0]);
  });

  it('of a place that is gone, or was never reserved, are ignored', () => {
    const order = new AckOrder<string>();
    const place = order.reserve();
    order.ready(place, 'a');
    drain(order);
    order.ready(place, 'late');
    order.ready(place + 1, 'early');
    order.reserve();
    expect(drain(order)).toEqual([]);
  });

  it('leave in order, however many wait', () => {
    const order = new AckOrder<string>();
    const places = Array.from({ length: 3000 }, () => order.reserve());
    for (const place of places.toReversed()) order.ready(place, String(place));
    expect(drain(order)).toEqual(places.map(String));
    order.ready(order.reserve(), 'next');
    expect(drain(order)).toEqual(['next']);
  });

  it('[MQTT-4.6.0-2] leave in order whatever becomes ready when', () => {
    const step = fc.record({ act: fc.constantFrom('reserve', 'ready', 'next'), pick: fc.nat(100) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const order = new AckOrder<string>();
        const open: number[] = [];
        const left: string[] = [];
        let reserved = 0;
        for (const { act, pick } of steps) {
          if (act === 'reserve') open.push(order.reserve(), order.reserve());
          if (act === 'reserve') reserved += 2;
          const place = open[pick % Math.max(1, open.length)];
          if (act === 'ready' && place !== undefined) {
            order.ready(place, String(place));
            open.splice(open.indexOf(place), 1);
          }
          if (act === 'next') left.push(...drain(order));
          expect(order.size).toBe(reserved - left.length);
        }
        for (const place of open) order.ready(place, String(place));
        left.push(...drain(order));
        expect(left).toEqual(Array.from({ length: reserved }, (_, place) => String(place)));
      }),
    );
  });
});
