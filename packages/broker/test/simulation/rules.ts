/** What the specification and "acknowledged means kept" promise over crashes: one pure function a rule, each over a history. */
import { matches, type QoS } from '@mqtt/codec';
import type { Actor } from './actor.ts';
import type { Got, History, Subscribed, Told } from './history.ts';

/** A shared subscription in which some actors are from before the first message to the end. */
export const SHARE = '$share/g/s';

/** What is wrong; empty when nothing is. */
export type Rule = (history: History, actors: readonly Actor[]) => string[];

/** Kept sessions get what was acknowledged to its publisher (§4.3.2, §4.3.3). */
function noLoss(history: History, actors: readonly Actor[]): string[] {
  const wrong: string[] = [];
  for (const actor of actors) {
    if (!actor.nature.isKept) continue;
    const names = new Set(actor.got.map(({ name }) => name));
    for (const told of history.told.values()) {
      const isOwed = actor.subscriptions.some((one) => covers(one, told));
      if (isOwed && !names.has(told.name)) wrong.push(`${actor.clientId} lost ${told.name}`);
    }
  }
  return wrong;
}

function covers({ topicFilter, qos, ackedAt, endAskedAt, isDiscarded }: Subscribed, told: Told): boolean {
  if (isDiscarded) return false;
  if (told.ackedAt === undefined || told.qos === 0 || qos === 0 || ackedAt === undefined) return false;
  if (topicFilter.startsWith('$share/') || !matches(topicFilter, told.topic)) return false;
  return ackedAt < told.sentAt && (endAskedAt === undefined || endAskedAt > told.ackedAt);
}

/** Nothing is delivered that was not published, nor to whom it does not concern: an ended subscription stays ended. */
function noInvention(history: History, actors: readonly Actor[]): string[] {
  const wrong: string[] = [];
  for (const { clientId, got, subscriptions } of actors) {
    for (const { name, topic, size } of got) {
      const told = history.told.get(name);
      // What was refused each time may have been taken on a connection that was lost.
      const isPossible =
        told !== undefined && !(told.isRefused && told.ackedAt === undefined && told.sends === 1);
      const isTold =
        (isPossible && told.topic === topic && told.size === size) ||
        (topic === 'w' && history.wills.has(name));
      const isWanted = subscriptions.some(
        ({ topicFilter, endedAt }) =>
          matches(topicFilter.replace('$share/g/', ''), topic) &&
          (endedAt === undefined || told === undefined || endedAt > told.sentAt),
      );
      if (!isTold || !isWanted) wrong.push(`${clientId} got ${name} of ${topic} from nowhere`);
    }
  }
  return wrong;
}

/** What is delivered has the QoS of a subscription that it may have matched, and at least that of those it did match. */
function rightQoS(history: History, actors: readonly Actor[]): string[] {
  const wrong: string[] = [];
  for (const { clientId, got, subscriptions } of actors) {
    for (const one of got) {
      const told = history.told.get(one.name);
      if (told === undefined) continue;
      const [possible, sure] = qosOf(history, subscriptions, told, one);
      if (!possible.includes(one.qos) || sure.some((qos) => qos > one.qos))
        wrong.push(`${clientId} got ${one.name} at QoS ${one.qos}`);
    }
  }
  return wrong;
}

function granted({ isUpgraded }: History, { qos }: Subscribed, told: Told): QoS {
  return isUpgraded || qos < told.qos ? qos : told.qos;
}

function qosOf(
  history: History,
  subscriptions: readonly Subscribed[],
  told: Told,
  { at }: Got,
): [possible: QoS[], sure: QoS[]] {
  const possible: QoS[] = [];
  const sure: QoS[] = [];
  for (const one of subscriptions) {
    const { topicFilter, endedAt } = one;
    if (!matches(topicFilter.replace('$share/g/', ''), told.topic)) continue;
    if (endedAt === undefined || endedAt > told.sentAt) possible.push(granted(history, one, told));
    if (isOver(one, told, at)) sure.push(granted(history, one, told));
  }
  return [possible, sure];
}

