/** The name that differs least from what was written, if it differs by little. */
export function nearestName(written: string, names: Iterable<string>): string | undefined {
  const limit = Math.floor(written.length / 3);
  let nearest: string | undefined;
  let best = limit + 1;
  for (const name of names) {
    if (Math.abs(name.length - written.length) >= best) continue;
    const found = distance(written.toLowerCase(), name.toLowerCase());
    if (found < best) {
      best = found;
      nearest = name;
    }
  }
  return nearest;
}

/** Edits (insert, remove, replace) from one word to the other (Levenshtein 1966). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let k = 1; k <= b.length; k++) {
      const replaced = row[k - 1]! + Number(a[i - 1] !== b[k - 1]);
      next.push(Math.min(replaced, row[k]! + 1, next[k - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
