/**
 * What the native addon (native/addon.c) offers, and the only file that loads it. Native code knows pages,
 * bytes and file descriptors; it knows no protocol. One heap per process: the main thread makes it before
 * any other thread loads the addon, and it stays until the process ends.
 *
 * A negative number from a socket call is `-errno`. `page` is always a coherence unit, not a machine page.
 */
import { createRequire } from 'node:module'

export interface Binding {
  /**
   * Main thread, once. Maps a memfd of `buffer.byteLength` over `buffer` (the program view) and once more
   * elsewhere (the service view), makes page table, dirty list, miss ring and twins. With `trapped`, every
   * page starts CLEAN (read-only) and the SIGSEGV handler is installed; without, the heap stays open and
   * nothing is ever trapped. `mappingBudget`: most mappings the heap may split into.
   * Throws when the buffer is not aligned, memory is short, or a heap exists.
   */
  heapCreate(buffer: Uint8Array, pageBytes: number, trapped: boolean, mappingBudget: number): void

  /** Before a thread of the program knows the heap: every page INVALID, without access. */
  heapClose(): void

  /** Takes the dirty list: each page DIRTY → NOTED. Writes the page numbers, ascending, to `out` (pageCount long), returns how many. Waits for pages in TWINNING. */
  closeInterval(out: Uint32Array, keepWatched: boolean): number
  /** A diff is wanted of a NOTED page: CLOSING, protect, diff into `out`, free the twin, CLEAN. Returns the diff's length in bytes, or -1 when the page is not NOTED. */
  makeDiff(page: number, out: Uint8Array): number
  renew(page: number, out: Uint8Array): number
  /**
   * A notice has arrived. CLEAN → INVALID and NOTED → diff into `out` → INVALID.
   * Returns the diff's length; -1 when there was no twin (the page was CLEAN, INVALID or FETCHING);
   * -2 when the page is DIRTY: close the interval first. Waits while TWINNING.
   */
  invalidate(page: number, out: Uint8Array): number
  /** Copies the page as it is now, through the service view, to `out` from byte `at` on. */
  readPage(page: number, out: Uint8Array, at: number): void
  /** Writes a diff to a CLEAN page, through the service view; the page stays readable. Or to one that is open for writing, and its twin. Waits while TWINNING. False, and nothing written, in any other state or when the diff is malformed. */
  patchPage(page: number, diff: Uint8Array): boolean
  /** INVALID → FETCHING by the service itself, before any thread misses the page. False in any other state. */
  beginFetch(page: number): boolean
  /** Writes a diff to a page that is FETCHING, through the service view. False when it is malformed or reaches past the page (nothing is written then). */
  applyDiff(page: number, diff: Uint8Array): boolean
  /** All diffs have come: FETCHING → CLEAN, or with WANT_WRITE twin, dirty list, DIRTY. Wakes the waiters. */
  openPage(page: number): void
  /** FETCHING → EXCLUSIVE or SHARED, held until a thread that waits for it goes on. */
  grant(page: number, exclusive: boolean): void
  /** EXCLUSIVE → SHARED. False, and nothing done, when the page is held. */
  downgrade(page: number): boolean
  /** SHARED, EXCLUSIVE → INVALID; FETCHING loses all access. False, and nothing done, when the page is held. */
  recall(page: number): boolean
  /** Whether a thread that waits for this FETCHING page wants to write. */
  wantsWrite(page: number): boolean
  /** Whether the page was granted and none of those who waited for it has gone on. */
  pageHeld(page: number): boolean
  /** Next page that a thread missed (it is FETCHING now), or -1. */
  takeMiss(): number
  /** State without flags: 0 INVALID, 1 FETCHING, 2 CLEAN, 3 TWINNING, 4 DIRTY, 5 NOTED, 6 CLOSING, 7 WATCHED, 8 SHARED, 9 EXCLUSIVE. */
  pageState(page: number): number
  /** Into `out`: read faults, write faults, twins, mprotect calls, mappings in use, mapping budget. At least 6 long. */
  trapCounters(out: Float64Array): void
  /** Into `out`: read faults, write faults and twins of the pages `first` … `end`-1 together. At least 3 long. */
  pageCounters(first: number, end: number, out: Float64Array): void
  /** Non-zero when the trap cannot go on: 1 out of mappings, 2 mprotect failed (errno in the upper bits), 3 a page faults for ever. */
  trapTrouble(): number
  /** Whether the process's SIGSEGV handler is still ours. */
  handlerInstalled(): boolean

  /** Program thread: stores 1 at `words[index]`, wakes the service thread, and waits until the word is 0 again. */
  call(words: Int32Array, index: number): void
  /** Service thread: stores 0 at `words[index]` and wakes the thread that waits there. */
  answer(words: Int32Array, index: number): void
  /** Any thread: makes the service thread's `poll` return. */
  wakeService(): void

  /** Non-blocking, close-on-exec, listening; port 0 takes any free one. Returns the descriptor and the port, or throws with `errno`. */
  listen(address: string, port: number): { fd: number; port: number }
  /** Non-blocking connect with TCP_NODELAY; the connection may still be in progress. Returns the descriptor or -errno. */
  connect(address: string, port: number): number
  /** 0 when a connection begun with `connect` stands, else -errno (-EINPROGRESS while it is under way). */
  connectResult(fd: number): number
  /** Next connection, non-blocking, close-on-exec, TCP_NODELAY; or -errno (-EAGAIN when there is none). */
  accept(fd: number): number
  /** Bytes sent, or -errno (-EAGAIN when the socket is full). Never raises SIGPIPE. */
  send(fd: number, bytes: Uint8Array, offset: number, length: number): number
  /** Bytes received, 0 at the end of the stream, or -errno. */
  recv(fd: number, bytes: Uint8Array, offset: number, length: number): number
  close(fd: number): void
  /**
   * `fds` holds triples [fd, wanted events, events]; POLLIN is 1, POLLOUT 4, POLLERR 8, POLLHUP 16. Returns how many
   * are ready; 0 as well on time-out (ms, -1 for none) or when `wakeService` was called, before or during the call,
   * or a miss was posted.
   */
  poll(fds: Int32Array, count: number, timeoutMs: number): number

  /** Leaves the process at once, whatever its threads do. Standard output of the program has been written by then. */
  exitNow(code: number): never
  /** Has this process killed when the thread that started it ends. */
  dieWithParent(): void
  /** The calling thread wishes slices of `sliceUs` µs (100 … 100,000) and a higher priority, so that it runs soon after it wakes. 0, or -errno. */
  askUrgency(sliceUs: number): number
  /** Processors the calling thread may use, or -errno. */
  processorCount(): number
  /** Binds the calling thread to the `index`-th of the processors it may use, counted around. 0, or -errno. */
  bindProcessor(index: number): number
  /** The machine's page, bytes. */
  machinePageBytes(): number
  /** Bytes of the calling thread's stack below this call, those behind V8's limit included; 0 when there is no saying. */
  stackLeft(): number
}

let loaded: Binding | undefined

/** The addon; throws Node's own error when it was not built or cannot be loaded. */
export function binding(): Binding {
  loaded ??= createRequire(import.meta.url)('../../build/treadmarks.node') as Binding
  return loaded
}
