/** What the listeners have in common: whom they hand links to, and how they are ended. Types only. */
import type { Link, LinkHandler } from '@mqtt/session';

/** Takes a new link and says who hears from it. */
export type Accept = (link: Link) => LinkHandler;

/** An open listener. */
export interface Listener {
  /** Where clients connect to, with the real port. */
  readonly url: string;
  readonly port: number;
  /** Takes no more connections; those that are open go on. Resolves when the port is free. */
  close(): Promise<void>;
}
