/** Who trains a run, over all tabs of this browser: two of them would overwrite each other. */

const nameOf = (runId: number) => `dreampitch-run-${runId}`;
const locks = () => navigator.locks as LockManager | undefined; // none without a secure context

/** Gives what lets go of the run again; null: another tab has it. */
export function claim(runId: number): Promise<(() => void) | null> {
  const manager = locks();
  if (!manager) return Promise.resolve(() => undefined);
  return new Promise((resolve) => {
    const held = manager.request(nameOf(runId), { ifAvailable: true }, (lock) => {
      if (lock === null) return resolve(null);
      return new Promise<void>((release) => resolve(release));
    });
    held.catch(() => resolve(() => undefined));
  });
}

export async function isHeld(runId: number): Promise<boolean> {
  const all = await locks()
    ?.query()
    .catch(() => null);
  return all?.held?.some((lock) => lock.name === nameOf(runId)) === true;
}

/** Calls back when the tab that has the run lets go of it or is closed. */
export async function whenFree(runId: number): Promise<void> {
  await locks()?.request(nameOf(runId), () => undefined);
}
