/**
 * Watches file descriptors that are somebody else's: an epoll set of their own, nested in Node's loop like that of the
 * transport. Level-triggered: what is not read is told again.
 */
import { EVENT_BYTES, EVENT_DATA, EventList } from './event-list.ts';
import * as sys from './syscalls.ts';

const MAX_EVENTS = 64;
const READABLE = sys.EPOLLIN | sys.EPOLLHUP | sys.EPOLLERR;
const WRITABLE = sys.EPOLLOUT | sys.EPOLLHUP | sys.EPOLLERR;

export class DescriptorWatch {
  private readonly epfd: number;
  private readonly poll: sys.PollHandle;
  private readonly events = new EventList(MAX_EVENTS);
  private readonly request = Buffer.allocUnsafeSlow(EVENT_BYTES);
  private readonly requestAddress = sys.addressOf(this.request);
  /** Interest of each watched descriptor, as EPOLL bits. */
  private readonly interests = new Map<number, number>();

  /** `wake` is called when some of the descriptors are ready; it calls `forEachReady`. */
  constructor(wake: () => void) {
    this.epfd = sys.epollCreate1(sys.EPOLL_CLOEXEC);
    if (this.epfd < 0) throw sys.systemError('epoll_create1', '');
    this.poll = sys.watch(this.epfd, wake);
  }

  /** Sets what a descriptor is watched for; neither: it is not. Returns 0, or the errno of a refusal. */
  set(fd: number, readable: boolean, writable: boolean): number {
    const interest = (readable ? sys.EPOLLIN : 0) | (writable ? sys.EPOLLOUT : 0);
    const known = this.interests.get(fd);
    if (interest === 0) {
      this.interests.delete(fd);
      // A descriptor that was closed is out of the set already.
      if (known !== undefined) this.control(sys.EPOLL_CTL_DEL, fd, 0);
      return 0;
    }
    let failed = this.control(known === undefined ? sys.EPOLL_CTL_ADD : sys.EPOLL_CTL_MOD, fd, interest);
    // Closed, and opened again under the same number.
    if (failed && known !== undefined) failed = this.control(sys.EPOLL_CTL_ADD, fd, interest);
    if (failed) return sys.errno();
    this.interests.set(fd, interest);
    return 0;
  }

  private control(op: number, fd: number, interest: number): boolean {
    this.request.writeUInt32LE(interest, 0);
    this.request.writeInt32LE(fd, EVENT_DATA);
    this.request.writeInt32LE(0, EVENT_DATA + 4);
    return sys.epollCtl(this.epfd, op, fd, this.requestAddress) < 0;
  }

  /** Stops waking until `resume`. */
  pause(): void {
    this.poll.pause();
  }

  resume(): void {
    this.poll.start();
  }

  /** Calls back for each descriptor that is ready now; the callback may change what is watched. */
  forEachReady(visit: (fd: number, readable: boolean, writable: boolean) => void): void {
    const n = sys.epollWait(this.epfd, this.events.address, MAX_EVENTS, 0);
    const ready: [fd: number, bits: number][] = [];
    for (let i = 0; i < n; i++) ready.push([this.events.fd(i), this.events.bits(i)]);
    for (const [fd, bits] of ready) {
      const interest = this.interests.get(fd) ?? 0;
      const readable = (interest & sys.EPOLLIN) !== 0 && (bits & READABLE) !== 0;
      visit(fd, readable, (interest & sys.EPOLLOUT) !== 0 && (bits & WRITABLE) !== 0);
    }
  }

  close(): void {
    this.poll.close();
    sys.close(this.epfd);
  }
}
