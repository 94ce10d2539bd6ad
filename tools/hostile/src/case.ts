/**
 * The shape of a hostile case: its id, what it is, what is sent and what must come back. Data; knows no broker.
 */
import type { Arena } from './arena.ts';
import type { Bytes, Hello, Version } from './bytes.ts';

/** Bytes on one connection, and every packet that comes back. */
export interface Exchange {
  /** What is sent, when the title does not say it. */
  readonly name?: string;
  /** Which CONNECT is sent and accepted before; undefined: none. */
  readonly after?: Version | Hello;
  readonly over?: 'ws';
  readonly send: Bytes | readonly Bytes[];
  /** How the answers are read where no CONNECT went before. Default 5. */
  readonly version?: Version;
  /** All packets that come back; the last is `closed`, or the connection must stay open. */
  readonly back: readonly string[];
}

/** More than one connection, or something to be done between. */
export interface Play {
  readonly name?: string;
  /** What comes of it, for the document. */
  readonly answer: string;
  /** @throws when it is not so */
  readonly play: (arena: Arena) => Promise<void>;
}

/** mqttd must not start. */
export interface NoStart {
  readonly name?: string;
  readonly yaml: string;
  readonly files?: Readonly<Record<string, string>>;
  /** What it says; it exits 78. */
  readonly says: RegExp;
}

/** One way a case is tried. */
export type Try = Exchange | Play | NoStart;

/** A hostile case. */
export interface Case {
  readonly id: string;
  readonly title: string;
  /** Which mqttd it is tried on; see setups.ts. */
  readonly on?: string;
  /** What we chose where the specification leaves a choice, or why the case is there. */
  readonly note?: string;
  readonly tries: readonly Try[];
}
