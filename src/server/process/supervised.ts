/** `supervised`: tell the service manager that started us (upstart, systemd) how far we are. */
import type { Logger } from './logger.ts';

export type SupervisionMode = 'no' | 'upstart' | 'systemd';

/** The ways out of this process, so that tests can look at them. */
export interface Supervisors {
  /** Send a message to systemd's socket; 0 or an errno. */
  notify(socketName: string, message: string): number | Promise<number>;
  /** Stop this process until somebody continues it; upstart takes that as readiness. */
  stopSelf(): void;
}

const realSupervisors: Supervisors = {
  async notify(socketName, message) {
    // Only a supervised server needs the native socket.
    const { sendNotification } = await import('../../net/notify-socket.ts');
    return sendNotification(socketName, message);
  },
  stopSelf: () => process.kill(process.pid, 'SIGSTOP'),
};

/** The service manager of this process, as far as it answers. */
export class Supervision {
  readonly #logger: Logger;
  readonly #supervisors: Supervisors;
  readonly #env: NodeJS.ProcessEnv;
  #mode: SupervisionMode;

  constructor(logger: Logger, env: NodeJS.ProcessEnv = process.env, supervisors: Supervisors = realSupervisors) {
    this.#logger = logger;
    this.#supervisors = supervisors;
    this.#env = env;
    this.#mode = 'no';
  }

  /** The manager that answered. */
  get mode(): SupervisionMode {
    return this.#mode;
  }

  /** Is this process supervised? Then it must not put itself into the background. */
  get active(): boolean {
    return this.#mode !== 'no';
  }

  /** Say hello to the manager that the directive names (`auto`: the one whose variable is in the environment). */
  async start(directive: string): Promise<void> {
    let mode = directive;
    if (mode === 'auto') {
      mode = 'no';
      if (this.#env['UPSTART_JOB'] !== undefined) {
        this.#logger.verbose('Upstart supervision detected.');
        mode = 'upstart';
      } else if (this.#env['NOTIFY_SOCKET'] !== undefined) {
        this.#logger.verbose('Systemd supervision detected.');
        mode = 'systemd';
      }
    }
    if (mode === 'upstart') this.#startUpstart();
    if (mode === 'systemd') {
      this.#logger.notice(
        'Supervised by systemd. Please make sure you set appropriate values for TimeoutStartSec and TimeoutStopSec in ' +
          'your service unit.',
      );
      if (await this.#notify('STATUS=Redis is loading...\n')) this.#mode = 'systemd';
    }
  }

  #startUpstart(): void {
    if (this.#env['UPSTART_JOB'] === undefined) {
      this.#logger.warning('upstart supervision requested, but UPSTART_JOB not found!');
      return;
    }
    this.#logger.notice('supervised by upstart, will stop to signal readiness.');
    this.#supervisors.stopSelf();
    delete this.#env['UPSTART_JOB'];
    this.#mode = 'upstart';
  }

  /** The server accepts connections. */
  async ready(): Promise<void> {
    if (this.#mode === 'systemd') await this.#notify('STATUS=Ready to accept connections\nREADY=1\n');
  }

  /** The server shuts down. */
  async stopping(): Promise<void> {
    if (this.#mode === 'systemd') await this.#notify('STOPPING=1\n');
  }

  async #notify(message: string): Promise<boolean> {
    const socketName = this.#env['NOTIFY_SOCKET'];
    if (socketName === undefined) {
      this.#logger.warning('systemd supervision error: NOTIFY_SOCKET not found!');
      return false;
    }
    const errno = await this.#supervisors.notify(socketName, message);
    if (errno !== 0) this.#logger.warning(`systemd supervision error: sd_notify: ${errno}`);
    return errno === 0;
  }
}
