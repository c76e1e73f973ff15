/** Replies written outside of the client's own command: to clients that waited. */
import { ReplyWriter } from '../../protocol/reply.ts';
import type { Client } from '../clients/client.ts';
import type { Server } from '../server.ts';
import { answerFailure } from './dispatch.ts';

export class Answers {
  private readonly server: Server;

  constructor(server: Server) {
    this.server = server;
  }

  /** Writes to a client: `fn` writes to `c.out`, and may fail as a command may. */
  to(c: Client, fn: (c: Client) => void): void {
    const { out, output, rounds, executing } = this.server;
    if (c.out !== out) return fn(c);
    const wasHeld = c.held;
    c.held = true;
    rounds.answering++;
    try {
      if (executing !== null) this.aside(c, fn);
      else {
        const from = out.pos;
        out.resp = c.resp;
        answer(c, fn);
        output.commit(c, from);
        output.schedule();
      }
    } finally {
      rounds.answering--;
      c.held = wasHeld;
    }
  }

  /** While another client's reply is being written, this one is written aside. */
  private aside(c: Client, fn: (c: Client) => void): void {
    const { out, output } = this.server;
    const writer = new ReplyWriter(1024);
    writer.onError = out.onError;
    writer.resp = c.resp;
    c.out = writer;
    try {
      answer(c, fn);
    } finally {
      c.out = out;
    }
    output.push(c, writer.buf, 0, writer.pos);
  }
}

function answer(c: Client, fn: (c: Client) => void): void {
  const from = c.out.pos;
  try {
    fn(c);
  } catch (error) {
    answerFailure(c, error, from);
  }
}
