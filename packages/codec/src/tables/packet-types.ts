/**
 * Which control packets exist: number, fixed-header flags, who may send them (MQTT 5.0 §2.1.2, §2.1.3).
 * Knows nothing of what a packet holds; that is `packets/`.
 */

/** Name -> [number, required fixed-header flags, who sends it]. PUBLISH has flags of its own. */
export const packetTypes = {
  CONNECT: [1, 0, 'client'],
  CONNACK: [2, 0, 'server'],
  PUBLISH: [3, 0, 'both'],
  PUBACK: [4, 0, 'both'],
  PUBREC: [5, 0, 'both'],
  PUBREL: [6, 2, 'both'],
  PUBCOMP: [7, 0, 'both'],
  SUBSCRIBE: [8, 2, 'client'],
  SUBACK: [9, 0, 'server'],
  UNSUBSCRIBE: [10, 2, 'client'],
  UNSUBACK: [11, 0, 'server'],
  PINGREQ: [12, 0, 'client'],
  PINGRESP: [13, 0, 'server'],
  DISCONNECT: [14, 0, 'both'],
  AUTH: [15, 0, 'both'],
} as const;

/** The name of a control packet, in the specification's words (§2.1.2). */
export type PacketType = keyof typeof packetTypes;
