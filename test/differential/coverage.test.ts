/** Every command graftis lists appears in a differential table or in a named test. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repositoryRoot, startGraftis, subjectIsOracle, type TestServer } from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startGraftis();
});
afterAll(() => server?.stop());

const folder = join(repositoryRoot, 'test');
const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('\n');

/**
 * A command counts where it stands in capitals as a word of a table's line or as a test's argument: at the start of a
 * line, after a quote, backquote, prefix or blank. A subcommand follows its container.
 */
function isTested(command: string): boolean {
  const words = command.toUpperCase().split('|');
  return new RegExp(`(?:^|['"\`:\\s])${words.join('[\'",\\s]+')}(?=$|['"\`,\\s\\\\])`, 'm').test(texts);
}

test.skipIf(subjectIsOracle)('no command is without a test', async () => {
  const commands = (await server.call('COMMAND', 'LIST')) as string[];
  expect(commands.length).toBeGreaterThan(50);
  expect(commands.filter((command) => !isTested(command))).toEqual([]);
});

test('a command without a test is found', () => {
  expect(isTested('get')).toBe(true);
  expect(isTested('client|getname')).toBe(true);
  expect(isTested('nosuch|com'.concat('mand'))).toBe(false);
});