/** QoS 2 comes once; QoS 1 comes again only with DUP, or when its publisher sent it again. */
function noDoubles(history: History, actors: readonly Actor[]): string[] {
  const wrong: string[] = [];
  for (const { clientId, got, nature } of actors) {
    const counts = new Map<string, number>();
    // At QoS 0, and to a session that a crash ends, a message may leave before it is kept: then each try counts.
    for (const { name, qos, dup } of got) if (qos === 2 || !dup) count(counts, `${name} ${qos}`);
    for (const [key, times] of counts) {
      const [name = '', qos] = key.split(' ');
      const told = history.told.get(name);
      const isOpen = history.crashes > 0 && (qos === '0' || !nature.isKept);
      const isTry = told !== undefined && (told.qos === 1 || isOpen);
      if (times > (isTry ? told.sends : 1))
        wrong.push(`${clientId} got ${name} ${times} times at QoS ${qos}`);
    }
  }
  return wrong;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Whether a subscription was there from before the message to step `at`. */
function isOver({ topicFilter, ackedAt, endAskedAt }: Subscribed, told: Told, at: number): boolean {
  const isSince = ackedAt !== undefined && ackedAt < told.sentAt;
  return isSince && (endAskedAt ?? at + 1) > at && matches(topicFilter, told.topic);
}

/** Messages of one publisher, topic and QoS come in the order of their publication [MQTT-4.6.0-6]. */
function inOrder(history: History, actors: readonly Actor[]): string[] {
  const wrong: string[] = [];
  for (const { clientId, got, subscriptions } of actors) {
    const seen = new Set<string>();
    const newest = new Map<string, number>();
    for (const { name, topic, qos, at } of got) {
      const told = history.told.get(name);
      if (told === undefined || topic === 's' || seen.has(name)) continue;
      // At QoS 0 the first of two copies may have been dropped: the second is late and none of its flow.
      if (told.qos === 1 && qos === 0) continue;
      // One that is older than the subscription may come because it was sent again, behind what was sent after it.
      const isSteady = subscriptions.some(
        (one) => isOver(one, told, at) && granted(history, one, told) === qos,
      );
      if (told.qos === 1 && told.sends > 1 && !isSteady) continue;
      seen.add(name);
      const flow = `${told.publisher} ${topic} ${told.qos} ${qos}`;
      if (numberOf(name) < (newest.get(flow) ?? 0)) wrong.push(`${clientId} got ${name} too late`);
      newest.set(flow, numberOf(name));
    }
  }
  return wrong;
}

function numberOf(name: string): number {
  return Number(name.slice(1));
}

/** A retained message is the last one that was acknowledged, or one sent later; none that was cleared comes back. */
function retained(history: History, _actors: readonly Actor[]): string[] {
  const wrong: string[] = [];
  const topics = new Map<string, Told[]>();
  for (const told of history.told.values()) {
    if (!told.retain) continue;
    const all = topics.get(told.topic) ?? [];
    all.push(told);
    topics.set(told.topic, all);
  }
  for (const { at, values } of history.probes) {
    for (const [topic, all] of topics) {
      const last = all.findLastIndex(({ ackedAt }) => ackedAt !== undefined && ackedAt < at);
      const value = values.get(topic) ?? '';
      const allowed = all.slice(Math.max(0, last)).filter(({ sentAt }) => sentAt <= at);
      const isNothingYet = last < 0 && value === '';
      if (!isNothingYet && !allowed.some(({ payload }) => payload === value))
        wrong.push(`${topic} is '${value}' at ${at}, after ${all[last]?.name}`);
    }
  }
  return wrong;
}

/** The will of a connection that was lost comes once; that of one that was closed does not, or it was not heard. */
function wills(history: History, actors: readonly Actor[]): string[] {
  const wrong: string[] = [];
  const watcher = actors.find(({ clientId }) => clientId === 'watcher');
  for (const { name, state, isAcked } of history.wills.values()) {
    const times = watcher?.got.filter((got) => got.name === name).length ?? 0;
    const isRight = state === 'lost' && isAcked ? times === 1 : times <= (state === 'open' ? 0 : 1);
    if (!isRight) wrong.push(`the will ${name}, ${state}, came ${times} times`);
  }
  return wrong;
}

/** Each message of a shared subscription goes to one member; none is lost. */
function shared(history: History, actors: readonly Actor[]): string[] {
  const wrong: string[] = [];
  const members = actors.filter(({ subscriptions }) =>
    subscriptions.some(({ topicFilter }) => topicFilter === SHARE),
  );
  const since = Math.max(...members.map(({ subscriptions }) => subscriptions[0]?.ackedAt ?? 0));
  for (const { name, topic, qos, ackedAt, sentAt } of history.told.values()) {
    if (topic !== 's' || ackedAt === undefined || qos === 0 || sentAt <= since) continue;
    const times = members.filter(({ got }) => got.some((one) => one.name === name)).length;
    if (times === 0 || (qos === 2 && times > 1)) wrong.push(`${name} went to ${times} members`);
  }
  return wrong;
}

/** What clients saw by themselves: packet ids [MQTT-2.2.1-4], DUP, Session Present. */
function packets(_history: History, actors: readonly Actor[]): string[] {
  return actors.flatMap(({ clientId, faults }) => faults.map((fault) => `${clientId}: ${fault}`));
}

/** All of them, by name. */
export const RULES: Readonly<Record<string, Rule>> = {
  noLoss,
  noInvention,
  rightQoS,
  noDoubles,
  inOrder,
  retained,
  wills,
  shared,
  packets,
};
