/**
 * Which member of a shared subscription is asked first (§4.8.2), one function a strategy. Whether it can take the
 * message, and who is asked next, is the group's business.
 */
import type { RandomBytes } from '../clock.ts';
import type { SharedStrategy } from '../features.ts';
import type { Message } from '../message.ts';
import type { Subscription } from '../subscriber.ts';

/** How a group chooses. */
export interface Strategy {
  /** Where to begin among `members`, of whom there is at least one; `next` is the one behind who got the last message. */
  readonly first: (members: readonly Subscription[], message: Message, next: number) => number;
  /** Whether one for whom the message would wait is passed over while another takes it at once. */
  readonly passesBusy: boolean;
}

/** The strategy of that name. */
export function strategyOf(name: SharedStrategy, random: RandomBytes): Strategy {
  switch (name) {
    case 'round-robin':
      return { first: (_members, _message, next) => next, passesBusy: true };
    case 'random': {
      const throwDice = dice(random);
      return { first: (members) => throwDice(members.length), passesBusy: true };
    }
    case 'least-inflight':
      return { first: leastLoaded, passesBusy: true };
    case 'by-publisher':
      return { first: (members, { publisher }) => hash(publisher ?? '') % members.length, passesBusy: false };
    case 'by-topic':
      return { first: (members, { topic }) => hash(topic) % members.length, passesBusy: false };
  }
}

/** The connected member with the fewest open messages; in turn where several have as few. */
function leastLoaded(members: readonly Subscription[], _message: Message, next: number): number {
  let least = Number.POSITIVE_INFINITY;
  let found = next;
  for (let tried = 0; tried < members.length; tried++) {
    const at = (next + tried) % members.length;
    const subscriber = members[at]?.subscriber;
    if (subscriber?.isOnline !== true || subscriber.load >= least) continue;
    least = subscriber.load;
    found = at;
  }
  return found;
}

/** Whole numbers below some count; random bytes are asked for in bulk. */
function dice(random: RandomBytes): (count: number) => number {
  const bytes = new Uint8Array(256);
  let used = bytes.length;
  return (count) => {
    if (used === bytes.length) {
      bytes.set(random(new Uint8Array(bytes.length)));
      used = 0;
    }
    let value = 0;
    for (let i = 0; i < 4; i++) value = value * 256 + (bytes[used++] ?? 0);
    return value % count;
  };
}

/** FNV-1a over the text's units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
