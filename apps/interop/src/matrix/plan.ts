/**
 * What is played: every scenario by every client, in every way it has, against every broker; and why something is not.
 * Knows what peers say of themselves, and starts none.
 */
import { statementsOf } from '../conformance/statements.ts';
import { isOurs } from '../ours.ts';
import type { Broker, Client, Feature, Transport, Version, Way } from '../peers/peer.ts';
import type { Scenario, Step } from '../scenarios/scenario.ts';
import { pairsBetween } from './between.ts';

/** One scenario, one cast, one broker. */
export interface Play {
  readonly broker: Broker;
  /** Who publishes and who subscribes: the same, but in plays between two clients. */
  readonly writer: Client;
  readonly reader: Client;
  readonly scenario: Scenario;
}

/** What is not played, and why. */
export interface NotPlayed extends Play {
  readonly why: string;
}

/** What a person wants to see; all of it where nothing is said. Texts are parts of names, in any case. */
export interface Choice {
  readonly client?: string | undefined;
  readonly broker?: string | undefined;
  readonly scenario?: string | undefined;
  readonly version?: Version | undefined;
  readonly transport?: Transport | undefined;
  /** Every scenario over every transport, too. */
  readonly isAll?: boolean;
}

/** Who there is to choose from. */
export interface Peers {
  readonly clients: readonly Client[];
  readonly brokers: readonly Broker[];
  readonly scenarios: readonly Scenario[];
}

/** What is played and what is not, in the order of brokers, clients, ways, scenarios. */
export interface Plan {
  readonly plays: readonly Play[];
  readonly notPlayed: readonly NotPlayed[];
}

/** Why something that could be played is not, unless all is asked for. */
const LEFT_OUT = {
  transport: 'over one transport it says the same (--all)',
  store: 'a store has no part in it: with the store in memory it says the same (--all)',
  others: 'neither is ours, and over one transport it says the same (--all)',
  dear: 'a process for each call: in the newest version over one transport, the rest with mqttd only (--all)',
} as const;

/** A client and how it speaks. */
export function named({ name, way }: Client): string {
  return `${name} ${way.version} ${way.transport}`;
}

/** The ids of the statements that a scenario shows in a version; 3.1 is told as 3.1.1. */
export function statementIds(scenario: Scenario, { version }: Way): string[] {
  return statementsOf(scenario.statements ?? '', version === '5.0' ? '5.0' : '3.1.1');
}

/** The name of a play within its broker: statements, client, way, story. */
export function title({ scenario, writer, reader }: Omit<Play, 'broker'>): string {
  const ids = statementIds(scenario, reader.way).map((id) => `[${id}] `);
  const who = writer === reader ? named(reader) : `${named(writer)} -> ${named(reader)}`;
  return `${ids.join('')}${who}: ${scenario.name}`;
}

/** true when the broker ends and starts again in it. */
export function hasRestart({ steps }: Scenario): boolean {
  return steps.some((step) => 'restart' in step);
}

function usesQoS2(step: Step): boolean {
  if ('subscribe' in step) return step.qos === 2 || step.will?.qos === 2;
  return 'publish' in step && step.publish.some(({ qos }) => qos === 2);
}

/** What a scenario asks of a broker: what it says, and what its steps show. */
function featuresOf(scenario: Scenario): Feature[] {
  return [
    ...(scenario.asks ?? []),
    ...(scenario.steps.some(usesQoS2) ? (['qos2'] as const) : []),
    ...(hasRestart(scenario) ? (['restart'] as const) : []),
  ];
}

/** Why this cannot be played; undefined when it can. */
export function whyNot({ scenario, broker, writer, reader }: Play): string | undefined {
  for (const { name, way, cannot } of new Set([writer, reader])) {
    if (!broker.versions.includes(way.version)) return `${broker.name} has no ${way.version}`;
    if (!broker.transports.includes(way.transport)) return `${broker.name} has no ${way.transport}`;
    if (!(scenario.versions ?? [way.version]).includes(way.version))
      return `it is of ${scenario.versions?.join(', ')} alone`;
    for (const need of scenario.needs ?? []) {
      const reason = cannot[need];
      if (reason !== undefined) return `${name}: ${reason}`;
    }
  }
  for (const feature of featuresOf(scenario)) {
    const reason = broker.lacks[feature];
    if (reason !== undefined) return `${broker.name}: ${reason}`;
  }
  return undefined;
}

