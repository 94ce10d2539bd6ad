/** A play that is one CONNECT and its CONNACK. Knows no cases. */
import { equal } from 'node:assert/strict';
import type { Hello } from './bytes.ts';
import type { Play } from './case.ts';
import { attempt, ownId } from './clients.ts';

/** CONNECT with these fields gets this CONNACK, and is closed unless it is 0x00. */
export function answered(name: string, hello: () => Hello, wanted: string, listener?: string): Play {
  return {
    name,
    answer: wanted,
    play: async (arena) => {
      const [peer, connack] = await attempt(arena, { id: ownId(), ...hello() }, listener);
      equal(connack, wanted);
      if (wanted !== 'CONNACK 0x00') await peer.closed();
      peer.cut();
    },
  };
}
