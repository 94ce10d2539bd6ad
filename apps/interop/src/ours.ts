/** Which clients are ours. Knows no client itself. */

/** What departs in them is a failure. */
const OURS: readonly string[] = ['@mqtt/client', '@mqtt/client (browser)', 'mqtt (our command)'];

/** true for a client of ours. */
export function isOurs(client: string): boolean {
  return OURS.includes(client);
}
