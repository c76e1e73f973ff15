/** The queue of a transaction against a plain list, with short and long lines and queues used again. */
import { expect, test } from 'vitest';
import { fuzz } from '../../../test/support/fuzz.ts';
import { commandTable } from '../../commands/command-table.ts';
import { type CommandEntry, CommandRegistry } from '../../commands/registry.ts';
import { Args } from '../../protocol/args.ts';
import { CommandQueue } from './command-queue.ts';

const commands = new CommandRegistry();
commands.addAll(commandTable);
const entries = [...commands.entries()].map(([, entry]) => entry);

function words(args: Args): string[] {
  return Array.from({ length: args.argc }, (_, i) => args.latin1(i));
}

function* lines(queue: CommandQueue): Generator<[CommandEntry, string[]]> {
  for (let cmd = queue.next(); cmd !== null; cmd = queue.next()) yield [cmd, words(queue.line)];
}

test('lines come back as they were queued', () =>
  fuzz(6, (random) => {
    const queue = new CommandQueue();
    const empty = queue.memoryBytes;
    for (let use = 0; use < 5; use++) {
      const model: [CommandEntry, string[]][] = [];
      let argumentBytes = 0;
      for (let i = random.below(random.oneIn(4) ? 300 : 20); i > 0; i--) {
        const length = random.oneIn(200) ? 20_000 : random.oneIn(20) ? 3000 : 20;
        const parts = Array.from({ length: random.between(1, random.oneIn(50) ? 100 : 4) }, () => random.value(length));
        const args = Args.from(parts);
        const cmd = random.pick(entries);
        queue.add(args, cmd);
        args.buf.fill(0);
        model.push([cmd, parts.map((part) => part.toString('latin1'))]);
        argumentBytes += parts.reduce((sum, part) => sum + part.length + 8, 0);
      }
      expect(queue.length).toBe(model.length);
      expect(queue.argumentBytes).toBe(argumentBytes);
      expect(queue.memoryBytes).toBeGreaterThanOrEqual(argumentBytes - 8 * model.length);
      expect([...lines(queue)]).toEqual(model);
      queue.clear();
      expect(queue.next()).toBeNull();
      expect(queue.memoryBytes).toBeLessThanOrEqual(empty + 4096);
    }
  }));
