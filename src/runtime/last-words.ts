/**
 * What the program thread says of the error that ends it, before Node takes the thread apart. First the words, then, when
 * the handlers for `exit` have run, that it is over: what they print is not to be lost. Should one of them throw, or
 * should Node end the thread in another way, main takes the words when it sees the thread's end.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { describeUncaught, onUncaught, type Problem } from './uncaught.js'

type Word = Problem | 'over'

/** In the program thread. */
export class LastWords {
  constructor(
    private readonly port: MessagePort,
    /** Node's own `process.exit`. */
    private readonly exit: (code: number) => never,
  ) {
    onUncaught((thrown) => this.say(thrown))
  }

  /** Ends the thread here and now, as an error would that nobody catches. */
  die(error: unknown): never {
    this.say(error)
    try {
      this.exit(1)
    } finally {
      // A handler for `exit` has thrown. The second time none is called.
      this.tell('over')
      this.exit(1)
    }
  }

  private say(thrown: unknown): void {
    this.tell(describeUncaught(thrown))
    process.once('exit', () => this.tell('over'))
  }

  private tell(word: Word): void {
    this.port.postMessage(word)
  }
}

/** In the main thread: `over` is called with the words as soon as it is over. */
export class LastWordsHeard {
  private first: Problem | undefined

  constructor(
    private readonly port: MessagePort,
    private readonly over: (words: Problem) => void,
  ) {
    port.on('message', (word: Word) => this.hear(word))
  }

  /** The thread has ended, and says no more: what it has said, also if it could not say that it is over. */
  words(): Problem | undefined {
    for (let got = receiveMessageOnPort(this.port); got; got = receiveMessageOnPort(this.port)) this.hear(got.message)
    return this.first
  }

  private hear(word: Word): void {
    if (word !== 'over') this.first ??= word
    else if (this.first !== undefined) this.over(this.first)
  }
}
