/**
 * How much all clients of one broker hold together: plain numbers, moved where something comes or goes, compared with
 * the bounds "in all" of `options.ts`. One bound for each client is not enough when there are 100,000 of them.
 * Knows no client and does nothing at a bound.
 */

/** What all clients hold together; made once for a broker. */
export class Totals {
  /** QoS 1 and 2 messages that wait in sessions, and their bytes. */
  queuedMessages = 0;
  queuedBytes = 0;
  /** Bytes of open QoS 1 and 2 messages to clients whose sessions no store keeps. */
  inflightBytes = 0;
  /** Objects in memory: open messages of all sessions, and those that wait in sessions that no store keeps. */
  messagesInMemory = 0;
  /** Bytes of wills: of connected clients, and of those that are away and whose will waits. */
  willBytes = 0;
  /** Bytes that wait for connections that do not take them. */
  outgoingBytes = 0;
  /** Bytes received of connections that are not accepted yet. */
  bytesBeforeConnect = 0;
  /** Bytes received of clients that are not handled yet: half a packet, or packets of a client that is held. */
  receivedBytes = 0;
}
