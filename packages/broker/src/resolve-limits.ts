/**
 * From the limits that a program gives to a value for every limit of the table, or the word which one cannot be. Knows
 * no limit's meaning.
 */
import { BrokerError } from './errors.ts';
import { type LimitName, type Limits, limits } from './options.ts';

/** All limits: the given ones, checked, and defaults for the rest. @throws {BrokerError} INVALID_OPTION */
export function resolveLimits(given: Partial<Limits>): Limits {
  const entries = (Object.keys(limits) as LimitName[]).map(
    (name) => [name, resolveLimit(name, given[name])] as const,
  );
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(limits, name))
      throw new BrokerError('INVALID_OPTION', `limits.${name} does not exist`);
  }
  return Object.fromEntries(entries) as Limits;
}

function resolveLimit(name: LimitName, value: number | undefined): number {
  const [standard, least, most, unit] = limits[name];
  if (value === undefined) return standard;
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new BrokerError(
      'INVALID_OPTION',
      `limits.${name} must be a whole number from ${least} to ${most} ${unit}, not ${value}`,
    );
  }
  return value;
}
