/** The HELP subcommand of containers. */
import type { Client } from '../server/client.ts';

/** Replies with a usage line, `lines` (syntax at the margin, its explanation indented) and HELP itself. */
export function replyHelp(c: Client, container: string, lines: readonly string[]): void {
  const { out } = c;
  out.array(lines.length + 3);
  out.simple(`${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
  for (const line of lines) out.simple(line);
  out.simple('HELP');
  out.simple('    Prints this help.');
}
