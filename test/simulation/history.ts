/** What clients asked and were told, object by object, for the linearizability checker. */
import type { EventQueue } from './event-queue.ts';
import { checkHistory } from './linearizable.ts';
import type { Model, Operation, Verdict } from './linearizable.ts';
import { lockModel, serviceModel, valueModel } from './models.ts';
import type {
  LockInput,
  LockOutput,
  ServiceInput,
  ServiceOutput,
  ValueInput,
  ValueOutput,
} from './models.ts';

type Recorded<I, O> = { -readonly [K in keyof Operation<I, O>]: Operation<I, O>[K] };

export class History {
  operations = 0; // that were answered
  readonly #queue: EventQueue;
  readonly #values = new Map<string, Recorded<ValueInput, ValueOutput>[]>();
  readonly #locks = new Map<string, Recorded<LockInput, LockOutput>[]>();
  readonly #services = new Map<string, Recorded<ServiceInput, ServiceOutput>[]>();

  constructor(queue: EventQueue) {
    this.#queue = queue;
  }

  value(key: string, input: ValueInput): (output: ValueOutput) => void {
    return this.#record(this.#values, key, input);
  }

  lock(name: string, input: LockInput): (output: LockOutput) => void {
    return this.#record(this.#locks, name, input);
  }

  service(instance: string, input: ServiceInput): (output: ServiceOutput) => void {
    return this.#record(this.#services, instance, input);
  }

  #record<I, O>(
    objects: Map<string, Recorded<I, O>[]>,
    name: string,
    input: I,
  ): (output: O) => void {
    let operations = objects.get(name);
    if (operations === undefined) objects.set(name, (operations = []));
    const calledAt = this.#queue.nowMs;
    const operation: Recorded<I, O> = { calledAt, answeredAt: Infinity, input, output: null };
    operations.push(operation);
    return (output) => {
      operation.answeredAt = this.#queue.nowMs;
      operation.output = output;
      this.operations++;
    };
  }

  /** Every object whose name starts so. */
  check(prefix: string, report: (object: string, verdict: Verdict) => void): void {
    const all = <S, I, O>(
      objects: ReadonlyMap<string, readonly Operation<I, O>[]>,
      model: Model<S, I, O>,
    ) => {
      for (const [name, operations] of objects) {
        if (name.startsWith(prefix)) report(name, checkHistory(operations, model));
      }
    };
    const told = new Map([...this.#values].map(([key, history]) => [key, telling(history)]));
    all(told, valueModel);
    all(this.#locks, lockModel);
    all(this.#services, serviceModel);
  }
}

/**
 * Without what says nothing: a read without an answer, and a write without an answer whose value
 * nobody ever read. A history that could have happened with them could have happened without.
 */
function telling(history: readonly Operation<ValueInput, ValueOutput>[]) {
  const seen = new Set(
    history.flatMap(({ output }) => (output?.type === 'value' ? [output.value] : [])),
  );
  return history.filter(
    ({ input, output }) => output !== null || (input.type === 'write' && seen.has(input.value)),
  );
}
