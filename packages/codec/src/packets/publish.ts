/** PUBLISH, both directions, all versions (§3.3). */
import type { Publish, QoS } from '../packet.ts';
import { readProperties, writeProperties } from '../properties.ts';
import type { Reader } from '../reader.ts';
import * as rule from '../rules.ts';
import type { Properties } from '../tables/properties.ts';
import type { Writer } from '../writer.ts';

/** Reads a PUBLISH whose fixed header's flags are `flags`; the payload is a view unless the reader copies. */
export function readPublish(r: Reader, flags: number): Publish {
  const qos = ((flags >> 1) & 3) as QoS;
  const dup = (flags & 8) !== 0;
  if (qos === (3 as number)) r.fail(rule.qos, r.start); // [MQTT-3.3.1-4]
  if (dup && qos === 0 && r.version > 3) r.fail(rule.dupAtQoS0, r.start); // [MQTT-3.3.1-2]; 3.1 does not forbid it
  const at = r.pos;
  const topic = r.string(true);
  const packetId = qos > 0 ? r.packetId() : undefined;
  const properties = readProperties(r, 'PUBLISH');
  checkTopic(r, topic, properties, at);
  return {
    type: 'PUBLISH',
    topic,
    payload: r.rest(),
    retain: (flags & 1) !== 0,
    qos,
    dup: dup && qos > 0,
    packetId,
    properties,
  } as Publish;
}

/** Only a Topic Alias can stand in for the Topic Name (§3.3.2.1). */
function checkTopic(
  rw: Reader | Writer,
  topic: string,
  properties: Properties<'PUBLISH'> | undefined,
  at?: number,
): void {
  if (topic !== '') return;
  if (rw.version < 5) rw.fail(rule.emptyTopic, at);
  if (properties?.topicAlias === undefined) rw.fail(rule.noTopicAndNoAlias, at);
}

/**
 * Writes everything of a PUBLISH but its payload, whose length the Remaining Length already counts: for callers that
 * send the payload from where it lies.
 */
export function writePublishHead(w: Writer, packet: Publish): void {
  const { topic, payload, qos, dup, retain, packetId, properties } = packet;
  if (qos !== 0 && qos !== 1 && qos !== 2) w.fail(rule.qos);
  if (qos === 0) {
    if (dup) w.fail(rule.dupAtQoS0); // [MQTT-3.3.1-2]
    if (packetId !== undefined) w.fail(rule.packetIdAtQoS0); // [MQTT-2.2.1-2]
  }
  checkTopic(w, topic, properties);
  w.checkBytes(payload);
  const body = w.begin(0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0));
  if (w.writeName) w.writeName(w, topic);
  else w.string(topic, true);
  if (qos > 0) w.packetId(packetId as number);
  writeProperties(w, 'PUBLISH', properties);
  w.end(body, payload.length);
}

/** Writes a whole PUBLISH. */
export function writePublish(w: Writer, packet: Publish): void {
  writePublishHead(w, packet);
  w.raw(packet.payload);
}
