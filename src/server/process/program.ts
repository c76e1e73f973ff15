/** The stand-alone server process: command line, configuration, daemon, signals, exit status. */
import { readFileSync } from 'node:fs';
import { Config } from '../../config/config.ts';
import { errnoText } from '../../config/errno.ts';
import { ConfigError, loadConfig } from '../../config/load.ts';
import type { Listener } from '../../net/transport.ts';
import { logDefect, stackOf } from '../execution/faults.ts';
import { Server } from '../server.ts';
import { helpText, parseCommandLine } from './cli.ts';
import { isDaemonChild, reportFailure, reportReady, startDaemon } from './daemon.ts';
import { createLogger, type Logger } from './logger.ts';
import { followOomScore } from './oom-score.ts';
import { limitMaxClients } from './open-files.ts';
import { createPidFile } from './pidfile.ts';
import { setProcTitle } from './process-title.ts';
import { ShutdownRequests } from './signals.ts';
import { Supervision } from './supervised.ts';
import { GRAFTIS_VERSION, REDIS_VERSION, versionText } from './version.ts';

type RunLine = Extract<ReturnType<typeof parseCommandLine>, { kind: 'run' }>;

/** Print a reason on stderr (a daemon: through its parent) and exit with status 1. */
function fail(text: string): never {
  reportFailure(text);
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
  process.exit(1);
}

/** Read everything that the command line names; does not return when the server must not start. */
function readConfig(line: RunLine, stdin: string | null): { config: Config; warnings: string[] } {
  const config = new Config();
  try {
    const warnings = loadConfig(config, {
      ...(line.file === null ? {} : { file: line.file }),
      ...(stdin === null ? {} : { stdin }),
      options: line.options,
    });
    return { config, warnings };
  } catch (error) {
    if (error instanceof ConfigError) fail(error.report(REDIS_VERSION));
    throw error;
  }
}

/** All of standard input as a byte string, without holding up signals: it may be a terminal. */
async function readStdin(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('latin1')) text += chunk;
  return text;
}

/** Make `dir` the directory of the process, now and at every CONFIG SET: modules open relative paths. */
function followDir(config: Config): void {
  const enter = (): string | null => {
    try {
      process.chdir(config.str('dir'));
      return null;
    } catch (error) {
      return errnoText(error);
    }
  };
  enter();
  config.onApply('dir', enter);
}

/** Tools look for ` PID: <n>` in it. */
const LOGO = `
   graftis ${GRAFTIS_VERSION}, compatible with Redis ${REDIS_VERSION}
   PID: ${process.pid}

`;

/** The lines that Redis writes before it builds anything. */
function logStart(config: Config, log: Logger, argv: readonly string[]): void {
  log.setRole('C');
  log.notice('oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo');
  log.notice(
    `Redis version=${REDIS_VERSION}, bits=64, commit=00000000, modified=0, pid=${process.pid}, just started ` +
      `(graftis ${GRAFTIS_VERSION})`,
  );
  if (argv.length > 0) log.notice('Configuration loaded');
  else {
    log.warning(
      'Warning: no config file specified, using the default config. In order to specify a config file use ' +
        'graftis-server /path/to/redis.conf',
    );
  }
  log.setRole('M');
  const terminal = config.str('logfile') === '' && process.stdout.isTTY;
  if (terminal || config.bool('always-show-logo')) log.raw('notice', LOGO);
  else log.notice(`Running mode=standalone, port=${config.num('port')}.`);
}

/** The kernel cuts the backlog down without a word. */
function checkBacklog(config: Config, log: Logger): void {
  const backlog = config.num('tcp-backlog');
  let most: number;
  try {
    most = Number(readFileSync('/proc/sys/net/core/somaxconn', 'latin1'));
  } catch {
    return;
  }
  if (most > 0 && most < backlog) {
    log.warning(
      `WARNING: The TCP backlog setting of ${backlog} cannot be enforced because /proc/sys/net/core/somaxconn is set ` +
        `to the lower value of ${most}.`,
    );
  }
}

/** What ends the process at a defect: a report in the log (nobody reads a daemon's stderr) and status 1. */
function crashHandler(config: Config, log: Logger): (error: unknown) => never {
  return (error) => {
    if (config.bool('crash-log-enabled')) logDefect(log, error);
    process.stderr.write(`${stackOf(error)}\n`);
    process.exit(1);
  };
}

async function run(line: RunLine, argv: readonly string[]): Promise<void> {
  const daemonChild = isDaemonChild();
  const stdin = line.stdin ? await readStdin() : null;
  const { config, warnings } = readConfig(line, stdin);
  const log = createLogger(config);
  const supervision = new Supervision(log);
  if (!daemonChild) await supervision.start(config.enumValue('supervised'));
  const daemon = config.bool('daemonize') && !supervision.active;
  if (daemon && !daemonChild) {
    const failure = await startDaemon(argv, stdin);
    if (failure !== null) fail(failure);
    process.exit(0);
  }

  const shutdown = new ShutdownRequests(log);
  followDir(config);
  logStart(config, log, argv);
  for (const warning of warnings) log.warning(warning);
  checkBacklog(config, log);
  const crash = crashHandler(config, log);
  process.on('uncaughtException', crash);

  let removePidFile = () => {};
  const onDefect = (error: unknown) => {
    removePidFile();
    crash(error);
  };
  let server: Server;
  try {
    limitMaxClients(config, log);
    server = await Server.start(config, log, { onDefect });
  } catch (error) {
    if (error instanceof ConfigError) fail(error.report(REDIS_VERSION));
    log.warning((error as Error).message);
    reportFailure((error as Error).message);
    process.exit(1);
  }
  removePidFile = createPidFile(config, daemon, log);
  server.supervised = supervision.mode;
  setProcTitle(config);
  followOomScore(config, log);

  let ending = false;
  const shutDown = async () => {
    if (ending) return;
    ending = true;
    log.notice('User requested shutdown...');
    await supervision.stopping();
    await server.close();
    removePidFile();
    log.warning('Redis is now ready to exit, bye bye...');
    process.exit(0);
  };
  server.onShutdownRequest = () => void shutDown();

  log.notice('Server initialized');
  const kindOf = ({ port, tls }: Listener) => (tls ? 'tls' : port > 0 ? 'tcp' : 'unix');
  for (const kind of new Set(server.listeners.map(kindOf))) {
    log.notice(`Ready to accept connections ${kind}`);
  }
  await supervision.ready();
  reportReady();
  shutdown.serve(() => void shutDown());
}

/** Run the program with the arguments behind its name. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  const line = parseCommandLine(argv);
  switch (line.kind) {
    case 'version':
      process.stdout.write(`${versionText()}\n`);
      break;
    case 'help':
      process.stdout.write(helpText());
      break;
    case 'error':
      fail(line.message);
      break;
    case 'run':
      await run(line, argv);
  }
}
