/**
 * Whole-number index arithmetic that simplifies itself: sums of variables times factors, with quotients
 * and remainders only where nothing else will do. A reshape of a contiguous tensor thus comes out as
 * the plain running index, which loads four neighbours at once.
 */
export type Form = {
  readonly constant: number;
  readonly terms: readonly Term[]; // sorted by key, factors not 0
};

type Term = { readonly atom: Atom; readonly factor: number };

/** 0 <= value < size. */
type Atom = { readonly key: string; readonly size: number; readonly parts?: Parts };
type Parts = { readonly name: '/' | '%'; readonly of: Form; readonly by: number };

/** A variable of the kernel's text that counts 0 .. size - 1. */
export function variable(name: string, size: number): Form {
  return size === 1 ? fixed(0) : { constant: 0, terms: [{ atom: { key: name, size }, factor: 1 }] };
}

export function fixed(constant: number): Form {
  return { constant, terms: [] };
}

export function plus(...forms: readonly Form[]): Form {
  const terms = new Map<string, Term>();
  let constant = 0;
  for (const form of forms) {
    constant += form.constant;
    for (const { atom, factor } of form.terms) {
      const before = terms.get(atom.key)?.factor ?? 0;
      terms.set(atom.key, { atom, factor: before + factor });
    }
  }
  return rejoined(constant, terms);
}

/** q * (f / c) * c + q * (f % c) is q * f again. */
function rejoined(constant: number, terms: Map<string, Term>): Form {
  for (const { atom, factor } of terms.values()) {
    if (atom.parts?.name !== '%') continue;
    const { of, by } = atom.parts;
    const quotientKey = keyOf('/', of, by);
    const quotient = terms.get(quotientKey);
    if (!quotient || quotient.factor !== factor * by || factor === 0) continue;
    terms.delete(atom.key);
    terms.delete(quotientKey);
    return plus({ constant, terms: [...terms.values()] }, times(of, factor));
  }
  const kept = [...terms.values()].filter((term) => term.factor !== 0);
  return { constant, terms: kept.toSorted((a, b) => (a.atom.key < b.atom.key ? -1 : 1)) };
}

export function times(form: Form, factor: number): Form {
  if (factor === 0) return fixed(0);
  const terms = form.terms.map((term) => ({ atom: term.atom, factor: term.factor * factor }));
  return { constant: form.constant * factor, terms };
}

export function quotient(form: Form, by: number): Form {
  const { whole, rest } = divided(form, by);
  if (by === 1) return form;
  if (isBelow(rest, by)) return whole;
  const coarse = coarsened(rest, by);
  if (coarse) return plus(whole, quotient(coarse.form, by / coarse.step));
  return plus(whole, atomOf('/', rest, by));
}

export function remainder(form: Form, by: number): Form {
  if (by === 1) return fixed(0);
  const { rest } = divided(form, by);
  if (isBelow(rest, by)) return rest;
  const coarse = coarsened(rest, by);
  if (!coarse) return atomOf('%', rest, by);
  return plus(times(remainder(coarse.form, by / coarse.step), coarse.step), coarse.fine);
}

/**
 * form = step * form' + fine, fine < step, where the step divides `by`: the finer terms then do not
 * matter to the quotient. (128 a + b) / 4096 is a / 32 where b < 128.
 */
function coarsened(form: Form, by: number): { form: Form; fine: Form; step: number } | null {
  const steps = form.terms.map((term) => term.factor).toSorted((a, b) => b - a);
  for (const step of steps) {
    if (step <= 1 || by % step !== 0) continue;
    const { whole, rest } = divided(form, step);
    if (isBelow(rest, step)) return { form: whole, fine: rest, step };
  }
  return null;
}

/** form = by * whole + rest, as far as its terms show it. */
function divided(form: Form, by: number): { whole: Form; rest: Form } {
  const even = form.terms.filter((term) => term.factor % by === 0);
  const whole = even.map((term) => ({ atom: term.atom, factor: term.factor / by }));
  const steps = Math.floor(form.constant / by);
  return {
    whole: { constant: steps, terms: whole },
    rest: {
      constant: form.constant - steps * by,
      terms: form.terms.filter((term) => term.factor % by !== 0),
    },
  };
}

function isBelow(form: Form, limit: number): boolean {
  return form.terms.every((term) => term.factor > 0) && largest(form) < limit;
}

function largest(form: Form): number {
  return form.terms.reduce(
    (sum, { atom, factor }) => sum + Math.max(0, factor * (atom.size - 1)),
    form.constant,
  );
}

function atomOf(name: '/' | '%', of: Form, by: number): Form {
  const size = name === '%' ? by : Math.floor(largest(of) / by) + 1;
  const atom: Atom = { key: keyOf(name, of, by), size, parts: { name, of, by } };
  return { constant: 0, terms: [{ atom, factor: 1 }] };
}

function keyOf(name: '/' | '%', of: Form, by: number): string {
  return `(${textOf(of)} ${name} ${by}u)`;
}

/** As WGSL, u32: a negative constant wraps around, so guards compare with `<` alone. */
export function textOf({ constant, terms }: Form): string {
  const parts = terms.map(({ atom, factor }) => {
    const size = Math.abs(factor);
    const text = size === 1 ? atom.key : `${atom.key} * ${size}u`;
    return { text, negative: factor < 0 };
  });
  if (constant !== 0 || parts.length === 0) {
    parts.push({ text: `${Math.abs(constant)}u`, negative: constant < 0 });
  }
  const sorted = parts.toSorted((a, b) => Number(a.negative) - Number(b.negative));
  const [first, ...others] = sorted as [(typeof sorted)[0], ...typeof sorted];
  const rest = others.map(({ text, negative }) => ` ${negative ? '-' : '+'} ${text}`).join('');
  const text = `${first.negative ? '0u - ' : ''}${first.text}${rest}`;
  return others.length > 0 || first.negative ? `(${text})` : text;
}

/** Whether any of these variables is in it. */
export function mentions(form: Form, names: ReadonlySet<string>): boolean {
  return form.terms.some(({ atom }) =>
    atom.parts ? mentions(atom.parts.of, names) : names.has(atom.key),
  );
}

/** Whether no other variable is in it. */
export function mentionsOnly(form: Form, name: string): boolean {
  return form.terms.every(({ atom }) =>
    atom.parts ? mentionsOnly(atom.parts.of, name) : atom.key === name,
  );
}
