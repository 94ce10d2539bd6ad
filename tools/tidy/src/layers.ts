/**
 * Who may import whom, as data: between packages, and between the rooms of the broker.
 * The same lines stand in ARCHITECTURE.md. To let a new folder in, add it here and say why in the commit.
 */

/** For each package of the product: the packages of this repository its sources may import. */
export const PACKAGE_GRAPH: Readonly<Record<string, readonly string[]>> = {
  '@mqtt/codec': [],
  '@mqtt/session': ['@mqtt/codec'],
  '@mqtt/client': ['@mqtt/codec', '@mqtt/session'],
  '@mqtt/broker': ['@mqtt/codec', '@mqtt/session'],
  '@mqtt/store-lmdb': ['@mqtt/broker/store'],
};

/** A layer of the broker: its rooms, and whether they may import each other. */
export interface Layer {
  readonly rooms: readonly string[];
  /** `apart`: siblings, neither imports the other. `together`: they may, without circles. */
  readonly siblings: 'apart' | 'together';
}

/** The broker's layers, lowest first. A room is a file (`outbox`) or a folder (`session`) of packages/broker/src. */
export const BROKER_LAYERS: readonly Layer[] = [
  {
    rooms: [
      'message',
      'subscriber',
      'errors',
      'limit-name',
      'options',
      'resolve-limits',
      'clock',
      'timer-wheel',
      'access',
      'store',
      'keeping',
      'cluster',
      'features',
      'hooks',
      'events',
      'tap',
      'metrics',
      'totals',
      'overload',
      'rates',
      'admission',
    ],
    siblings: 'together',
  },
  { rooms: ['outbox'], siblings: 'apart' },
  { rooms: ['session', 'router'], siblings: 'apart' },
  {
    rooms: ['connection', 'schedule', 'recovery', 'reauthorize', 'expel', 'sys-topics', 'in-process'],
    siblings: 'together',
  },
  { rooms: ['hall'], siblings: 'apart' },
  { rooms: ['listen', 'assemble'], siblings: 'apart' },
  { rooms: ['listening'], siblings: 'apart' },
  { rooms: ['broker'], siblings: 'apart' },
  { rooms: ['index', 'testing'], siblings: 'apart' },
];

/** The room beside the layers: byte pipes. It imports the Link shape only; only `listen` and above import it. */
export const LISTENERS: {
  readonly room: string;
  readonly mayImport: readonly string[];
  readonly importedFrom: readonly string[];
} = {
  room: 'listeners',
  mayImport: ['@mqtt/session'],
  importedFrom: ['listen', 'broker', 'index', 'testing'],
};
