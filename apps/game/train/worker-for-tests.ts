/** Stands in for the browser's Worker: it is counted, and says what a test has it say. */
import type { News, Order } from './protocol.ts';

type Heard = (event: { data: News }) => void;

export class WorkerForTests {
  static made: WorkerForTests[] = [];
  readonly orders: Order[] = [];
  isEnded = false;
  #heard: Heard = () => undefined;

  constructor() {
    WorkerForTests.made.push(this);
  }

  addEventListener(kind: string, heard: Heard): void {
    if (kind === 'message') this.#heard = heard;
  }

  postMessage(order: Order): void {
    this.orders.push(order);
  }

  terminate(): void {
    this.isEnded = true;
  }

  say(news: News): void {
    this.#heard({ data: news });
  }
}
