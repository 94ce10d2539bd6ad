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
  D10: {
    title: 'names in client certificates',
    answer: 'refused when they hold NUL, control characters, +, # or /',
  },
  D11: {
    title: 'a certificate whose subject contains another’s',
    answer: 'names are compared whole; a subject is one string',
  },
  D13: {
    title: 'open by accident',
    answer: 'loopback only without a listener; anonymous elsewhere only by that word',
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
  G03: { title: 'a full disk', answer: 'no PUBACK for what is not on disk; goes on when there is room' },
  G04: { title: 'a disk that fails', answer: 'never acknowledged' },
  G05: {
    title: 'an event loop that is late',
    answer: '`CONNACK 0x89` beyond `refuseDelay`; nobody fails a Keep Alive by our lag',
  },
  G06: {
    title: 'publishers faster than memory',
    answer: 'read in turns, then shed: `pauseHeap`, `refuseHeap`, `shedHeap`',
  },
  G10: { title: 'timers of 100,000 clients', answer: 'one wheel' },
  G13: {
    title: 'kill -9 at any moment',
    answer: 'nothing acknowledged is lost: simulated under seeds, tried in `@mqtt/store-lmdb`',
  },
  G14: { title: 'clocks that jump', answer: 'deadlines by a clock that never goes back' },
  G15: { title: 'a damaged store', answer: 'a checksum in every record; found, told, set aside' },
  G16: { title: 'file modes', answer: 'set by the store and by `mqttd passwd`' },
  G17: { title: 'two brokers, one folder', answer: 'the second does not start' },
  G18: { title: 'a copy of files in use', answer: '`exportStore` makes a consistent one' },
};
