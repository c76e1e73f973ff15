import { expect, test } from 'vitest';
import { commandTable } from '../commands/command-table.ts';
import { CommandRegistry } from '../commands/registry.ts';
import { CommandRules } from './command-rules.ts';

function setUp() {
  const registry = new CommandRegistry();
  registry.addAll(commandTable);
  const rules = new CommandRules();
  const apply = (...given: string[]) =>
    given.map((rule) => rules.apply(rule, registry)).find((error) => error !== null);
  const allows = (name: string) => rules.allows(registry.get(name)!.id, registry);
  return { registry, rules, apply, allows };
}

test('a later rule takes the place of what it covers', () => {
  const { rules, apply } = setUp();
  apply('+config|get', '+get', '-config|set', '+@read', '+get');
  expect(rules.describe()).toBe('-@all +config|get -config|set +@read +get');
  apply('-CONFIG', '+@READ');
  expect(rules.describe()).toBe('-@all +get -config +@read');
  rules.reset(true);
  apply('+select|A', '+select|b', '-select', '+select|C');
  expect(rules.describe()).toBe('+@all -select +select|c');
});

test('rules for the commands of a module sleep while it is unloaded', () => {
  const { registry, rules, apply, allows } = setUp();
  const row = { name: 'mod.get', arity: 1, flags: [], categories: ['news'], proc: () => {} } as const;
  expect(apply('+mod.get')).toBe('unknown');
  expect(apply('+@news')).toBe('unknown');
  registry.moduleCategories.add('news');
  registry.add(row, 'mod');
  expect(apply('+@news')).toBeUndefined();
  expect([allows('mod.get'), allows('get')]).toEqual([true, false]);
  registry.remove('mod.get');
  registry.moduleCategories.delete('news');
  expect(allows('get')).toBe(false);
  registry.add({ ...row, name: 'mod.other' }, 'mod');
  expect(allows('mod.other')).toBe(true);
  rules.reset(true);
  expect(apply('-mod.other')).toBeUndefined();
  registry.remove('mod.other');
  registry.add(row, 'mod');
  registry.add({ ...row, name: 'mod.other' }, 'mod');
  expect([allows('mod.get'), allows('mod.other')]).toEqual([true, false]);
});

test('commands are known by the names they were born with', () => {
  const { registry, apply, allows } = setUp();
  const { id } = registry.get('get')!;
  registry.rename('get', 'fetch');
  registry.rename('set', '');
  expect(apply('+get', '+set')).toBeUndefined();
  expect(apply('+fetch')).toBe('unknown');
  expect([registry.get('fetch')!.id, allows('fetch')]).toEqual([id, true]);
});

test('first arguments have no blanks', () => {
  const { apply } = setUp();
  expect(apply('+select|a b')).toBe('syntax');
  expect(apply('+select|')).toBe('syntax');
});
