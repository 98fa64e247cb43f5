/** Small things the page remembers: in localStorage, or for this visit where that is blocked. */

const PREFIX = 'dreampitch.';
const visit = new Map<string, string>();

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name) ?? visit.get(name) ?? null;
  } catch {
    return visit.get(name) ?? null;
  }
}

export function remember(name: string, value: string): void {
  visit.set(name, value);
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // Blocked or full: it holds for this visit, which is all that is left.
  }
}
