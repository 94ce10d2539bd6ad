/**
 * What listeners without a name are called while mqttd runs. At start they are called by type and place in the list; after
 * a change of the list whoever stays where it was must keep its name, or connections would have the rules of another.
 */
import { HOST, type ListenerSettings } from './settings.ts';

/** Whether nobody gave it this name. */
function isUnnamed({ name, type }: ListenerSettings, index: number): boolean {
  return name === `${type}-${index}`;
}

function placeOf({ type, host = HOST, port, path }: ListenerSettings): string {
  return type === 'unix' ? String(path) : `${host} ${port}`;
}

/** The first such name that nobody has or had. */
function freeName(type: string, taken: ReadonlySet<string>): string {
  for (let count = 0; ; count++) if (!taken.has(`${type}-${count}`)) return `${type}-${count}`;
}

/**
 * The listeners `after` a change with the names they have while mqttd runs: one without a name is that which was at its
 * address `before`; else the one of its type at its place in the list, moved; else a new one.
 */
export function withNames(
  before: readonly ListenerSettings[],
  after: readonly ListenerSettings[],
): readonly ListenerSettings[] {
  const given = after.filter((listener, index) => !isUnnamed(listener, index)).map(({ name }) => name);
  const taken = new Set(given);
  const named = after.map((listener, index) => {
    if (!isUnnamed(listener, index)) return listener;
    const there = before.find((old) => !taken.has(old.name) && placeOf(old) === placeOf(listener));
    // A port of any number is at no place: its place in the list is all there is to know it by.
    if (there === undefined || there.type !== listener.type || listener.port === 0) return undefined;
    taken.add(there.name);
    return { ...listener, name: there.name };
  });
  const known = new Set(before.map(({ name }) => name));
  return named.map((listener, index) => {
    if (listener !== undefined) return listener;
    const unnamed = after[index] as ListenerSettings;
    const name = taken.has(unnamed.name)
      ? freeName(unnamed.type, new Set([...known, ...taken]))
      : unnamed.name;
    taken.add(name);
    return { ...unnamed, name };
  });
}
