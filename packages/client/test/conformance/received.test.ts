/** Bytes that no server may send: each ends the connection, and a 5.0 server is told why. */
import { describe, expect, it } from 'vitest';
import { lab, onEachClient, quiet } from '../lab.ts';

type Row = readonly [name: string, hex: string, reasonCode: number | undefined];

async function answerTo(version: 4 | 5, hex: string): Promise<unknown> {
  const { connect, server } = lab();
  const client = await connect({ version, reconnect: false });
  const got: unknown[] = [];
  client.on('message', (message) => got.push(message));
  const peer = await server.peer(0);
  peer.sendHex(hex);
  await peer.over();
  await quiet();
  expect(got).toEqual([]);
  expect(client.state).toMatchObject({ status: 'ended', reason: { code: 'PROTOCOL_ERROR' } });
  return peer.all('DISCONNECT')[0]?.reasonCode;
}

onEachClient((whole) => {
  describe('MQTT 3.1.1: [MQTT-4.8.0-1] the connection is closed after', () => {
    const rows: readonly Row[] = [
      ['[MQTT-1.5.3-1] a string with a surrogate', '30 05 00 03 ed a0 80', undefined],
      ['[MQTT-1.5.3-2] [MQTT-4.7.3-2] a string with U+0000', '30 03 00 01 00', undefined],
      ['[MQTT-2.2.2-1] [MQTT-2.2.2-2] reserved flags', 'd1 00', undefined],
      ['[MQTT-3.6.1-1] PUBREL with other flags', '60 02 00 01', undefined],
      ['[MQTT-2.3.1-1] packet id 0', '32 05 00 01 61 00 00', undefined],
      ['[MQTT-3.3.1-4] QoS 3', '36 05 00 01 61 00 01', undefined],
      ['[MQTT-3.3.1-2] DUP at QoS 0', '38 03 00 01 61', undefined],
      ['[MQTT-3.3.2-1] a topic that is longer than its packet', '30 03 00 05 61', undefined],
      ['[MQTT-3.3.2-2] [MQTT-4.7.1-1] a wildcard in a topic name', '30 05 00 03 61 2f 23', undefined],
      ['[MQTT-4.7.3-1] an empty topic name', '30 02 00 00', undefined],
      ['[MQTT-3.8.1-1] a SUBSCRIBE, whatever its flags', '80 06 00 01 00 01 61 00', undefined],
      ['[MQTT-3.10.1-1] an UNSUBSCRIBE, whatever its flags', 'a0 05 00 01 00 01 61', undefined],
    ];
    it.each(rows)('%s', async (_, hex) => {
      expect(await answerTo(4, hex)).toBeUndefined();
    });
  });

  describe('MQTT 5.0: [MQTT-4.13.2-1] the connection ends, with a DISCONNECT that says why, after', () => {
    const rows: readonly Row[] = [
      ['[MQTT-1.5.4-1] a string with a surrogate', '30 06 00 03 ed a0 80 00', 0x81],
      ['[MQTT-1.5.4-2] [MQTT-4.7.3-2] a string with U+0000', '30 04 00 01 00 00', 0x81],
      ['[MQTT-1.5.5-1] a Variable Byte Integer with more bytes than it needs', '30 05 00 01 61 80 00', 0x81],
      ['[MQTT-1.5.7-1] a string pair with a surrogate', '30 0d 00 01 61 09 26 00 01 61 00 03 ed a0 80', 0x81],
      ['[MQTT-2.1.3-1] reserved flags', 'd1 00', 0x81],
      ['[MQTT-2.2.2-1] no property length', '30 03 00 01 61', 0x81],
      ['[MQTT-3.3.1-2] DUP at QoS 0', '38 04 00 01 61 00', 0x81],
      ['[MQTT-3.3.1-4] QoS 3', '36 06 00 01 61 00 01 00', 0x81],
      ['[MQTT-3.3.2-1] a topic that is longer than its packet', '30 03 00 05 61', 0x81],
      ['[MQTT-3.3.2-2] [MQTT-4.7.0-1] a wildcard in a topic name', '30 06 00 03 61 2f 23 00', 0x90],
      ['[MQTT-4.7.3-1] an empty topic name without an alias', '30 03 00 00 00', 0x82],
      ['[MQTT-3.3.2-8] Topic Alias 0', '30 07 00 01 61 03 23 00 00', 0x94],
      ['[MQTT-3.3.2-13] a Response Topic with a surrogate', '30 0a 00 01 61 06 08 00 03 ed a0 80', 0x81],
      ['[MQTT-3.3.2-14] a Response Topic with a wildcard', '30 08 00 01 61 04 08 00 01 23', 0x82],
      ['[MQTT-3.3.2-19] a Content Type with a surrogate', '30 0a 00 01 61 06 03 00 03 ed a0 80', 0x81],
      ['[MQTT-3.6.1-1] PUBREL with other flags', '60 02 00 01', 0x81],
      ['[MQTT-3.8.1-1] a SUBSCRIBE, whatever its flags', '80 07 00 01 00 00 01 61 00', 0x82],
      ['[MQTT-3.10.1-1] an UNSUBSCRIBE, whatever its flags', 'a0 06 00 01 00 00 01 61', 0x82],
      ['[MQTT-3.14.1-1] DISCONNECT with other flags', 'e1 00', 0x81],
      ['[MQTT-3.15.1-1] AUTH with other flags', 'f1 00', 0x81],
    ];
    /** What a small client takes: it has no table of the legal ones. */
    const reasons: readonly Row[] = [
      ['[MQTT-3.4.2-1] PUBACK with a reason code of another packet', '40 03 00 01 04', 0x81],
      ['[MQTT-3.5.2-1] PUBREC with a reason code of another packet', '50 03 00 01 04', 0x81],
      ['[MQTT-3.6.2-1] PUBREL with a reason code of another packet', '62 03 00 01 80', 0x81],
      ['[MQTT-3.7.2-1] PUBCOMP with a reason code of another packet', '70 03 00 01 80', 0x81],
      ['[MQTT-3.14.2-1] DISCONNECT with a reason code of a client', 'e0 01 04', 0x82],
      ['[MQTT-3.15.2-1] AUTH with a reason code of another packet', 'f0 01 04', 0x81],
    ];
    whole.it.each(reasons)('%s', async (_, hex, reasonCode) => {
      expect(await answerTo(5, hex)).toBe(reasonCode);
    });
    it.each(rows)('%s', async (_, hex, reasonCode) => {
      expect(await answerTo(5, hex)).toBe(reasonCode);
    });
  });
});
