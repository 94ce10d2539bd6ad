/** Every case, in the order of its id. */
import type { Case } from '../case.ts';
import { bans } from './bans.ts';
import { borders } from './borders.ts';
import { certificates } from './certificates.ts';
import { connecting } from './connect.ts';
import { exchanges } from './exchanges.ts';
import { flow } from './flow.ts';
import { framing } from './framing.ts';
import { keeping } from './keeping.ts';
import { load } from './load.ts';
import { logins } from './logins.ts';
import { messages } from './messages.ts';
import { own } from './own.ts';
import { ownDoors } from './own-doors.ts';
import { resources } from './resources.ts';
import { rights } from './rights.ts';
import { sessions } from './sessions.ts';
import { stored } from './stored.ts';
import { text } from './text.ts';
import { tokens } from './tokens.ts';
import { webSocket } from './websocket.ts';

/** The table. */
export const all: readonly Case[] = [
  ...framing,
  ...text,
  ...connecting,
  ...sessions,
  ...logins,
  ...bans,
  ...exchanges,
  ...certificates,
  ...tokens,
  ...rights,
  ...borders,
  ...messages,
  ...keeping,
  ...flow,
  ...resources,
  ...load,
  ...stored,
  ...webSocket,
  ...own,
  ...ownDoors,
];
