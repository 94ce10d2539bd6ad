/**
 * Whether a connected client would still be let in by what it proved, after the rules of its listener changed: its
 * password is no longer there or another one, its token's key was taken back, nobody may be anonymous any more. Only
 * what can be known without the proof itself, which nobody keeps: a web service is not asked again.
 */
import type { Client } from '@mqtt/broker';
import type { Policy } from './decision.ts';

/** What everybody proved where nobody was asked. */
export const UNGUARDED: Policy = { authenticators: [], anonymous: true, authorizers: [] };

/** What each of its ways says the client proved, first the one that let it in; the same text as long as that is good. */
function* proofs(client: Client, { authenticators, anonymous }: Policy, isNow: boolean): Generator<string> {
  for (const authenticator of authenticators) {
    const proof = authenticator.vouch?.(client, isNow);
    if (proof !== undefined) yield `${authenticator.name} ${proof}`;
  }
  if (!anonymous) return;
  if (client.username === undefined && client.identity === '') yield 'nothing';
  else if (authenticators.length === 0) yield 'a name that nobody checks';
}

/** Whether the client may stay: what let it in at `before` lets it in at `now`, too. */
export function stands(client: Client, before: Policy, now: Policy): boolean {
  const [proof] = proofs(client, before, false);
  const good = [...proofs(client, now, true)];
  if (proof !== undefined) return good.includes(proof);
  // Only a web service can have known it.
  return good.length > 0 || now.authenticators.some(({ vouch }) => vouch === undefined);
}
