/**
 * A data folder as a store of format 1 left it, with sessions whose messages were sent and not settled: what a migration
 * has to change. And what is in a folder, in words that are the same for every format. FORMAT.md has the differences.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeliveryKey, KeptMessage, Restored, SessionKey } from '@mqtt/broker/store';
import { type DurableStore, exportStore, importStore, openStore } from '@mqtt/store-lmdb';
import { open } from 'lmdb';
import { payloadOf } from '../clients/payload.ts';

/** How much is in it: each session has so many messages that were sent, and a quarter as many that wait. */
export interface OldContents {
  readonly sessions: number;
  readonly sent: number;
}

const FILE = 'store.mdb';
/** Half an hour ago: nothing expires while a test runs. */
const AGO = 30 * 60_000;
const IGNORED: Restored = {
  session: () => {},
  subscription: () => {},
  delivery: () => {},
  held: () => {},
  retained: () => {},
  progress: () => {},
};

/** Client id of the nth session. */
export function sessionName(n: number): string {
  return `old-${n}`;
}

/** Ids of all messages that the nth session is owed. */
export function owedTo(n: number, { sent }: OldContents): string[] {
  return Array.from({ length: sent + Math.floor(sent / 4) }, (_, at) => `${sessionName(n)}:${at + 1}`);
}

/** Makes it in `folder`, which has no store yet; `scratch` is another one, for what comes before. */
export async function makeOldFile(folder: string, scratch: string, contents: OldContents): Promise<void> {
  const store = openStore({ path: scratch, durability: 'system' });
  await store.load(IGNORED);
  for (let n = 0; n < contents.sessions; n++) {
    const deliveries = fillSession(store, n, contents);
    await kept(store);
    // In a commit after their own: otherwise their own records say it, and there is nothing to migrate.
    for (const [at, key] of deliveries.slice(0, contents.sent).entries()) store.sent(key, at + 1);
    await kept(store);
  }
  await store.close();
  await importStore(folder, oldLines(scratch));
  await setFormat(folder, 1);
}

function kept(store: DurableStore): Promise<void> {
  const { newest } = store;
  return new Promise((go) => {
    const look = (): void => (store.durable >= newest ? go() : void setImmediate(look));
    look();
  });
}

/** The keys of its deliveries. */
function fillSession(store: DurableStore, n: number, contents: OldContents): DeliveryKey[] {
  const clientId = sessionName(n);
  const client = { username: undefined, version: 4, peer: '127.0.0.1:50000' } as const;
  const session: SessionKey = store.opened({
    clientId,
    identity: '',
    expiryInterval: 0xffffffff,
    awaySince: Date.now() - AGO,
    client,
    will: undefined,
  });
  const rest = { qos: 1, noLocal: false, retainAsPublished: false, identifier: undefined } as const;
  store.subscribed(session, { topicFilter: `old/${n}/#`, ...rest });
  store.held(session, 77);
  store.retained({ ...messageOf(`${clientId}:0`, n, 1), retain: true });
  return owedTo(n, contents).map((id, at) => {
    const qos = at % 3 === 0 ? 2 : 1;
    const delivery = { qos, retain: false, identifiers: undefined, share: undefined } as const;
    return store.queued(session, messageOf(id, n, qos), delivery);
  });
}

function messageOf(id: string, n: number, qos: 1 | 2): KeptMessage {
  const payload = payloadOf(id);
  const rest = { retain: false, properties: undefined, publisher: undefined, expiresAt: undefined } as const;
  return {
    topic: `old/${n}/x`,
    payload,
    qos,
    ...rest,
    arrivedAt: Date.now() - AGO,
    size: payload.length + 40,
  };
}

/** A record for each delivery that was sent, under the delivery's own key. */
async function* oldLines(folder: string): AsyncGenerator<string, void> {
  for await (const line of exportStore(folder)) {
    const together = sentOf(line);
    if (together === undefined) yield line.replace(/"format":\d+/, '"format":1');
    else yield* together.map(([key, packetId]) => sentLine(key, packetId));
  }
}

/** Deliveries and their packet ids, of a line that says it of several; undefined for every other line. */
function sentOf(line: string): (readonly [number, number])[] | undefined {
  const { table, value } = JSON.parse(line) as { table?: string; value?: { sent?: readonly number[] } };
  if (table !== 'progress' || value?.sent === undefined) return undefined;
  const { sent } = value;
  return Array.from({ length: sent.length / 2 }, (_, at) => [sent[2 * at] ?? 0, sent[2 * at + 1] ?? 0]);
}

/** As an export has it of one delivery. */
function sentLine(key: number, packetId: number): string {
  return JSON.stringify({ table: 'progress', key, value: { isReleased: false, packetId } });
}

/** All that is in a folder, a line for each thing; how a format groups them is not in it. */
export async function contentsOf(folder: string): Promise<Set<string>> {
  const things = new Set<string>();
  for await (const line of exportStore(folder)) {
    const together = sentOf(line);
    for (const [key, packetId] of together ?? []) things.add(sentLine(key, packetId));
    if (together === undefined && !line.includes('"format":')) things.add(line);
  }
  return things;
}

/** The version of a folder's file; undefined when there is none. Nobody else may have it open. */
export async function formatOf(folder: string): Promise<number | undefined> {
  const { root, meta } = openFile(folder, true);
  const format = meta.get('format');
  await root.close();
  return format === undefined ? undefined : Number(format);
}

async function setFormat(folder: string, format: number): Promise<void> {
  const { root, meta } = openFile(folder, false);
  meta.putSync('format', `${format}`);
  await root.close();
}

function openFile(folder: string, readOnly: boolean) {
  const root = open<Uint8Array, string>({
    path: join(folder, FILE),
    noSubdir: true,
    encoding: 'binary',
    maxDbs: 16,
    readOnly,
  });
  return { root, meta: root.openDB<string, string>('meta', { encoding: 'string' }) };
}

/** The same file in another folder, without what lmdb keeps beside it. */
export function copyFile(from: string, to: string): void {
  writeFileSync(join(to, FILE), readFileSync(join(from, FILE)));
}
