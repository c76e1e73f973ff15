import { expect, test } from 'vitest';
import { fuzz } from '../../test/support/fuzz.ts';
import { commandTable } from '../commands/command-table.ts';
import { commandKeys } from '../commands/key-references.ts';
import { type CommandEntry, CommandRegistry } from '../commands/registry.ts';
import { Args } from '../protocol/args.ts';
import { lastOf, permissionsOf } from './key-plan.ts';

const registry = new CommandRegistry();
registry.addAll(commandTable);
const entries = [...registry.originals.values()].flatMap((entry) => [entry, ...(entry.subcommands?.values() ?? [])]);

/** The keys that the plan finds, as `index permissions`; null where it leaves them to the command's finder. */
function planned({ keyPlan }: CommandEntry, args: Args): string[] | null {
  if (keyPlan === null) return null;
  const found: string[] = [];
  for (const keys of keyPlan) {
    const last = lastOf(keys, args.argc);
    if (last < 0) return null;
    for (let i = keys.first; i <= last; i += keys.step) found.push(`${i} ${keys.permissions}`);
  }
  return found;
}

test('plans find the keys that specifications do', async () => {
  let plans = 0;
  await fuzz(30, (random) => {
    for (const entry of entries) {
      const least = Math.abs(entry.arity);
      const argc = entry.arity > 0 ? least : least + random.below(6);
      const args = Args.from(Array.from({ length: argc }, () => random.pick(['1', '2', 'k', 'STORE', 'GET'])));
      const found = planned(entry, args);
      if (found === null) continue;
      plans++;
      const keys = commandKeys(entry, args).map(({ index, flags }) => `${index} ${permissionsOf(flags)}`);
      expect(found, `${entry.fullName} with ${argc} arguments`).toEqual(keys);
    }
  });
  expect(plans).toBeGreaterThan(30 * 200);
});

test('most commands with keys have a plan', () => {
  const without = entries.filter(({ keyPlan }) => keyPlan === null).map(({ fullName }) => fullName);
  expect(without.length).toBeLessThan(45);
  expect(without).not.toContain('get');
  expect(registry.get('get')!.keyPlan).toEqual([{ first: 1, lastKey: 0, step: 1, limit: 0, permissions: 1 }]);
  expect(registry.get('ping')!.keyPlan).toEqual([]);
});
