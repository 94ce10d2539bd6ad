/**
 * What a caller of the session can do wrong. A peer cannot cause these: what a peer sends gets a verdict.
 */

/** A stored session cannot be restored: a packet id is out of range or stands there twice. */
export class RestoreError extends Error {
  override readonly name = 'RestoreError';
  /** Stable, for `switch`. */
  readonly code = 'PACKET_ID_NOT_FREE';
  /** The id as it was given. */
  readonly packetId: number;

  constructor(packetId: number) {
    super(`packet id ${packetId} is not 1 to 65,535 or stands twice in what is restored [MQTT-2.2.1-3]`);
    this.packetId = packetId;
  }
}
