// RedisModule_Call over TCP: the same module in graftis and in redis-server.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'vitest';
import { compilerAvailable } from '../support/availability.ts';
import { differential, group } from '../support/differential.ts';
import { compileModule } from '../support/modules.ts';
import { repositoryRoot, temporaryFolder } from '../support/server.ts';

const folder = temporaryFolder();
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!compilerAvailable())('RedisModule_Call', () => {
  if (!compilerAvailable()) return;
  const loadmodule = compileModule(join(repositoryRoot, 'test', 'modules', 'call.c'), folder);

  const PROTOCOL_TYPES = [
    'string integer double null array set map attrib bignum true false verbatim'.split(' ').map(
      (type) => `
      call.describe 3 DEBUG PROTOCOL ${type}
      call.describe "" DEBUG PROTOCOL ${type}
      call.describe 0 DEBUG PROTOCOL ${type}
      call.proto 3 DEBUG PROTOCOL ${type}
      call.proto "" DEBUG PROTOCOL ${type}
      call.pass 0 DEBUG PROTOCOL ${type}
      call.pass "" DEBUG PROTOCOL ${type}
      call.string DEBUG PROTOCOL ${type}`,
    ),
  ].flat();

  differential(
    'replies',
    [
      group('of every type', ...PROTOCOL_TYPES),
      group(
        'of commands',
        `
        call.describe "" SET k v
        call.describe "" GET k
        call.describe "" GET nokey
        call.describe "" MGET k nokey k
        call.describe "" STRLEN k
        call.describe "" SCAN 0
        call.describe 3 CONFIG GET maxmemory
        call.describe "" COMMAND INFO get nosuch
        call.describe 3 COMMAND INFO get set
        call.describe 3 COMMAND DOCS nosuch
        call.pass "" MGET k nokey
        call.pass 0 CONFIG GET maxmemory
        call.proto "" COMMAND INFO get
        call.element 0 MGET k nokey
        call.element 1 MGET k nokey
        call.element 2 MGET k nokey
        call.string GET k
        call.string STRLEN k
        call.string GET nokey
        call.string INCR k
        call.letters some-key
        call.other
      `,
      ),
      group(
        'that leave nothing of a call to the next one',
        `
        call.describe "" CLIENT SETNAME left-over
        call.describe "" CLIENT GETNAME
        call.describe "" SELECT 3
        call.describe "" SET there 1
        call.describe "" CLIENT NO-EVICT ON
        call.describe "" DBSIZE
        CLIENT GETNAME
      `,
      ),
      group(
        'of nested calls',
        `
        call.nested 0 SET a 1
        call.nested 10 INCR a
        call.nested 10 MGET a b
        call.nested 3 call.describe "" GET a
        call.nested 5 call.nested 5 ECHO hello
      `,
      ),
    ],
    { directives: { loadmodule } },
  );

  differential(
    'refusals',
    [
      group(
        'unknown commands and wrong arguments',
        `
        call.describe "" nosuch
        call.describe "" nosuch a b
        call.describe E nosuch a b
        call.pass E nosuch a b
        call.describe "" GET
        call.describe E GET
        call.describe E GET a b
        call.describe E CONFIG
        call.describe E CONFIG nosuch
        call.describe "" CONFIG nosuch
        call.describe E CONFIG GET
        call.describe x ECHO a
        call.describe Ex ECHO a
        call.describe "" INCR k
      `,
      ),
      group(
        'script mode, writes, memory',
        `
        call.describe S SHUTDOWN
        call.describe SE SHUTDOWN
        call.describe SE GET k
        call.describe W SET a 1
        call.describe WE SET a 1
        call.describe WE GET a
        call.describe SWE SET a 1
        call.describe M SET a 1
        CONFIG SET maxmemory 1
        call.describe M SET a 1
        call.describe ME SET a 1
        call.describe ME GET a
        call.describe ME DEL a
        call.pass ME SET a 1
        CONFIG SET maxmemory 0
        call.describe ME SET a 1
        CONFIG SET min-replicas-to-write 1
        call.describe SE SET a 1
        call.describe S SET a 1
        call.describe SE GET a
        CONFIG SET min-replicas-to-write 0
        call.describe C SET a 2
        call.describe CE GET a
      `,
      ),
      group(
        'errors count when a client gets them',
        `
        CONFIG RESETSTAT
        call.describe "" INCR nokey x
        call.pass "" INCR nokey x
        call.describe E nosuch
        call.pass E nosuch
        SET text x
        call.describe "" INCR text
        call.pass "" INCR text
        INFO errorstats
      `,
      ),
    ],
    { directives: { loadmodule } },
  );
});
