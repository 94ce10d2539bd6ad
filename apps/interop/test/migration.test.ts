/** docs/migrate-from-mqttjs.md names everything that the installed MQTT.js has, and nothing that our client lacks. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { connect } from '@mqtt/client';
import { describe, expect, it } from 'vitest';

const { resolve } = createRequire(import.meta.url);
const types = readFileSync(join(dirname(resolve('mqtt/package.json')), 'build/lib/client.d.ts'), 'utf8');
const packets = readFileSync(
  createRequire(resolve('mqtt/package.json')).resolve('mqtt-packet/types/index.d.ts'),
  'utf8',
);
const guide = readFileSync(new URL('../../../docs/migrate-from-mqttjs.md', import.meta.url), 'utf8');

/** Cells of the tables, from the heading on. */
function cells(heading: string, column: number): string[] {
  const [, section = ''] = guide.split(`## ${heading}\n`);
  const [text = ''] = section.split('\n## ');
  const rows = text.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| MQTT.js'));
  return rows.map((row) => row.split('|')[column + 1]?.trim() ?? '');
}

/** Words in backticks. */
const named = (texts: readonly string[]): Set<string> =>
  new Set(texts.flatMap((text) => [...text.matchAll(/`(?:static )?(\w+)/g)].map(([, name = '']) => name)));

/** Public members of an interface or class of MQTT.js, without what it marks as its own by `_`. */
function members(pattern: RegExp): string[] {
  const [, body = ''] = pattern.exec(types) ?? [];
  const names = [...body.matchAll(/^ {4}(?:static |get )?([a-zA-Z]\w*)[?(:]/gm)].map(([, name = '']) => name);
  return [...new Set(names)].filter((name) => name !== 'constructor' && name !== 'private');
}

describe('the guide from MQTT.js', () => {
  it.each([
    ['option of connect', 'Options of `connect`', /interface ISecureClientOptions \{\n([\s\S]*?)\n\}/, 8],
    ['option of connect', 'Options of `connect`', /interface IClientOptions [^{]*\{\n([\s\S]*?)\n\}/, 50],
    ['option of publish', 'Publish, subscribe, end', /interface IClientPublishOptions \{\n([\s\S]*?)\n\}/, 5],
    [
      'option of subscribe',
      'Publish, subscribe, end',
      /interface IClientSubscribeOptions [^{]*\{\n([\s\S]*?)\n\}/,
      4,
    ],
    ['event', 'Events and state', /interface MqttClientEventCallbacks \{\n([\s\S]*?)\n\}/, 11],
  ])('names every %s', (_, heading, pattern, atLeast) => {
    const wanted = members(pattern);
    expect(wanted.length).toBeGreaterThanOrEqual(atLeast);
    const text = cells(heading, 0).join(' ');
    // `options.qos` and a list `qos`, `nl` are both ways to write it.
    const known = new Set([
      ...named([text]),
      ...[...text.matchAll(/options\.(\w+)/g)].map(([, name = '']) => name),
    ]);
    expect(wanted.filter((name) => !known.has(name))).toEqual([]);
  });

  it('names every method and field of the client', () => {
    const wanted = members(/default class MqttClient [^{]*\{\n([\s\S]*?)\n\}/);
    expect(wanted).toContain('publishAsync');
    const known = named([...cells('Publish, subscribe, end', 0), ...cells('Events and state', 0)]);
    expect(wanted.filter((name) => !known.has(name))).toEqual([]);
  });

  it('names every property of 5.0 that a caller may give', () => {
    const bodies = [...packets.matchAll(/interface I(\w+)Packet [^{]*\{\n([\s\S]*?)\n\}/g)];
    const given = bodies.filter(([, name = '']) =>
      /^(Connect|Publish|(Uns|S)ubscribe|Disconnect)$/.test(name),
    );
    const names = given.flatMap(([, , body = '']) =>
      [...body.matchAll(/properties\?: \{([\s\S]*?)\}/g)].flatMap(([, inside = '']) =>
        [...inside.matchAll(/(\w+)\?:/g)].map(([, name = '']) => name),
      ),
    );
    expect(new Set(names).size).toBeGreaterThanOrEqual(19);
    const known = named(cells('Properties (5.0)', 0));
    expect([...new Set(names)].filter((name) => !known.has(name))).toEqual([]);
  });

  it('names every export of the module, and exports of ours that there are', async () => {
    const wanted = Object.keys(await import('mqtt')).filter((name) => !/^_|^module/.test(name));
    expect(wanted).toContain('connectAsync');
    const known = named(cells('Beside the client', 0));
    expect(wanted.filter((name) => !known.has(name))).toEqual([]);
    const { isTopicFilter } = await import('@mqtt/codec');
    const { durable } = await import('@mqtt/client/store');
    const { storeSuite } = await import('@mqtt/client/testing');
    const client = await import('@mqtt/client');
    for (const there of [isTopicFilter, durable, storeSuite]) expect(there).toBeTypeOf('function');
    for (const name of ['connect', 'reasonCodeNames', 'RefusedError', 'SubscribeRefusedError', 'MqttError'])
      expect(Object.keys(client)).toContain(name);
  });

  it('names options of ours that there are', async () => {
    const refusal = await connect('mqtt://127.0.0.1:1', { nothing: 1 } as never).catch(
      (error: Error) => error.message,
    );
    const [, list = ''] = /write one of (.*)$/.exec(String(refusal)) ?? [];
    const ours = new Set([...list.split(', '), 'tls', 'webSocket', 'tcp', 'openSocket']);
    expect(ours).toContain('keepAlive');
    const said = [...named(cells('Options of `connect`', 1))];
    expect(said.filter((name) => !ours.has(name))).toEqual([]);
  });
});
