/** The keyspace events of commands on bits, HyperLogLogs and of SORT, as a module in both servers hears them. */
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
    'bits, HyperLogLogs, SORT: events',
    [
      told(
        'bits',
        `
        SETBIT b 9 1
        SETBIT b 9 1
        SETBIT b 20 0
        BITFIELD b SET u8 0 5 INCRBY u8 0 1
        BITFIELD b SET u8 0 6
        BITFIELD b OVERFLOW FAIL INCRBY u8 0 1000
        BITFIELD new OVERFLOW FAIL SET u8 0 256
        BITFIELD new2 SET u8 0 0
        BITFIELD none GET u8 0
        GETBIT none 0
        BITCOUNT none
        BITPOS none 1
        BITFIELD_RO none GET u8 0
        BITOP NOT c b
        BITOP OR c b none none2
        BITOP OR c none
        BITOP OR c none
        RPUSH l x
        BITOP OR l b
        SETBIT l2 0 2
        PEXPIREAT b 1
        SETBIT b 0 1
        `,
      ),
      told(
        'HyperLogLogs',
        `
        PFADD h a b c
        PFADD h a
        PFADD h
        PFADD empty
        PFCOUNT h
        PFCOUNT none
        PFCOUNT h none
        PFMERGE m h none
        PFMERGE m h
        PFDEBUG TODENSE m
        PFDEBUG GETREG h
        PFDEBUG DECODE none
        SET s x
        PFADD s a
        `,
      ),
      told(
        'SORT',
        `
        RPUSH l 3 1 2
        SORT l
        SORT none
        SORT l BY w_* GET h_*->f GET #
        SORT l STORE d
        SORT l STORE l
        SORT none STORE d
        SORT none STORE d
        SORT l GET x_* STORE d
        SET w_1 5
        PEXPIREAT w_1 1
        SORT l BY w_*
        RPUSH bad x
        SORT bad STORE d
        `,
      ),
    ],
    { directives: { loadmodule }, protocols: [2] },
  );
}
