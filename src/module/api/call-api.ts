// Running commands.

import { type ApiFunction, api, variadicApi } from '../abi/api-table.ts';
import { autoMemoryAdd, contextAt, type ModuleContext } from '../abi/contexts.ts';
import { HandleKind } from '../abi/handles.ts';
import { setErrno } from '../abi/native-memory.ts';
import type { VarArgs } from '../abi/varargs.ts';
import { CallReply } from '../call-reply.ts';
import type { CallRefusal } from '../env.ts';
import { CallPromise } from '../promise.ts';
import { runtime } from '../runtime.ts';
import { CallFlag, type CallLine, enterLine, leaveLine, withCallLine } from './call-line.ts';

const EBADF = 9;
const ELOOP = 40;
/** Each call into a module takes about 60 KiB of the native stack, whose overflow cannot be survived. */
const MAX_NESTED_CALLS = 112;
const TOO_DEEP: CallRefusal = { errno: ELOOP, message: 'ERR calls of modules are nested too deep' };

/** Hands a new reply to the module: its handle. */
function given(context: ModuleContext, reply: CallReply): number {
  const handle = reply.give();
  autoMemoryAdd(context, HandleKind.CallReply, handle);
  return handle;
}

/** The reply that stands for a command that was not run. */
function errorReply(context: ModuleContext, { message }: CallRefusal): CallReply {
  const clean = message.replace(/[\r\n]/g, ' ');
  const bytes = Buffer.from(`-${clean}\r\n`, 'latin1');
  return CallReply.create({ bytes, length: bytes.length, errors: [clean] }, owner(context));
}

/** The context that a reply remembers: only automatic memory needs it. */
function owner(context: ModuleContext): ModuleContext | null {
  return context.autoMemory ? context : null;
}

/** Protocol of the reply: RESP2, unless the module asks for RESP3 or for that of its own client. */
function protocol(context: ModuleContext, flags: number): 2 | 3 {
  if (flags & CallFlag.Resp3) return 3;
  if ((flags & CallFlag.RespAuto) === 0) return 2;
  return context.out?.resp ?? context.client?.out.resp ?? 2;
}

/** The command was not run: NULL and errno, or an error where the module wants that. */
function refused(context: ModuleContext, flags: number, refusal: CallRefusal): number {
  const handle = flags & CallFlag.ErrorReplies ? given(context, errorReply(context, refusal)) : 0;
  if (runtime.report !== null) runtime.reason = refusal.message;
  setErrno(refusal.errno);
  return handle;
}

function call(context: ModuleContext, line: CallLine, flags: number): number {
  const { module, host } = context;
  const user = context.user ?? context.client?.aclUser ?? null;
  if (host.contexts.nesting >= MAX_NESTED_CALLS) return refused(context, flags, TOO_DEEP);
  const result = host.env.call({
    args: line.args,
    client: context.client,
    dbIndex: context.dbIndex,
    resp: protocol(context, flags),
    propagateAof: (flags & CallFlag.Replicate) !== 0 && (flags & CallFlag.NoAof) === 0,
    propagateReplicas: (flags & CallFlag.Replicate) !== 0 && (flags & CallFlag.NoReplicas) === 0,
    checkAcl: (flags & CallFlag.RunAsUser) !== 0,
    user,
    scriptMode: (flags & CallFlag.ScriptMode) !== 0,
    noWrites: (flags & CallFlag.NoWrites) !== 0,
    respectDenyOom: (flags & CallFlag.RespectDenyOom) !== 0,
    dryRun: (flags & CallFlag.DryRun) !== 0,
    allowBlocking: (flags & CallFlag.AllowBlock) !== 0,
  });
  if (result === null) return 0;
  if ('errno' in result) return refused(context, flags, result);
  if ('bytes' in result) return given(context, CallReply.create(result, owner(context)));
  if (module === null) {
    result.abort();
    return 0;
  }
  return given(context, CallReply.createPromise(new CallPromise(module, result, context.dbIndex), owner(context)));
}

/** RM_Call, with the command line that the shim has written. */
function callFilled(ctx: number, argc: number, flags: number): number {
  const context = contextAt(ctx);
  const line = enterLine();
  try {
    line.filled(argc);
    if (argc === 2 && context.command !== null && line.args.is(0, 'get')) context.command.reads = true;
    return call(context, line, flags);
  } finally {
    leaveLine(line);
  }
}

export const calls: ApiFunction[] = [
  variadicApi(
    '4.0',
    'RedisModuleCallReply *RedisModule_Call(RedisModuleCtx *ctx, const char *cmdname, const char *fmt, ...)',
    0,
    (ctx: number, name: number, fmt: number, args: VarArgs) => {
      const context = contextAt(ctx);
      return withCallLine((line) => {
        const flags = line.fill(name, fmt, args);
        if (flags >= 0) return call(context, line, flags);
        if (runtime.report !== null) runtime.reason = 'the format has a letter that is not known';
        setErrno(EBADF);
        return 0;
      });
    },
    {
      shim: true,
      filled: api(
        '4.0',
        'RedisModuleCallReply *RedisModule_Call(RedisModuleCtx *ctx, int argc, int flags)',
        0,
        callFilled,
      ),
    },
  ),
];
