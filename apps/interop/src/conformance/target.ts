/** The server that a run is played against. */
import type { Credentials } from './drafts.ts';

/** What is played against, and how. */
export interface Target {
  readonly url: URL;
  /** The same server over WebSocket, for the cases about that. */
  readonly webSocket?: URL | undefined;
  readonly credentials: Credentials;
  /** ms that an answer may take where the case does not say. */
  readonly patience: number;
  /** Letters and digits that begin every name of this run. */
  readonly run: string;
}
