/**
 * What a client does, told to `node:diagnostics_channel`: `mqtt:client:connect`, `:state`, `:publish`, `:message` and
 * `:error`. Node only. Costs a look at each channel while nobody subscribes to it.
 */
import { channel } from 'node:diagnostics_channel';
import type { Platform } from './platform.ts';

const state = channel('mqtt:client:state');
const connect = channel('mqtt:client:connect');
const publish = channel('mqtt:client:publish');
const message = channel('mqtt:client:message');
const error = channel('mqtt:client:error');

/** Tells who listens: `{ client, state, previous }`, `{ client, connack }`, `{ client, topic, payload, options }`, … */
export const diagnostics: NonNullable<Platform['observer']> = {
  state(client, now, previous) {
    if (state.hasSubscribers) state.publish({ client, state: now, previous });
    if (now.status === 'connected' && connect.hasSubscribers)
      connect.publish({ client, connack: now.connack, limits: now.limits });
  },
  publish(client, topic, payload, options) {
    if (publish.hasSubscribers) publish.publish({ client, topic, payload, options });
  },
  message(client, received) {
    if (message.hasSubscribers) message.publish({ client, message: received });
  },
  error(client, failure) {
    if (error.hasSubscribers) error.publish({ client, error: failure });
  },
};
