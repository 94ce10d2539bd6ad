/** docs/migrate-from-mqttjs.md names everything that the installed MQTT.js has, and nothing that our client lacks. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { connect } from '@mqtt/client';
import { describe, expect, it } from 'vitest';

const { resolve } = createRequire(import.meta.url);
const types = readFileSync(join(dirname(resolve('mqtt/package.json')), 'build/lib/client.d.ts'), 'utf8');
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
