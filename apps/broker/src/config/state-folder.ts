/** Where a broker keeps what outlives it when nobody says where: the folder for state of a service, or of a user. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The variables that name or move it; empty is as good as absent. */
export interface StateNames {
  /** systemd's, for `StateDirectory=`: folders parted by colons. */
  readonly STATE_DIRECTORY?: string | undefined;
  readonly XDG_STATE_HOME?: string | undefined;
  readonly HOME?: string | undefined;
}

/** An absolute path; nothing is made. */
export function stateFolder({ STATE_DIRECTORY, XDG_STATE_HOME, HOME }: StateNames): string {
  const given = STATE_DIRECTORY?.split(':')[0];
  if (given) return given;
  return join(XDG_STATE_HOME || join(HOME || homedir(), '.local', 'state'), 'mqttd');
}
