import type { Page } from 'playwright';

/** Keeps an environment of one's own, as the editor would. The page has been opened before. */
export async function keepEnvironment(page: Page, name: string, text: string): Promise<void> {
  await page.evaluate(
    async (row) => {
      const done = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error!);
        });
      const database = await done(indexedDB.open('dreampitch'));
      const store = database.transaction('environments', 'readwrite').objectStore('environments');
      await done(store.add(row));
      database.close();
    },
    { savedAt: 1, name, text },
  );
}
