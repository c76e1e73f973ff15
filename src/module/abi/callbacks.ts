// Functions of modules, as JavaScript functions.

import koffi from '../../memory/koffi.ts';
import { koffiTypes, parseSignature } from './ctype.ts';
import { MisuseError } from './handles.ts';

/** A function of a module. Arguments and result follow the conventions of api-table.ts. */
export type NativeFunction = (...args: (number | bigint)[]) => number | bigint;

const prototypes = new Map<string, ReturnType<typeof koffi.proto>>();

/**
 * Makes a function pointer callable: `bindCallback('int f(RedisModuleCtx *ctx, void *data)', address)`; the name in the
 * signature does not matter. The library must stay loaded as long as the result is used. Throws for NULL.
 */
export function bindCallback(signature: string, address: number): NativeFunction {
  if (address === 0) throw new MisuseError(`NULL where a function is needed: ${signature}`);
  let proto = prototypes.get(signature);
  if (proto === undefined) {
    const parsed = parseSignature(signature);
    proto = koffi.proto(
      koffiTypes(parsed.returns)[0]!,
      parsed.params.flatMap((param) => koffiTypes(param.text)),
    );
    prototypes.set(signature, proto);
  }
  return koffi.decode(BigInt(address), proto) as unknown as NativeFunction;
}
