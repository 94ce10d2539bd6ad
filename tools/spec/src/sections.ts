/** How the document is divided: the chapters and sections of both versions, by the number that a statement begins with. */

/** Number, title in 3.1.1 and in 5.0; in the order of the document. */
const TITLES: readonly (readonly [number: string, three: string, five: string])[] = [
  ['1.5', 'Data', 'Data'],
  ['2.1', '', 'Fixed header'],
  ['2.2', 'Fixed header', 'Packet ids and properties'],
  ['2.3', 'Packet ids', ''],
  ['3.1', 'CONNECT', 'CONNECT'],
  ['3.2', 'CONNACK', 'CONNACK'],
  ['3.3', 'PUBLISH', 'PUBLISH'],
  ['3.4', '', 'PUBACK'],
  ['3.5', '', 'PUBREC'],
  ['3.6', 'PUBREL', 'PUBREL'],
  ['3.7', '', 'PUBCOMP'],
  ['3.8', 'SUBSCRIBE', 'SUBSCRIBE'],
  ['3.9', 'SUBACK', 'SUBACK'],
  ['3.10', 'UNSUBSCRIBE', 'UNSUBSCRIBE'],
  ['3.11', '', 'UNSUBACK'],
  ['3.12', 'PINGREQ', 'PINGREQ'],
  ['3.14', 'DISCONNECT', 'DISCONNECT'],
  ['3.15', '', 'AUTH'],
  ['4.1', 'Session state', 'Session state'],
  ['4.2', '', 'Transport'],
  ['4.3', 'Quality of service', 'Quality of service'],
  ['4.4', 'Sending again', 'Sending again'],
  ['4.5', 'Taking a message', 'Taking a message'],
  ['4.6', 'Order', 'Order'],
  ['4.7', 'Topic names and filters', 'Topic names and filters'],
  ['4.8', 'Errors', 'Subscriptions'],
  ['4.9', '', 'Flow control'],
  ['4.12', '', 'Enhanced authentication'],
  ['4.13', '', 'Errors'],
  ['6.0', 'WebSocket', 'WebSocket'],
  ['7.0', 'Conformance', ''],
  ['7.1', 'Conformance of a server and of a client', ''],
];

/** The section a statement stands in: `3.1 CONNECT`; its number alone when it has no title here. */
export function sectionOf({ id, version }: { readonly id: string; readonly version: string }): string {
  const number = /^MQTT-(\d+\.\d+)/.exec(id)?.[1] ?? '';
  const row = TITLES.find(([wanted]) => wanted === number);
  const title = (version === '5.0' ? row?.[2] : row?.[1]) ?? '';
  return `${number} ${title}`.trim();
}
