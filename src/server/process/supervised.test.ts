import { describe, expect, it } from 'vitest';
import { createLoggerWith } from './logger.ts';
import { Supervision } from './supervised.ts';

function supervise(env: Record<string, string>, errno = 0) {
  const sent: string[] = [];
  const log: string[] = [];
  const logger = createLoggerWith('debug', 'classic', (line) => log.push(line.replace(/^.* ([.*#-] .*)\n$/, '$1')));
  const supervision = new Supervision(logger, env, {
    notify(socketName, message) {
      sent.push(`${socketName} ${message}`);
      return errno;
    },
    stopSelf: () => void sent.push('SIGSTOP'),
  });
  return { supervision, sent, log, env };
}

describe('supervision', () => {
  it('tells systemd about loading, readiness and the end', async () => {
    const { supervision, sent } = supervise({ NOTIFY_SOCKET: '/run/x' });
    await supervision.start('systemd');
    expect(supervision.active).toBe(true);
    await supervision.ready();
    await supervision.stopping();
    expect(sent).toEqual([
      '/run/x STATUS=Redis is loading...\n',
      '/run/x STATUS=Ready to accept connections\nREADY=1\n',
      '/run/x STOPPING=1\n',
    ]);
  });

  it('stops itself once for upstart', async () => {
    const { supervision, sent, env } = supervise({ UPSTART_JOB: 'redis', NOTIFY_SOCKET: '/run/x' });
    await supervision.start('auto');
    await supervision.ready();
    expect(sent).toEqual(['SIGSTOP']);
    expect(env).not.toHaveProperty('UPSTART_JOB');
  });

  it('is off without a manager, and says so when one was demanded', async () => {
    const auto = supervise({});
    await auto.supervision.start('auto');
    expect(auto.supervision.active).toBe(false);
    expect(auto.log).toEqual([]);
    const systemd = supervise({});
    await systemd.supervision.start('systemd');
    expect(systemd.supervision.active).toBe(false);
    expect(systemd.log.at(-1)).toBe('# systemd supervision error: NOTIFY_SOCKET not found!');
    const failing = supervise({ NOTIFY_SOCKET: '/run/x' }, 2);
    await failing.supervision.start('systemd');
    expect(failing.supervision.active).toBe(false);
    expect(failing.log.at(-1)).toBe('# systemd supervision error: sd_notify: 2');
  });
});
