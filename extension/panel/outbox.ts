/**
 * What the page has to know. A hidden page is thrown away by the editor, and what is sent to it meanwhile is lost; when
 * it comes back and says `ready`, it gets the latest message of each kind again, in the order in which they were first
 * sent. Whether a page is there is never guessed: while a window is restored, it is reported hidden after it was ready.
 */
import type { ToPage } from '../../server/protocol';

type Kind = ToPage['type'];

/** Messages that a later one of another kind makes meaningless. */
const endsWith: Readonly<Partial<Record<Kind, readonly Kind[]>>> = {
  begin: ['error', 'cancelled', 'stale', 'notice', 'progress', 'tab'],
  explanation: ['progress', 'error', 'notice'],
  error: ['progress', 'cancelled'],
  cancelled: ['progress', 'error'],
};

export class Outbox {
  private readonly kept = new Map<Kind, ToPage>();
  private listening = false;

  constructor(private readonly deliver: (message: ToPage) => void) {}

  post(message: ToPage): void {
    for (const kind of endsWith[message.type] ?? []) this.kept.delete(kind);
    this.keep(message);
    if (this.listening) this.deliver(message);
  }

  /** The page listens: everything it missed. */
  ready(): void {
    this.listening = true;
    for (const message of this.kept.values()) this.deliver(message);
  }

  /** What the page said itself: told only to the page that follows it. */
  keep(message: ToPage): void {
    this.kept.delete(message.type);
    this.kept.set(message.type, message);
  }
}
