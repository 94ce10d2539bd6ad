/** The table of docs/operations.md: what mqttd tells Prometheus, in the families' own words. */
import { createBroker, type LimitName, type Limits, limits } from '@mqtt/broker';
import { families } from '../../src/observe/families.ts';
import { ownFamilies } from '../../src/observe/own.ts';
import { watchProcess } from '../../src/observe/readings.ts';

/** One line for each family; those of the limits, which docs/limits.md lists, are one. */
export function metricsTable(): string {
  const bounds = Object.fromEntries(
    (Object.keys(limits) as LimitName[]).map((name) => [name, limits[name][0]]),
  ) as Limits;
  const own = ownFamilies([], undefined, { applied: 0, refused: 0 });
  const rows = [...families(createBroker(), bounds, watchProcess()(), own, '')]
    .filter(({ name }) => !name.startsWith('mqttd_limit_'))
    .map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |`);
  return `| name | type | what |\n|---|---|---|\n${rows.join('\n')}\n`;
}
