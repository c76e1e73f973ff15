/**
 * `daemonize yes`. Node cannot fork, so the parent starts a detached copy of itself with the same arguments, waits until
 * that accepts connections or gives up, and exits with the outcome; Redis's parent exits before its child has listened.
 */
import { spawn } from 'node:child_process';
import { onShutdownSignal } from './signals.ts';

/** Marks the environment of the copy. */
const MARK = 'GRAFTIS_DAEMON';

/** What the copy tells its parent. */
type Report = { readonly ready: true } | { readonly failed: string };

let child = false;

/** Is this process the detached copy? The first call clears the mark, so that our own children do not inherit it. */
export function isDaemonChild(): boolean {
  if (process.env[MARK] !== undefined) {
    delete process.env[MARK];
    child = true;
  }
  return child;
}

function report(message: Report): void {
  if (!child || process.send === undefined || !process.connected) return;
  process.send(message, () => {
    if (process.connected) process.disconnect();
  });
}

/** In the copy: the server accepts connections, the parent may go. */
export function reportReady(): void {
  report({ ready: true });
}

/** In the copy: the server does not start, for this reason. */
export function reportFailure(reason: string): void {
  report({ failed: reason });
}

/**
 * Start the detached copy and wait for its report.
 *
 * @param argv arguments behind the program's name
 * @param stdin what this process has read from standard input, if it has
 * @returns null when the copy is ready, otherwise why it is not.
 */
export async function startDaemon(argv: readonly string[], stdin: string | null): Promise<string | null> {
  const copy = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...argv], {
    detached: true,
    stdio: [stdin === null ? 'ignore' : 'pipe', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, [MARK]: '1' },
  });
  // A copy that ends before it has read everything is reported by its exit.
  copy.stdin?.on('error', () => {});
  copy.stdin?.end(stdin, 'latin1');
  // Whoever ends the parent means the daemon.
  onShutdownSignal((signal) => copy.kill(signal));
  const outcome = await new Promise<Report>((resolve) => {
    copy.once('message', (message) => resolve(message as Report));
    copy.once('error', (error) => resolve({ failed: error.message }));
    copy.once('exit', (status, signal) => resolve({ failed: `the daemon ended with ${signal ?? `status ${status}`}` }));
  });
  if (copy.connected) copy.disconnect();
  copy.unref();
  return 'failed' in outcome ? outcome.failed : null;
}
