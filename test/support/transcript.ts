/** What several clients hear of a conversation: for messages that come by themselves, beside the replies. */
import { splitCommandLine } from './command-line.ts';
import { encodeCommand, type RespClient } from './resp.ts';
import type { TestServer } from './server.ts';

/** Messages that are no reply. */
const UNASKED = /^>\d\r\n\$\d+\r\n(invalidate|tracking-redir-broken|message)\r\n/;

/**
 * What each client hears of lines `<client>: <command> ; <command> …`, in which $A stands for the id of client A, or
 * `<client>: close`: after each line all clients send a PING whose reply ends what has come.
 */
export async function transcript(
  server: TestServer,
  protocols: Record<string, 2 | 3>,
  lines: string,
): Promise<string[]> {
  const control = await server.connect();
  await control.call('FLUSHALL');
  control.destroy();
  const clients = new Map<string, RespClient>();
  const ids = new Map<string, number>();
  for (const [name, protocol] of Object.entries(protocols)) {
    const client = await server.connect(protocol);
    clients.set(name, client);
    ids.set(name, Number(await client.call('CLIENT', 'ID')));
  }
  const heard: string[] = [];
  let mark = 0;
  for (const line of lines.split('\n').map((text) => text.trim())) {
    const [, name, command] = /^(\w+): (.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    heard.push(`# ${line}`);
    if (command === 'close') {
      clients.get(name)!.destroy();
      clients.delete(name);
      await waitGone(server, ids.get(name)!);
      continue;
    }
    const commands = command!.replace(/\$(\w+)/g, (_, who: string) => String(ids.get(who))).split(' ; ');
    const encoded = commands.map((each) => encodeCommand(splitCommandLine(each)));
    clients.get(name)!.socket.write(Buffer.concat(encoded));
    // Messages of a whole round come at its end: the replies are awaited, so that what follows is another round's.
    for (let replies = 0; replies < commands.length; ) {
      const text = (await clients.get(name)!.readRaw()).toString('latin1');
      heard.push(`${name}: ${text}`);
      if (!UNASKED.test(text)) replies++;
    }
    for (const [each, client] of clients) {
      const marker = `mark${mark++}`;
      client.send('PING', marker);
      for (;;) {
        const text = (await client.readRaw()).toString('latin1');
        if (text.includes(marker)) break;
        heard.push(`${each}: ${text}`);
      }
    }
  }
  for (const client of clients.values()) client.destroy();
  return heard;
}

async function waitGone(server: TestServer, id: number): Promise<void> {
  while (String(await server.call('CLIENT', 'LIST')).includes(`id=${id} `)) await new Promise(setImmediate);
}
