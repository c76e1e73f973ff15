/** The keyspace events of list commands, in their order, as a module in both servers hears them. */
import { join } from 'node:path';
import { compilerAvailable } from '../support/availability.ts';
import { differential, type Group, group } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import { repositoryRoot, temporaryFolder } from '../support/server.ts';

/** After each line the events it caused. */
function told(name: string, lines: string): Group {
  const texts = lines.split('\n').filter((line) => line.trim() !== '');
  return group(name, 'EV.NOTES', ...texts.flatMap((line) => [line, 'EV.NOTES']));
}

if (compilerAvailable()) {
  const loadmodule = compileModule(join(repositoryRoot, 'test', 'modules', 'events.c'), temporaryFolder());
  differential(
    'lists: events',
    [
      told(
        'of commands that do not block',
        `
        RPUSH k a b c
        LPUSH k d
        LPUSHX k e
        RPUSHX none e
        LSET k 0 x
        LSET k 100 x
        LINSERT k BEFORE a y
        LINSERT k BEFORE none y
        LREM k 0 none
        LREM k 0 y
        LTRIM k 0 -1
        LTRIM k 1 -1
        LTRIM k 5 1
        RPUSH k a
        LPOP k
        RPUSH k a b
        RPOP k 1
        RPOP k 5
        LPOP k 0
        RPUSH k a b a
        LREM k 5 a
        LREM k 5 b
        RPUSH k 1 2 3
        LMOVE k other LEFT RIGHT
        LMOVE k other RIGHT LEFT
        RPOPLPUSH k other
        RPOPLPUSH other other
        LMOVE none other LEFT LEFT
        LMPOP 2 none other LEFT COUNT 2
        LMPOP 2 none other LEFT COUNT 2
        RPUSH one x
        RPOPLPUSH one one
        PEXPIREAT one 1
        LPUSH one y
        LLEN one
        LINDEX none 1
        `,
      ),
      told(
        'of commands that block',
        `
        RPUSH k 1 2 3 4
        BLPOP k 0
        BRPOP none k 0
        BLMOVE k other LEFT LEFT 0
        BRPOPLPUSH k other 0
        BLMPOP 0 1 other LEFT COUNT 5
        BLPOP k 0.01
        client B: blocks: BLPOP w 0
        RPUSH w 1
        client B: PING
        client B: blocks: BLMOVE w v LEFT RIGHT 0
        client C: blocks: BRPOP v 0
        RPUSH w 1 2
        client B: PING
        client B: blocks: BLMPOP 0 1 x LEFT COUNT 3
        RPUSH x 1 2
        `,
      ),
    ],
    { directives: { loadmodule }, protocols: [2] },
  );
}
