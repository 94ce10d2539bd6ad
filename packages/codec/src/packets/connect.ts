/** CONNECT, both directions, all versions (§3.1). Whether its client id is welcome is the server's to say. */
import type { Connect, ProtocolVersion, QoS, Will } from '../packet.ts';
import { readProperties, writeProperties } from '../properties.ts';
import type { Reader } from '../reader.ts';
import * as rule from '../rules.ts';
import type { Properties } from '../tables/properties.ts';
import type { Writer } from '../writer.ts';

/** Reads a CONNECT; sets the reader's version as soon as it is known, or refuses one that is not the reader's. */
export function readConnect(r: Reader): Connect {
  const version = readVersion(r);
  const at = r.pos;
  const flags = r.u8();
  checkFlags(r, flags, at);
  const keepAlive = r.u16();
  const properties = readProperties(r, 'CONNECT');
  checkAuthentication(r, properties);
  const clientId = r.string();
  const will = (flags & 0x04) !== 0 ? readWill(r, flags) : undefined;
  // 3.1 gives the Remaining Length precedence over these flags: what is not there is absent.
  const isMissing = (): boolean => version === 3 && r.pos === r.end;
  const username = (flags & 0x80) !== 0 && !isMissing() ? r.string() : undefined;
  const password = (flags & 0x40) !== 0 && !isMissing() ? r.binary() : undefined;
  const cleanStart = (flags & 0x02) !== 0;
  return {
    type: 'CONNECT',
    version,
    clientId,
    cleanStart,
    keepAlive,
    will,
    username,
    password,
    properties,
  } as Connect;
}

/** Protocol Name and Protocol Version (§3.1.2.1, §3.1.2.2). */
function readVersion(r: Reader): ProtocolVersion {
  const at = r.pos;
  const name = r.string();
  if (name !== 'MQTT' && name !== 'MQIsdp') r.fail(rule.protocolName, at); // [MQTT-3.1.2-1]
  const level = r.u8();
  // [MQTT-3.1.2-2]
  if (name === 'MQTT' ? level !== 4 && level !== 5 : level !== 3) r.fail(rule.protocolVersion, r.pos - 1);
  // The connection goes on in this version, unless the caller said before in which.
  if (r.isVersionKnown && level !== r.version) r.fail(rule.protocolVersion, r.start);
  const version = level as ProtocolVersion;
  r.version = version;
  r.isVersionKnown = true;
  return version;
}

/** Refuses Connect Flags that were read, or are about to be written (§3.1.2.3). */
function checkFlags(r: Reader | Writer, flags: number, at?: number): void {
  if ((flags & 0x01) !== 0) r.fail(rule.connectFlags, at); // [MQTT-3.1.2-3]
  if ((flags & 0x18) === 0x18) r.fail(rule.willQoS, at); // [MQTT-3.1.2-12]
  if ((flags & 0x04) === 0) {
    if ((flags & 0x18) !== 0) r.fail(rule.qosWithoutWill, at); // [MQTT-3.1.2-11]
    if ((flags & 0x20) !== 0) r.fail(rule.retainWithoutWill, at); // [MQTT-3.1.2-13]
  }
  if (r.version < 5 && (flags & 0xc0) === 0x40) r.fail(rule.passwordWithoutUserName, at); // [MQTT-3.1.2-22] of 3.1.1
}

function readWill(r: Reader, flags: number): Will {
  const properties = readProperties(r, 'WILL');
  const at = r.pos;
  const topic = r.string(true);
  if (topic === '') r.fail(rule.emptyTopic, at);
  const payload = r.binary();
  return { topic, payload, qos: ((flags >> 3) & 3) as QoS, retain: (flags & 0x20) !== 0, properties } as Will;
}

/** Authentication Data alone is a Protocol Error (§3.1.2.11.10). */
function checkAuthentication(r: Reader | Writer, bag: Properties<'CONNECT'> | undefined): void {
  if (bag?.authenticationData && bag.authenticationMethod === undefined) r.fail(rule.authenticationMethod);
}

/** Writes a whole CONNECT; its own version must be the writer's. */
export function writeConnect(w: Writer, packet: Connect): void {
  const { version, clientId, cleanStart, keepAlive, will, username, password, properties } = packet;
  if (version !== w.version) w.fail(rule.protocolVersion);
  if (clientId === '' && !cleanStart && version < 5) w.fail(rule.clientId); // [MQTT-3.1.3-7] of 3.1.1
  const body = w.begin(0x10);
  w.string(version === 3 ? 'MQIsdp' : 'MQTT');
  w.u8(version);
  if (will !== undefined && (will.qos & 3) !== will.qos) w.fail(rule.willQoS);
  const flags =
    (username === undefined ? 0 : 0x80) |
    (password === undefined ? 0 : 0x40) |
    (will === undefined ? 0 : 0x04 | (will.qos << 3) | (will.retain ? 0x20 : 0)) |
    (cleanStart ? 0x02 : 0);
  checkFlags(w, flags);
  w.u8(flags);
  w.u16(keepAlive);
  checkAuthentication(w, properties);
  writeProperties(w, 'CONNECT', properties);
  w.string(clientId);
  if (will !== undefined) writeWill(w, will);
  if (username !== undefined) w.string(username);
  if (password !== undefined) w.binary(password);
  w.end(body);
}

function writeWill(w: Writer, { topic, payload, properties }: Will): void {
  writeProperties(w, 'WILL', properties);
  if (topic === '') w.fail(rule.emptyTopic);
  w.string(topic, true);
  w.binary(payload);
}