function holds(name: string, text: string | undefined): boolean {
  return text === undefined || name.toLowerCase().includes(text.toLowerCase());
}

/** true when the scenario, or a statement of it, is asked for. */
function isChosen(scenario: Scenario, choice: Choice): boolean {
  return holds(scenario.name, choice.scenario) || holds(scenario.statements ?? '', choice.scenario);
}

/** Those that are asked for. */
export function planOf({ clients, brokers, scenarios }: Peers, choice: Choice = {}): Plan {
  const plays: Play[] = [];
  const notPlayed: NotPlayed[] = [];
  const first = firstTransports(clients);
  for (const broker of brokers.filter(({ name }) => holds(name, choice.broker))) {
    for (const client of clients.filter(({ name }) => holds(name, choice.client))) {
      if (!isWay(client.way, choice)) continue;
      for (const scenario of scenarios.filter((one) => isChosen(one, choice))) {
        const play = { broker, writer: client, reader: client, scenario };
        const why = whyNot(play) ?? (choice.isAll === true ? undefined : leftOut(play, choice, first));
        if (why === undefined) plays.push(play);
        else notPlayed.push({ ...play, why });
      }
    }
  }
  for (const play of between({ clients, brokers, scenarios }, choice)) {
    const why = whyNot(play);
    if (why === undefined) plays.push(play);
    else notPlayed.push({ ...play, why });
  }
  return { plays, notPlayed };
}

/** Between different clients, through the first broker of ours: those that are asked for. */
function between({ clients, brokers, scenarios }: Peers, choice: Choice): Play[] {
  const broker = brokers.find(({ isOurs: is }) => is);
  if (broker === undefined || !holds(broker.name, choice.broker)) return [];
  const chosen = scenarios.filter((one) => isChosen(one, choice));
  return pairsBetween(clients, chosen)
    .filter(({ writer, reader }) => {
      const isNamed = holds(writer.name, choice.client) || holds(reader.name, choice.client);
      return isNamed && [writer, reader].every(({ way }) => isWay(way, choice));
    })
    .map((pair) => ({ broker, ...pair }));
}

function isWay(way: Way, { version, transport }: Choice): boolean {
  return (version ?? way.version) === way.version && (transport ?? way.transport) === way.transport;
}

/** Why this is played only when all is asked for; undefined for what is always played. */
function leftOut(
  { broker, reader, scenario }: Play,
  { transport }: Choice,
  first: ReadonlyMap<string, Transport>,
): string | undefined {
  const isFirst = first.get(reader.name) === reader.way.transport;
  const isAboutTransport = scenario.isAboutTransport === true;
  if (broker.isTwin === true && scenario.isAboutStore !== true) return LEFT_OUT.store;
  if (reader.isDear === true && isLeftOutAsDear(broker, reader, isFirst, isAboutTransport))
    return LEFT_OUT.dear;
  if (isFirst || transport !== undefined) return undefined;
  if (!isAboutTransport || broker.isTwin === true) return LEFT_OUT.transport;
  return broker.isOurs || isOurs(reader.name) ? undefined : LEFT_OUT.others;
}

function isLeftOutAsDear(broker: Broker, { way }: Client, isFirst: boolean, isEssence: boolean): boolean {
  const isNewest = way.version === broker.versions.at(-1);
  if (isNewest && isFirst) return !isEssence && (!broker.isOurs || broker.isTwin === true);
  return !isEssence || !broker.isOurs || broker.isTwin === true || (!isNewest && !isFirst);
}

/** The transport in which a client plays everything: the first it is listed with. */
function firstTransports(clients: readonly Client[]): ReadonlyMap<string, Transport> {
  const first = new Map<string, Transport>();
  for (const { name, way } of clients) if (!first.has(name)) first.set(name, way.transport);
  return first;
}
