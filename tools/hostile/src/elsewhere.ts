/**
 * Cases of the list that no bytes on a socket of mqttd can show: what they are, what we do, and why they are tested
 * where they are, or not yet. Which tests name them is found by reading the tests. Knows no broker.
 */

/** A case without a row of bytes. */
export interface Elsewhere {
  readonly title: string;
  readonly answer: string;
}

/** By id. */
export const elsewhere: Readonly<Record<string, Elsewhere>> = {
  A31: { title: 'illegal packets to be encoded', answer: 'a typed error, nothing is written: the encoder’s' },
  C28: {
    title: 'a banned identity',
    answer: '`broker.disconnect` with any reason; no list of bans in mqttd yet',
  },
  E04: {
    title: 'a retained message of a publisher whose right was taken',
    answer: '`authorizeReceive` is asked for each delivery',
  },
  E14: { title: 'subjects of NATS', answer: 'with the cluster' },
  E20: { title: 'input of other nodes and bridges', answer: 'with the cluster and bridges' },
  F12: {
    title: 'Message Expiry Interval',
    answer: 'never delivered when expired; the rest of it is forwarded',
  },
  F14: { title: 'timers beyond 2^31 ms', answer: 'one timer wheel, in ms as numbers' },
  F22: {
    title: 'sessions that change while a message is fanned out',
    answer: 'nothing skipped, nothing twice',
  },
  F23: { title: 'hooks that throw, reject or hang', answer: 'denied or counted; only that client notices' },
  F30: { title: 'order under congestion', answer: 'kept' },
  G05: {
    title: 'an event loop that is late',
    answer: '`CONNACK 0x89` beyond `refuseDelay`; nobody fails a Keep Alive by our lag',
  },
  G06: {
    title: 'publishers faster than memory',
    answer: 'read in turns, then shed: `pauseHeap`, `refuseHeap`, `shedHeap`',
  },
  G10: { title: 'timers of 100,000 clients', answer: 'one wheel' },
  G14: { title: 'clocks that jump', answer: 'deadlines by a clock that never goes back' },
};
