/**
 * Plays many cases against one address, a few at a time. First it asks what the server speaks and has, so that a case
 * for what it lacks is not applicable instead of failed.
 */
import { randomInt } from 'node:crypto';
import type { Properties } from '@mqtt/codec';
import type { Case, Need, Version } from './case.ts';
import { allCases } from './cases/all.ts';
import { bytesOf, connectOf } from './drafts.ts';
import { Names } from './names.ts';
import type { Outcome } from './outcome.ts';
import { play } from './play.ts';
import { statementsOf, versionsOf } from './statements.ts';
import type { Target } from './target.ts';
import { openPipe } from './transports.ts';
import { Wire } from './wire.ts';

/** What to play and how. */
export interface Run {
  readonly target: Target;
  readonly versions: readonly Version[];
  /** Only statements and cases whose id or name holds this text. */
  readonly filter?: string | undefined;
  /** Cases at a time. */
  readonly parallel: number;
  /** Which failures are played once more, alone: what fails only beside others is not the statement's. */
  readonly again?: ((outcome: Outcome) => boolean) | undefined;
  /** Called after each. */
  readonly onOutcome?: ((outcome: Outcome, done: number, all: number) => void) | undefined;
}

/** A case in one of its versions. */
export interface Play {
  readonly case: Case;
  readonly version: Version;
}

/** What begins the names of a run: five letters and digits. */
export function newRunName(): string {
  return `mc${randomInt(36 ** 3, 36 ** 4)
    .toString(36)
    .slice(-3)}`;
}

/** The plays of a run, in the order of the table. */
export function playsOf(versions: readonly Version[], filter = ''): Play[] {
  return allCases.flatMap((one) =>
    versionsOf(one.statements)
      .filter((version) => versions.includes(version))
      .filter((version) => matches(one, version, filter))
      .map((version) => ({ case: one, version })),
  );
}

function matches(one: Case, version: Version, filter: string): boolean {
  const ids = statementsOf(one.statements, version);
  return (
    one.name.includes(filter) ||
    ids.some((id) => id === filter || `${id}-`.includes(`${filter}-`) || id.includes(filter))
  );
}

/** What a server says of itself in one version; a text says why it does not speak it. */
export type Offer = ReadonlySet<Need> | string;

/**
 * Plays them all.
 * @throws {Error} when nobody answers at the address
 */
export async function run({ target, versions, filter, parallel, again, onOutcome }: Run): Promise<Outcome[]> {
  const offers = new Map<Version, Offer>();
  for (const version of versions) offers.set(version, await offerOf(version, target));
  const plays = playsOf(versions, filter);
  const outcomes: Outcome[] = [];
  let next = 0;
  let done = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const number = next++;
      const one = plays[number];
      if (one === undefined) return;
      const lacking = lackOf(one, offers.get(one.version) ?? '');
      const outcome =
        lacking === undefined
          ? await play(one.case, one.version, number + 1, target)
          : notApplicable(one, lacking);
      outcomes[number] = outcome;
      onOutcome?.(outcome, ++done, plays.length);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  for (const [i, outcome] of outcomes.entries()) {
    const one = plays[i];
    if (one === undefined || outcome.verdict !== 'failed' || again?.(outcome) !== true) continue;
    outcomes[i] = await play(one.case, one.version, plays.length + i + 1, target);
  }
  return outcomes;
}

function lackOf({ case: one }: Play, offer: Offer): string | undefined {
  if (typeof offer === 'string') return offer;
  const lacking = one.needs?.find((need) => !offer.has(need));
  if (lacking !== undefined) return `needs ${lacking}: not offered`;
  return one.lacks !== undefined && offer.has(one.lacks) ? `the server offers ${one.lacks}` : undefined;
}

function notApplicable({ case: one, version }: Play, reason: string): Outcome {
  const statements = statementsOf(one.statements, version);
  return {
    case: one,
    version,
    statements,
    verdict: 'not applicable',
    failing: [],
    reason,
    exchange: [],
    ms: 0,
  };
}

/** Asks with a plain CONNECT. */
async function offerOf(version: Version, target: Target): Promise<Offer> {
  const lines: string[] = [];
  const wire = new Wire('probe', version === '5.0' ? 5 : 4, ({ meaning, hex }) =>
    lines.push(`${meaning}${hex === '' ? '' : ` (${hex})`}`),
  );
  wire.use(await openPipe(target.url, wire));
  const known = { version, names: new Names(target.run, 0), kept: new Map() };
  const { bytes, meaning } = bytesOf(connectOf({}, 'probe'), known, target.credentials);
  wire.send(bytes, meaning);
  const event = await wire.next(target.patience);
  wire.cut();
  const no = `the server does not accept a CONNECT of ${version}`;
  if (event.type !== 'packet' || event.packet.type !== 'CONNACK')
    return `${no}: ${lines[1] ?? 'nothing came'}`;
  if (event.packet.reasonCode !== 0) return `${no}: ${lines[1]}`;
  const properties: Properties<'CONNACK'> = event.packet.properties ?? {};
  return needsMet(version, properties, target);
}

function needsMet(version: Version, offered: Properties<'CONNACK'>, target: Target): Set<Need> {
  const isFive = version === '5.0';
  const all: readonly (readonly [Need, boolean])[] = [
    ['retained messages', offered.retainAvailable !== false],
    ['shared subscriptions', isFive && offered.sharedSubscriptionAvailable !== false],
    ['subscription identifiers', isFive && offered.subscriptionIdentifiersAvailable !== false],
    ['wildcard subscriptions', offered.wildcardSubscriptionAvailable !== false],
    ['topic aliases', (offered.topicAliasMaximum ?? 0) > 0],
    ['QoS 2', offered.maximumQoS === undefined],
    ['WebSocket', target.webSocket !== undefined || target.url.protocol.startsWith('ws')],
    ['a user name and password to try', target.credentials.username !== undefined],
  ];
  return new Set(all.filter(([, has]) => has).map(([need]) => need));
}
