// What modules tell the append-only file and replicas.

import { type ApiFunction, api, variadicApi } from '../abi/api-table.ts';
import { contextAt } from '../abi/contexts.ts';
import { readLatin1 } from '../abi/native-memory.ts';
import type { VarArgs } from '../abi/varargs.ts';
import { fail } from '../runtime.ts';
import { CallFlag, withCallLine } from './call-line.ts';

export const replication: ApiFunction[] = [
  variadicApi(
    '4.0',
    'int RedisModule_Replicate(RedisModuleCtx *ctx, const char *cmdname, const char *fmt, ...)',
    1,
    (ctx: number, name: number, fmt: number, values: VarArgs) => {
      const { host, dbIndex } = contextAt(ctx);
      if (!host.env.hasCommand(readLatin1(name).toLowerCase())) return fail('there is no such command');
      return withCallLine((line) => {
        const flags = line.fill(name, fmt, values);
        if (flags < 0) return fail('the format has a letter that is not known');
        host.env.data.propagate(
          dbIndex,
          line.args,
          (flags & CallFlag.NoAof) === 0,
          (flags & CallFlag.NoReplicas) === 0,
        );
        return 0;
      });
    },
    { shim: true },
  ),
  api('4.0', 'int RedisModule_ReplicateVerbatim(RedisModuleCtx *ctx)', 1, (ctx: number) => {
    const { host, client, dbIndex } = contextAt(ctx);
    if (client === null) return fail('there is no command line');
    host.env.data.propagate(dbIndex, client.args, true, true);
    return 0;
  }),
];
