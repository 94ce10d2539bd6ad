/**
 * What may be configured and this version cannot do: refused by name, never ignored. A line here goes when the thing
 * itself comes. Knows nothing of what is wrong for other reasons.
 */
import type { Path } from './faults.ts';
import type { ListenerSettings, Objection, Settings } from './settings.ts';

type Missing<T> = readonly [
  isAsked: (asked: T) => boolean,
  path: Path,
  /** What to do instead. */
  instead: string,
];

const LISTENER: readonly Missing<ListenerSettings>[] = [
  [({ mountPoint }) => mountPoint !== undefined, ['mountPoint'], 'leave it out'],
];

function missing<T>(asked: T, table: readonly Missing<T>[], top: Path): Objection[] {
  return table.flatMap(([isAsked, path, instead]) =>
    isAsked(asked)
      ? [{ path: [...top, ...path], message: `this version of mqttd cannot do that yet; ${instead}` }]
      : [],
  );
}

/** All that is asked for in vain. */
export function unsupported(settings: Settings): readonly Objection[] {
  return [
    ...settings.listeners.flatMap((listener, index) => missing(listener, LISTENER, ['listeners', index])),
  ];
}
