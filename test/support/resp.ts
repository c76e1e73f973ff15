/** A raw RESP client: exact bytes of each reply, decoded values on demand, and control over every byte sent. */
import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { decodeFrame, frameEnd, Push, parseFrame } from './resp-parser.ts';

export { Attributed, Push, RespError, Verbatim } from './resp-parser.ts';

export type Argument = string | Buffer | number;

/** A command as a RESP array of bulk strings. */
export function encodeCommand(args: readonly Argument[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = typeof arg === 'object' ? arg : Buffer.from(String(arg));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

export class RespClient {
  readonly socket: Socket;
  /** Push frames that arrived while `call` waited for its reply. */
  readonly pushes: unknown[][] = [];
  private buffer = Buffer.alloc(64 * 1024);
  private from = 0;
  private to = 0;
  private over = false;
  private failure: Error | null = null;
  private waiters: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.append(chunk));
    const finish = (error?: Error): void => {
      this.over = true;
      if (error instanceof Error) this.failure = error;
      this.wake();
    };
    socket.on('end', () => finish());
    socket.on('close', () => finish());
    socket.on('error', finish);
  }

  static async connect(options: NetConnectOpts): Promise<RespClient> {
    const socket = connect(options);
    await once(socket, 'connect');
    return new RespClient(socket);
  }

  /** Speaks over a socket that is connected already. */
  static on(socket: Socket): RespClient {
    return new RespClient(socket);
  }

  /** Sends one command without waiting for its reply. */
  send(...args: Argument[]): void {
    this.socket.write(encodeCommand(args));
  }

  /** Sends a line as typed into telnet. */
  sendInline(line: string): void {
    this.socket.write(`${line}\r\n`);
  }

  /** Sends bytes as they are; resolves when the kernel has taken them. */
  write(bytes: Buffer | string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** The exact bytes of the next frame, a push included. Rejects when the connection ends before. */
  async readRaw(): Promise<Buffer> {
    for (;;) {
      const end = frameEnd(this.buffer, this.from, this.to);
      if (end >= 0) {
        const frame = Buffer.from(this.buffer.subarray(this.from, end));
        this.from = end;
        return frame;
      }
      if (this.over) {
        const rest = this.buffer.toString('latin1', this.from, Math.min(this.to, this.from + 100));
        throw new Error(`connection closed before a complete reply; unread bytes: ${JSON.stringify(rest)}`, {
          cause: this.failure,
        });
      }
      await this.more();
    }
  }

  /** The next frame's value, a push included. With `binary`, bulk strings are Buffers. */
  async read(binary = false): Promise<unknown> {
    return decodeFrame(parseFrame(await this.readRaw()), binary);
  }

  /** Sends a command and gives its reply; pushes that come before it are kept in `pushes`. */
  async call(...args: Argument[]): Promise<unknown> {
    this.send(...args);
    for (;;) {
      const value = await this.read();
      if (!(value instanceof Push)) return value;
      this.pushes.push(value.items);
    }
  }

  /** Sends all commands at once, then reads a reply for each. */
  async pipeline(commands: readonly (readonly Argument[])[]): Promise<unknown[]> {
    this.socket.write(Buffer.concat(commands.map(encodeCommand)));
    const replies: unknown[] = [];
    for (const _ of commands) replies.push(await this.read());
    return replies;
  }

  /** Everything the server sends until it closes the connection. */
  async readToEnd(): Promise<Buffer> {
    await this.closed();
    const rest = Buffer.from(this.buffer.subarray(this.from, this.to));
    this.from = this.to;
    return rest;
  }

  /** Waits until the server has closed the connection. */
  async closed(): Promise<void> {
    while (!this.over) await this.more();
  }

  get isClosed(): boolean {
    return this.over;
  }

  /** Stops taking bytes from the socket, as a slow reader would. */
  stopReading(): void {
    this.socket.pause();
  }

  /** shutdown(SHUT_WR): the server sees the end of input, replies still arrive. */
  endInput(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private append(chunk: Buffer): void {
    if (this.to + chunk.length > this.buffer.length) {
      const unread = this.to - this.from;
      const target =
        unread + chunk.length > this.buffer.length / 2 ? Buffer.allocUnsafe(2 * (unread + chunk.length)) : this.buffer;
      this.buffer.copy(target, 0, this.from, this.to);
      this.buffer = target;
      this.from = 0;
      this.to = unread;
    }
    chunk.copy(this.buffer, this.to);
    this.to += chunk.length;
    this.wake();
  }

  /** Waits for bytes or for the end. */
  private more(): Promise<void> {
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  private wake(): void {
    for (const resolve of this.waiters.splice(0)) resolve();
  }
}
