/** Which configuration file is read: the one that was named, or one at a place where people look. */

/** The variables that name or move it. */
export interface Names {
  readonly MQTTD_CONFIG?: string | undefined;
  readonly XDG_CONFIG_HOME?: string | undefined;
  readonly HOME?: string | undefined;
}

/** Places that are looked at in this order when none is named. */
export function standardPlaces({ XDG_CONFIG_HOME, HOME }: Names): readonly string[] {
  const home = XDG_CONFIG_HOME || (HOME ? `${HOME}/.config` : undefined);
  return [...(home === undefined ? [] : [`${home}/mqttd/mqttd.yaml`]), '/etc/mqttd/mqttd.yaml'];
}

/** The file to read, undefined when there is none. `MQTTD_CONFIG` empty: none, wherever there may be one. */
export function findConfiguration(
  named: string | undefined,
  names: Names,
  exists: (file: string) => boolean,
): string | undefined {
  const chosen = named ?? names.MQTTD_CONFIG;
  if (chosen === '') return undefined;
  return chosen ?? standardPlaces(names).find(exists);
}
