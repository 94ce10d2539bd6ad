/**
 * The tables of the file: one for each kind of record, by the name it has in lmdb and the number that goes into
 * checksums. The same table stands in FORMAT.md. Knows nothing of what is in a record.
 */

/** The version of the format that this package writes. */
export const FORMAT_VERSION = 2;

/** Every table that holds records of one kind; the order is the order of loading. */
export const TABLES = ['sessions', 'subscriptions', 'held', 'progress', 'queue', 'retained'] as const;

/** A table of records. */
export type TableName = (typeof TABLES)[number];

/** What a record is, for a person: stands in reports of damage. */
export const RECORD_NAMES: Readonly<Record<TableName, string>> = {
  sessions: 'a session',
  subscriptions: 'a subscription',
  held: 'a QoS 2 packet id that a client sent',
  progress: 'how far a delivery was',
  queue: 'a queued message',
  retained: 'a retained message',
};

/** The number of a table in checksums and in the quarantine; never changed, never reused. */
export const TABLE_NUMBERS: Readonly<Record<TableName, number>> = {
  sessions: 1,
  subscriptions: 2,
  held: 3,
  progress: 4,
  queue: 5,
  retained: 6,
};

/** Where damaged records are set aside; it is never read back. */
export const QUARANTINE = 'quarantine';
/** Format version and owner. */
export const META = 'meta';
