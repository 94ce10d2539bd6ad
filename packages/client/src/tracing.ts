/**
 * The entry `@mqtt/client/tracing`: W3C Trace Context in user properties (Trace Context for MQTT, 5.0 only). Writes and
 * reads the two texts; whose they are, a tracing library says through callbacks.
 */
import type { UserProperty } from '@mqtt/codec';
import type { MessageHook } from './hooks.ts';
import type { Message } from './message.ts';

/** The two texts of W3C Trace Context. */
export interface TraceContext {
  /** `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01` */
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
}

/** How a tracing library is asked. */
export interface TraceContextOptions {
  /** The context of the code that publishes; undefined: none. A message that has a `traceparent` is left as it is. */
  current?(): TraceContext | undefined;
  /** Runs a message handler within the context that came with its message; call `handler` and give what it gives. */
  run?(context: TraceContext, handler: () => unknown, message: Message): unknown;
}

const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(-.*)?$/;

/** `connect(url, { hooks: [traceContext({ current, run })] })`. Before 5.0 it does nothing. */
export function traceContext({ current, run }: TraceContextOptions): MessageHook {
  return {
    publish({ properties, version }) {
      const context = version === 5 ? current?.() : undefined;
      if (context === undefined || valuesOf('traceparent', properties?.userProperties).length > 0)
        return undefined;
      const { traceparent, tracestate } = context;
      const userProperties: UserProperty[] = [
        ...(properties?.userProperties ?? []),
        ['traceparent', traceparent],
      ];
      if (tracestate !== undefined) userProperties.push(['tracestate', tracestate]);
      return { ...properties, userProperties };
    },
    handle(message, handler) {
      const context = traceContextOf(message);
      return run === undefined || context === undefined ? handler() : run(context, handler, message);
    },
  };
}

/** The context that came with a message; undefined when there is none, more than one, or it is not well formed. */
export function traceContextOf(message: Pick<Message, 'properties'>): TraceContext | undefined {
  const given = message.properties?.userProperties;
  const [traceparent = '', ...others] = valuesOf('traceparent', given);
  if (others.length > 0 || !TRACEPARENT.test(traceparent)) return undefined;
  const states = valuesOf('tracestate', given);
  return { traceparent, tracestate: states.length === 0 ? undefined : states.join(',') };
}

function valuesOf(name: string, given: readonly UserProperty[] = []): string[] {
  return given.flatMap(([key, value]) => (key === name ? value : []));
}
