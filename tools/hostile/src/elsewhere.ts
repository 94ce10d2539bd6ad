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
};
