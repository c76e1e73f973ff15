/**
 * The options that SET and GETEX share: `[EX s | PX ms | EXAT s | PXAT ms]`, with SET's NX, XX, GET, KEEPTTL and
 * GETEX's PERSIST. A repeated option is allowed, the last time counts; one that excludes an earlier one is an error.
 */
import type { CommandClient } from '../command-client.ts';
import { SYNTAX_ERROR } from '../errors.ts';
import { expireTimeOrReply } from '../parse.ts';

export const OPT_NX = 1 << 0;
export const OPT_XX = 1 << 1;
export const OPT_EX = 1 << 2;
export const OPT_PX = 1 << 3;
export const OPT_KEEPTTL = 1 << 4;
export const OPT_GET = 1 << 5;
export const OPT_EXAT = 1 << 6;
export const OPT_PXAT = 1 << 7;
export const OPT_PERSIST = 1 << 8;

/** Options that say when the key expires. */
export const OPT_TIME: number = OPT_EX | OPT_PX | OPT_EXAT | OPT_PXAT;
const LASTING = OPT_KEEPTTL | OPT_PERSIST;
const SET_ONLY = OPT_NX | OPT_XX | OPT_GET | OPT_KEEPTTL;

/** Options that may not stand before the given one. */
function excludedBy(option: number): number {
  switch (option) {
    case OPT_NX:
      return OPT_XX;
    case OPT_XX:
      return OPT_NX;
    case OPT_KEEPTTL:
      return OPT_TIME | OPT_PERSIST;
    case OPT_PERSIST:
      return OPT_TIME | OPT_KEEPTTL;
    case OPT_GET:
      return 0;
    default:
      return LASTING | (OPT_TIME & ~option);
  }
}

function optionAt(c: CommandClient, i: number): number {
  const { args } = c;
  switch (args.len[i]) {
    case 2:
      if (args.is(i, 'ex')) return OPT_EX;
      if (args.is(i, 'px')) return OPT_PX;
      if (args.is(i, 'nx')) return OPT_NX;
      return args.is(i, 'xx') ? OPT_XX : 0;
    case 3:
      return args.is(i, 'get') ? OPT_GET : 0;
    case 4:
      if (args.is(i, 'exat')) return OPT_EXAT;
      return args.is(i, 'pxat') ? OPT_PXAT : 0;
    case 7:
      if (args.is(i, 'keepttl')) return OPT_KEEPTTL;
      return args.is(i, 'persist') ? OPT_PERSIST : 0;
    default:
      return 0;
  }
}

/** Argument index of the time found by the last parseOptions(); meaningful when an OPT_TIME bit is set. */
export let timeIndex = 0;

/** The options from argument `first` on as OPT_ bits; -1 after an error reply. `refused`: bits the command has not. */
export function parseOptions(c: CommandClient, first: number, refused: number): number {
  const { argc } = c.args;
  let options = 0;
  for (let i = first; i < argc; i++) {
    const option = optionAt(c, i);
    const takesTime = (option & OPT_TIME) !== 0;
    if (option === 0 || option & refused || options & excludedBy(option) || (takesTime && i + 1 === argc)) {
      c.out.error(SYNTAX_ERROR);
      return -1;
    }
    options |= option;
    if (takesTime) timeIndex = ++i;
  }
  return options;
}

export const parseSetOptions = (c: CommandClient): number => parseOptions(c, 3, OPT_PERSIST);
export const parseGetexOptions = (c: CommandClient): number => parseOptions(c, 2, SET_ONLY);

/** Argument i as Unix ms by the OPT_TIME bit in `options`; NaN after an error reply. */
export function optionTime(c: CommandClient, i: number, options: number): number {
  const unitMs = options & (OPT_EX | OPT_EXAT) ? 1000 : 1;
  return expireTimeOrReply(c, i, unitMs, options & (OPT_EX | OPT_PX) ? c.server.nowMs : 0, true);
}
