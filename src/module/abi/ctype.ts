// C signatures as text, and what they are to koffi.
//
// A signature is written as a header would have it: `int ReplyWithLongLong(RedisModuleCtx *ctx, long long ll)`. Every
// pointer, function pointers included, is `uintptr_t` to koffi (native-memory.ts says why). `RedisModuleEvent`, a structure of
// two 64-bit integers passed by value, travels in two integer registers on x86-64 and arm64 and is declared as such.

/** One parameter. `text` is its C type without the name, `declaration` the parameter as a header shows it. */
export interface CParam {
  text: string;
  name: string;
  declaration: string;
}

export interface CSignature {
  name: string;
  returns: string;
  params: CParam[];
  variadic: boolean;
}

const SCALARS: Record<string, string> = {
  void: 'void',
  char: 'char',
  int: 'int',
  'unsigned int': 'uint',
  unsigned: 'uint',
  long: 'long',
  'unsigned long': 'ulong',
  'long long': 'longlong',
  'unsigned long long': 'ulonglong',
  size_t: 'size_t',
  ssize_t: 'int64_t',
  int8_t: 'int8_t',
  uint8_t: 'uint8_t',
  uint16_t: 'uint16_t',
  int32_t: 'int32_t',
  uint32_t: 'uint32_t',
  int64_t: 'int64_t',
  uint64_t: 'uint64_t',
  float: 'float',
  double: 'double',
  mstime_t: 'longlong',
  ustime_t: 'longlong',
  RedisModuleTimerID: 'uint64_t',
  RedisModuleKeyMetaClassId: 'int',
  RedisModuleACLLogEntryReason: 'int',
  RedisModuleConfigType: 'int',
};

/** The koffi types of one C type: usually one, two for a RedisModuleEvent. */
export function koffiTypes(text: string): string[] {
  const bare = text
    .replace(/\bconst\b|\bstruct\b/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (bare.includes('*') || bare.includes('[')) return ['uintptr_t'];
  if (bare === 'RedisModuleEvent') return ['uint64_t', 'uint64_t'];
  const scalar = SCALARS[bare];
  if (scalar !== undefined) return [scalar];
  // What is left are the typedefs of callbacks, all of them pointers to functions.
  if (/^RedisModule\w*(Func|Func2|Callback|Proc|CB|Receiver|Handler|OnUnblocked)$/.test(bare)) return ['uintptr_t'];
  throw new Error(`Cannot map the C type "${text}" to koffi`);
}

/** Splits a parameter list at its top-level commas. */
function splitParams(list: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < list.length; i++) {
    const ch = list[i];
    if (ch === '(') depth++;
    else if (ch === ')') depth--;
    else if (ch === ',' && depth === 0) {
      parts.push(list.slice(from, i).trim());
      from = i + 1;
    }
  }
  parts.push(list.slice(from).trim());
  return parts;
}

function parseParam(declaration: string): CParam {
  const fnPointer = /^(.*)\(\*\s*(\w+)\)\s*(\(.*\))$/.exec(declaration);
  if (fnPointer) return { text: `${fnPointer[1]!.trim()} (*)${fnPointer[3]!}`, name: fnPointer[2]!, declaration };
  const plain = /^(.*?[\s*])(\w+)$/.exec(declaration);
  if (!plain || /^(int|long|char|double|float|short|unsigned)$/.test(plain[2]!)) {
    throw new Error(`Cannot parse the parameter "${declaration}": it needs a name`);
  }
  return { text: plain[1]!.trim(), name: plain[2]!, declaration };
}

/** Parses a signature; throws when it is malformed (a mistake in our own tables). */
export function parseSignature(signature: string): CSignature {
  const match = /^(.*?[\s*])(\w+)\s*\((.*)\)$/.exec(signature.trim());
  if (!match) throw new Error(`Cannot parse the signature "${signature}"`);
  const list = match[3]!.trim();
  const parts = list === '' || list === 'void' ? [] : splitParams(list);
  const variadic = parts[parts.length - 1] === '...';
  if (variadic) parts.pop();
  return {
    name: match[2]!.replace(/^(Redis|Valkey)Module_/, ''),
    returns: match[1]!.trim(),
    params: parts.map(parseParam),
    variadic,
  };
}
