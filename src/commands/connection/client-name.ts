/** CLIENT GETNAME, SETNAME and SETINFO: what a connection says about itself. */
import type { CommandClient } from '../command-client.ts';
import type { CommandFlag, CommandSpec } from '../spec.ts';

export const BAD_CLIENT_NAME = 'ERR Client names cannot contain spaces, newlines or special characters.';

/** A byte string as C sees it. */
export function textUntilNul(text: string): string {
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}

/** Whether a byte string, up to its first NUL, holds nothing that would break the lines of CLIENT LIST. */
export function isPrintable(text: string): boolean {
  return /^[!-~]*$/.test(textUntilNul(text));
}

function getName(c: CommandClient): void {
  if (c.name === '') c.out.nullBulk();
  else c.out.bulkText(c.name);
}

function setName(c: CommandClient): void {
  const name = c.args.latin1(2);
  if (!isPrintable(name)) return c.out.error(BAD_CLIENT_NAME);
  c.name = name;
  c.out.ok();
}

function setInfo(c: CommandClient): void {
  const { args, out } = c;
  const isName = args.is(2, 'lib-name');
  const attribute = textUntilNul(args.latin1(2));
  if (!isName && !args.is(2, 'lib-ver')) return out.error(`ERR Unrecognized option '${attribute}'`);
  const value = args.latin1(3);
  if (!isPrintable(value)) {
    return out.error(`ERR ${attribute} cannot contain spaces, newlines or special characters.`);
  }
  if (isName) c.libName = value;
  else c.libVer = value;
  out.ok();
}

const FLAGS: readonly CommandFlag[] = ['noscript', 'loading', 'stale', 'sentinel'];
const TIPS = ['request_policy:all_nodes', 'response_policy:all_succeeded'];

export const clientNameCommands: readonly CommandSpec[] = [
  { name: 'getname', arity: 2, flags: FLAGS, categories: ['connection'], proc: getName },
  { name: 'setname', arity: 3, flags: FLAGS, categories: ['connection'], tips: TIPS, proc: setName },
  { name: 'setinfo', arity: 4, flags: FLAGS, categories: ['connection'], tips: TIPS, proc: setInfo },
];
