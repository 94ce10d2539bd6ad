/** docs/metrics.md: what mqttd tells Prometheus, in the families' own words. */
import { createBroker, type LimitName, type Limits, limits } from '@mqtt/broker';
import { families } from '../../src/observe/families.ts';
import { ownFamilies } from '../../src/observe/own.ts';
import { watchProcess } from '../../src/observe/readings.ts';

/** The page: one line for each family but those of the limits, which docs/limits.md lists. */
export function metricsPage(): string {
  const bounds = Object.fromEntries(
    (Object.keys(limits) as LimitName[]).map((name) => [name, limits[name][0]]),
  ) as Limits;
  const own = ownFamilies([], undefined, { applied: 0, refused: 0 });
  const rows = [...families(createBroker(), bounds, watchProcess()(), own, '')]
    .filter(({ name }) => !name.startsWith('mqttd_limit_'))
    .map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |`);
  return `# Metrics of mqttd\n\nWhat they are for: [operations.md](operations.md). Written by \`npx vitest run test/observe --update --root apps/broker\`.\n\n| name | type | what |\n|---|---|---|\n${rows.join('\n')}\n`;
}
