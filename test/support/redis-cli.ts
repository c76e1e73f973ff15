/** Runs the real redis-cli against a server under test. */
import { spawn } from 'node:child_process';

export interface CliResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly status: number | null;
}

/** `redis-cli -p port ...args`, with `stdin` piped in (empty by default). Resolves at its exit, whatever the status. */
export function redisCli(port: number, args: readonly string[], stdin: string | Buffer = ''): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn('redis-cli', ['-p', String(port), ...args], { stdio: 'pipe' });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk) => stdout.push(chunk));
    child.stderr.on('data', (chunk) => stderr.push(chunk));
    child.once('error', reject);
    child.once('close', (status) =>
      resolve({ stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString(), status }),
    );
    // A redis-cli that ends before it has read everything is a result, not a failure of the test.
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
  });
}
