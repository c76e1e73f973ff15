/** The HELP subcommand of containers. */
import type { CommandClient } from './command-client.ts';

/** Replies with a usage line, `lines` (syntax at the margin, its explanation indented) and HELP itself. */
export function replyHelp(c: CommandClient, container: string, lines: readonly string[]): void {
  const { out } = c;
  out.array(lines.length + 3);
  out.simple(`${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`);
  for (const line of lines) out.simple(line);
  out.simple('HELP');
  out.simple('    Prints this help.');
}

/** The error for a known subcommand with arguments that none of its forms has. */
export function replySubcommandSyntax(c: CommandClient): void {
  const { args, out } = c;
  const container = args.latin1(0).toUpperCase();
  const subcommand = args.latin1(1).slice(0, 128);
  out.error(`ERR unknown subcommand or wrong number of arguments for '${subcommand}'. Try ${container} HELP.`);
}
