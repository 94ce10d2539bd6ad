/**
 * What the core needs of a link: one that is always read. Types only.
 */
import type { Link } from '@mqtt/session';

/** A byte pipe that cannot be held. */
export type CoreLink = Pick<Link, 'write' | 'close' | 'abort'>;
