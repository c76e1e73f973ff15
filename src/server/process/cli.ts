/**
 * The command line, with redis-server's grammar:
 *
 *     graftis-server [config-file] [-] [--directive value ...] [-]
 *
 * Everything behind the file name is turned into lines of configuration, which are read after the file and stdin. So
 * `--port 7000 --save 60 1` is `port "7000"` and `save "60" "1"`; a word that starts with `--` begins a new line only
 * when the line before has a value, so that values may start with `--` too.
 */
import { Command } from 'commander';
import { quoteArg, splitArgs, toByteString } from '../../config/text.ts';

/** What a command line asks for. */
export type CommandLine =
  | { readonly kind: 'run'; readonly file: string | null; readonly stdin: boolean; readonly options: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'help' }
  | { readonly kind: 'error'; readonly message: string };

const SENTINEL_MESSAGE =
  'graftis-server cannot run as a Sentinel: it serves data only. Run redis-sentinel for the monitoring of masters.';

/**
 * Turn arguments into lines of configuration (a byte string).
 *
 * @param args byte strings
 */
function optionLines(args: readonly string[]): { options: string; stdin: boolean } {
  let options = '';
  let stdin = false;
  let lineHasValue = true;
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    const next = args[i + 1];
    if (arg === '-' && (i === 0 || next === undefined)) {
      stdin = true;
    } else if (lineHasValue && arg.startsWith('--')) {
      if (options !== '') options += '\n';
      options += `${arg.slice(2)} `;
      // `--port` waits for its value, "--port 7000" in one word has it.
      lineHasValue = splitArgs(arg)?.length !== 1;
      // Scripts that build a command line from an empty list give `--save` without a value; it means `save ""`.
      if (arg.toLowerCase() === '--save' && (next === undefined || next.startsWith('--'))) {
        options += '""';
        lineHasValue = true;
      }
    } else {
      options += `${quoteArg(arg)} `;
      lineHasValue = true;
    }
  }
  return { options, stdin };
}

/** Read the arguments behind the program's name. Nothing is opened or printed here. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const first = argv[0];
  if (first === '-v' || first === '--version') return { kind: 'version' };
  if (first === '-h' || first === '--help') return { kind: 'help' };
  if (argv.includes('--sentinel')) return { kind: 'error', message: SENTINEL_MESSAGE };
  const file = first !== undefined && !first.startsWith('-') ? first : null;
  const rest = argv.slice(file === null ? 0 : 1).map(toByteString);
  return { kind: 'run', file, ...optionLines(rest) };
}

const EXAMPLES = `
Examples:
  graftis-server                                      (defaults, port 6379)
  graftis-server /etc/redis/redis.conf
  graftis-server --port 7777 --save ""
  graftis-server --port 7777 --loadmodule /path/module.so arg1 arg2
  graftis-server /etc/redis/redis.conf --loglevel verbose -
  echo 'maxmemory 128mb' | graftis-server -
`;

/** The text of `--help`. */
export function helpText(): string {
  const command = new Command('graftis-server')
    .usage('[config-file] [--directive value ...] [-]')
    .description('A Redis-compatible server that loads native Redis and Valkey modules.')
    .argument('[config-file]', 'configuration in the syntax of redis.conf')
    .argument('[-]', 'read configuration from standard input, after the file (first or last argument)')
    .option('--<directive> <value...>', 'any directive of the configuration file; wins over the file')
    .option('-v, --version', 'print the version and exit')
    .helpOption('-h, --help', 'print this text and exit');
  return command.helpInformation() + EXAMPLES;
}
